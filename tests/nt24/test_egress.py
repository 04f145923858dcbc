"""Which addresses and which URLs strangers may have us call (contract 12)."""

import socket
import threading
from ipaddress import ip_address

import pytest

from nt24 import egress
from nt24.egress import AddressRefused, UrlRefused, is_public, judge, require_callable
from tests.webhooks.hostile import HOSTILE, name_service

PUBLIC = "93.184.215.14"


def register(url, *, allow_private=False, trusted_origins=()):
    require_callable(url, allow_private=allow_private, trusted_origins=trusted_origins)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "168.63.129.15",
        "192.0.1.0",
        "192.88.98.255",
        "223.255.255.255",
        "2606:4700::1111",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2003::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ],
)
def test_an_address_of_the_internet_is_public(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.255.255.255"),  # RFC 1122  # noqa: S104  refused, nothing is bound
        *("10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.255.255"),  # RFC 1918
        *("100.64.0.0", "100.100.100.200", "100.127.255.255"),  # RFC 6598
        *("127.0.0.1", "127.255.255.255"),  # RFC 1122
        *("169.254.0.1", "169.254.169.254"),  # RFC 3927
        "168.63.129.16",  # Azure
        *("192.0.0.0", "192.0.0.8", "192.0.0.192", "192.0.0.255"),  # RFC 6890
        *("192.0.2.1", "198.51.100.1", "203.0.113.1"),  # RFC 5737
        *("192.88.99.0", "192.88.99.255"),  # RFC 7526
        *("198.18.0.0", "198.19.255.255"),  # RFC 2544
        *("224.0.0.1", "232.1.1.1", "239.255.255.255"),  # RFC 5771
        *("240.0.0.1", "255.255.255.255"),  # RFC 1112
        *("::", "::1", "::127.0.0.1", "::8.8.8.8"),  # RFC 4291
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:168.63.129.16"),
        "::ffff:0:127.0.0.1",  # RFC 2765
        *("64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::100.64.0.1"),
        *("64:ff9b:1::1", "64:ff9b:1::8.8.8.8"),  # RFC 8215
        "100::1",  # RFC 6666
        *("2001::1", "2001:0:808:808::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1ff::1"),  # RFC 2928
        "2001:db8::1",  # RFC 3849
        *("2002:7f00:1::", "2002:a00:1::", "2002:808:808::"),  # RFC 7526
        *("3fff::1", "3fff:fff::1"),  # RFC 9637
        "4000::1",  # not assigned
        "5f00::1",  # RFC 9602
        *("fc00::1", "fd00:ec2::254"),  # RFC 4193
        *("fe80::1", "fe80::1%eth0", "febf::1"),  # RFC 4291
        *("fec0::1", "feff::1"),  # RFC 3879
        *("ff02::1", "ff0e::1"),  # RFC 4291
    ],
)
def test_every_other_address_is_not_public(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(("url", "reason"), HOSTILE.items())
def test_a_hostile_url_is_refused_before_its_name_is_looked_up(monkeypatch, url, reason):
    monkeypatch.setattr(socket, "getaddrinfo", None)  # a lookup would be a TypeError

    with pytest.raises(UrlRefused, match=reason):
        register(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example",
        "https://hooks.example/",
        "https://HOOKS.Example:443/v1/events?token=a%20b&x=/@",
        "https://hooks.example.:8443/",
        "https://my_hooks.partner-1.example/é",
        "https://xn--mller-kva.example/",
        "https://127.0.0.1.hooks.example/",
        "https://0x7f.hooks.example/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]:8443/",
        "https://[::ffff:8.8.8.8]/",
        "https://hooks.example/" + "a" * 1978,
    ],
)
def test_a_public_url_is_accepted(url):
    with name_service([PUBLIC, "2606:4700::1111"]):
        register(url)


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:10.0.0.1"],
        [PUBLIC, "10.0.0.1"],
        ["2606:4700::1111", PUBLIC, "fd00::1"],
        ["fe80::1%eth0"],
    ],
)
def test_a_name_with_any_address_that_is_not_public_is_refused(answer):
    with name_service(answer), pytest.raises(AddressRefused, match="public address"):
        register("https://hooks.example/")


@pytest.mark.parametrize(
    "failure", [socket.gaierror(socket.EAI_NONAME, "unknown"), socket.gaierror(socket.EAI_AGAIN, "no answer")]
)
def test_a_name_that_nobody_knows_yet_is_accepted(failure):
    with name_service(failure):
        register("https://hooks.example/")


def test_a_name_service_that_hangs_holds_neither_the_request_nor_more_than_eight_threads(monkeypatch):
    monkeypatch.setattr(egress, "LOOKUP_SECONDS", 0.01)
    answers = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers.wait(30) and [])

    try:
        for number in range(20):
            register(f"https://hooks-{number}.example/")

        assert sum(thread.name.startswith("lookup") for thread in threading.enumerate()) == 8
    finally:
        answers.set()


def test_the_sentence_repeats_nothing_of_the_url():
    with pytest.raises(UrlRefused) as caught:
        register("https://user:secret@hooks.example/token")

    assert str(caught.value) == "Leave user name and password out of the URL."


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/hook",
        "http://localhost:8001/",
        "https://[::1]:22/",
        "https://10.0.0.1/",
        "http://postgres:80/",
    ],
)
def test_development_may_call_private_addresses_over_http_on_any_port(url):
    register(url, allow_private=True)


@pytest.mark.parametrize("url", ["http://93.184.215.14/", "http://93.184.215.14:8080/hooks"])
def test_plain_http_is_for_private_addresses_also_in_development(url):
    with pytest.raises(UrlRefused, match="Use https"):
        register(url, allow_private=True)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "http://user@127.0.0.1/",
        "http://127.0.0.1/#x",
        "http://127.0.0.1 /",
        "http://2130706433/",
        "http://127.0.0.1:0/",
        "http:///",
    ],
)
def test_development_still_minds_how_a_url_is_written(url):
    with pytest.raises(UrlRefused):
        register(url, allow_private=True)


@pytest.mark.parametrize(
    ("origin", "url"),
    [
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001/hook?x=1"),
        ("http://localhost", "http://LOCALHOST:80/"),
        ("https://[::1]", "https://[0:0::1]:443/"),
    ],
)
def test_a_trusted_origin_is_exempt(origin, url):
    assert judge(url, allow_private=False, trusted_origins=[origin]).is_exempt


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8002/",
        "http://127.0.0.1/",
        "https://127.0.0.1:8001/",
        "http://127.0.0.2:8001/",
        "http://127.0.0.1:80010/",
        "http://127.0.0.1:8001@10.0.0.1/",
        "http://127.0.0.1:8001.hooks.example/",
        "http://[::ffff:127.0.0.1]:8001/",
    ],
)
def test_only_the_exact_origin_is_trusted(url):
    with pytest.raises(UrlRefused):
        register(url, trusted_origins=["http://127.0.0.1:8001"])
