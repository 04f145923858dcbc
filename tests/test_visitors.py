"""Whom limits hold to account: each visitor, also behind a proxy, and nobody who only claims to be somebody."""

import pytest
import time_machine
from django.test import Client, RequestFactory

from nt24.pages.throttle import Allowance, seconds_to_wait
from nt24.visitors import address_of, visitor_of

PROXY = "10.0.0.1"


def request(forwarded=None, remote=PROXY):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=remote, **headers)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, PROXY),
        (0, "203.0.113.7", PROXY),  # nobody vouches for it
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        (1, "203.0.113.9,127.0.0.1 , 203.0.113.7", "203.0.113.7"),
        (1, None, PROXY),  # came round the proxy
        (1, "", PROXY),
        (1, "nonsense", "unknown"),
        (1, "203.0.113.7, nonsense", "unknown"),
        (1, "203.0.113.7:51234", "203.0.113.7"),
        (1, "[2001:db8::7]:443", "2001:db8::7"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (2, "198.51.100.1, 203.0.113.7, 192.0.2.1", "203.0.113.7"),
        (2, "203.0.113.7, 192.0.2.1", "203.0.113.7"),
        (2, "203.0.113.7", PROXY),  # fewer than our own proxies append: one was gone round
    ],
)
def test_the_entry_that_our_outermost_proxy_wrote_counts(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXY_COUNT = proxies

    assert address_of(request(forwarded)) == address


@pytest.mark.parametrize(
    ("remote", "visitor"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", "unknown"),
    ],
)
def test_a_customer_with_ipv6_counts_as_one(remote, visitor):
    assert visitor_of(request(remote=remote)) == visitor


def test_a_span_ends_and_the_next_starts_anew():
    twice = Allowance("p", calls=2, seconds=600)
    with time_machine.travel("2026-03-14 09:09:50", tick=False) as clock:
        assert [seconds_to_wait(request(), twice) for _ in range(4)] == [0, 0, 10, 10]
        assert seconds_to_wait(request(), Allowance("q", calls=1, seconds=600)) == 0
        clock.shift(10)
        assert seconds_to_wait(request(), twice) == 0


# --- Through the pages


@pytest.mark.django_db
@time_machine.travel("2026-04-25T10:00:20Z", tick=False)
def test_each_visitor_behind_the_proxy_has_limits_of_its_own(settings):
    settings.TRUSTED_PROXY_COUNT = 1

    def guess(n, address):
        forwarded = f"198.51.100.{n}, {address}"  # what the visitor claims, and what the proxy saw
        return Client().get(f"/b/wrong-{n}/", REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=forwarded)

    first = [guess(n, "203.0.113.7") for n in range(11)]

    assert [answer.status_code for answer in first] == [404] * 10 + [429]
    assert first[10]["Retry-After"] == "40"
    assert guess(99, "203.0.113.8").status_code == 404


@pytest.mark.django_db
@time_machine.travel("2026-04-25T10:09:00Z", tick=False)
def test_the_pages_behind_links_take_three_hundred_calls_in_ten_minutes(monkeypatch):
    answers = [Client().get(f"/b/wrong-{n}/") for n in range(301)]

    assert (answers[300].status_code, answers[300]["Retry-After"]) == (429, "60")
    assert {answer["Retry-After"] for answer in answers[10:300]} == {
        "60"
    }  # the limit of wrong links, which ends too
    with time_machine.travel("2026-04-25T10:10:00Z", tick=False):
        assert Client().get("/b/wrong/").status_code == 404


@pytest.mark.parametrize("claim", ["203.0.113.7", "127.0.0.1", "::1, 203.0.113.9"])
@pytest.mark.django_db
def test_a_claim_gives_nobody_a_new_limit(claim):
    with time_machine.travel("2026-04-25T10:00:20Z", tick=False):
        for n in range(10):
            Client().get(f"/b/wrong-{n}/", REMOTE_ADDR="192.0.2.1")
        refused = Client().get("/b/wrong/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=claim)

    assert refused.status_code == 429
