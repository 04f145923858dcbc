"""Bodies as senders frame them: in chunks, with members named twice, in other encodings (contract 17.9)."""

import base64
import io

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from nt24.framing import PAGE_MAX_BYTES, lend_length
from nt24.wsgi import application
from tests.deal import WARSAW
from tests.papers import pdf

BUYER = {"kycMode": "MARKETPLACE_LED", "vatNumber": "PL5260001246", "companyName": "Auto", "address": WARSAW}
IN_CHUNKS = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}


def slug_of(response):
    assert response["Content-Type"] == "application/problem+json", response.content
    return response.json()["type"].rsplit("/", 1)[1]


def in_chunks(partner, method, path, raw, content_type="application/json", **headers):
    sent = partner.headers({name.replace("_", "-"): value for name, value in headers.items()})
    return partner.http.generic(method, partner.path(path), raw, content_type, headers=sent, **IN_CHUNKS)


# --- Chunks --------------------------------------------------------------------------------------------------------


def test_json_in_chunks_is_read_by_post_and_patch(partner):
    made = in_chunks(partner, "POST", "P/buyers", orjson.dumps(BUYER))
    assert made.status_code == 201, made.content
    path = f"P/buyers/{made.json()['uuid']}"

    changed = in_chunks(partner, "PATCH", path, b'{"companyName": "New"}', If_Match='"0"')

    assert (changed.status_code, changed.json()["companyName"]) == (200, "New")


def test_a_body_in_chunks_where_none_belongs_is_refused_like_any_other(partner, deal):
    deal.has_buyer()

    refused = in_chunks(partner, "POST", f"{deal.buyer_path}/unblock", b'{"a": 1}')
    assert (refused.status_code, slug_of(refused)) == (422, "validation-error")
    assert in_chunks(partner, "POST", f"{deal.buyer_path}/unblock", b"").status_code == 200


def test_an_upload_in_chunks_is_kept_byte_for_byte(deal):
    deal.has_buyer()
    paper = pdf("in chunks")
    form = {"type": "COC_EXTRACT", "documentDate": "2026-04-18", "file": SimpleUploadedFile("a.pdf", paper)}
    path = f"{deal.buyer_path}/kyc/documents"

    filed = in_chunks(deal.partner, "POST", path, encode_multipart(BOUNDARY, form), MULTIPART_CONTENT)

    assert filed.status_code == 201, filed.content
    content = deal.partner.get(f"{path}/{filed.json()['uuid']}/content")
    assert b"".join(content.streaming_content if content.streaming else [content.content]) == paper


def test_the_token_endpoint_reads_a_form_in_chunks(partner):
    form = b"grant_type=client_credentials&client_id=nobody&client_secret=wrong"

    answer = Client().generic(
        "POST",
        "/realms/nt24-idp/protocol/openid-connect/token",
        form,
        "application/x-www-form-urlencoded",
        **IN_CHUNKS,
    )

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_page_reads_a_form_in_chunks(db):
    form = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("a.pdf", pdf("no seal"))})

    answer = Client().generic("POST", "/verify", form, MULTIPART_CONTENT, **IN_CHUNKS)

    assert answer.status_code == 200
    assert b"Choose the PDF" not in answer.content


@pytest.mark.parametrize(
    ("path", "size", "type"),
    [
        ("P/buyers", 1024 * 1024 + 1, "application/json"),
        ("P/webhooks", 1024 * 1024 + 1, "application/json"),
        ("documents", 20 * 1024 * 1024 + 64 * 1024 + 1, MULTIPART_CONTENT),
    ],
)
def test_a_body_in_chunks_has_the_same_limit(deal, path, size, type):
    deal.has_buyer()
    path = {"documents": f"{deal.buyer_path}/kyc/documents", "P/webhooks": "/v1/webhooks"}.get(path, path)

    refused = in_chunks(deal.partner, "POST", path, b" " * size, type)

    assert (refused.status_code, slug_of(refused)) == (413, "payload-too-large")


def test_a_page_takes_no_body_without_end(rf):
    class Endless(io.RawIOBase):
        def read(self, size=-1):
            return b"x" * size

    request = rf.post("/verify")
    request.META |= {"CONTENT_LENGTH": "", "wsgi.input": Endless()}

    with pytest.raises(Exception, match=str(PAGE_MAX_BYTES)):
        lend_length(request, PAGE_MAX_BYTES)


class BrokenOff:
    """What a server's input does when the sender goes away, or a chunk has no size."""

    def __init__(self, failure):
        self.failure = failure

    def read(self, size=-1):
        raise self.failure

    readline = read


@pytest.mark.parametrize("failure", [OSError("gone"), ValueError("bad chunk"), EOFError(), TimeoutError()])
def test_a_body_that_breaks_off_is_malformed(partner, failure):
    answer = partner.http.generic(
        "POST", partner.path("P/buyers"), headers=partner.headers({}), CONTENT_TYPE="application/json",
        **{**IN_CHUNKS, "wsgi.input": BrokenOff(failure)},
    )  # fmt: skip
    announced = partner.http.generic(
        "POST", partner.path("P/buyers"), headers=partner.headers({}), CONTENT_TYPE="application/json",
        **{"CONTENT_LENGTH": "10", "wsgi.input": BrokenOff(OSError("gone"))},
    )  # fmt: skip

    assert (answer.status_code, slug_of(answer)) == (400, "malformed-request")
    assert (announced.status_code, slug_of(announced)) == (400, "malformed-request")


# --- Members named twice -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b'{"companyName": "A", "companyName": "B"}',
        b'{"companyName": "A", "companyName": "A"}',
        b'{"address": {"street": "a", "city": "b", "street": "c"}}',
        b'{"contacts": [{"email": "a"}, {"email": "b", "email": "c"}]}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"address": {"\\u0063ity": "a", "city": "b"}}',
        b'{"": 1, "": 2}',
        '{"é": 1, "\\u00e9": 2}'.encode(),
        b"[" * 2000 + b"]" * 2000,
        b'{"a":' * 999 + b"1" + b"}" * 999,
    ],
)
def test_a_member_that_is_named_twice_is_malformed(partner, raw):
    refused = partner.post("P/buyers", raw)

    assert (refused.status_code, slug_of(refused)) == (400, "malformed-request")


def test_the_same_name_in_two_objects_is_no_repetition(partner):
    person = {"firstName": "A", "lastName": "B", "email": "a@example.com"}

    assert partner.post("P/buyers", {**BUYER, "contacts": [person, person]}).status_code == 201


@pytest.mark.parametrize("twice", ["type", "documentDate", "file"])
def test_a_field_of_a_form_that_is_sent_twice_is_malformed(deal, twice):
    deal.has_buyer()
    paper = SimpleUploadedFile("a.pdf", pdf("x"))
    form = {"type": ["COC_EXTRACT"], "documentDate": ["2026-04-18"], "file": [paper]}
    form[twice] = [*form[twice], "2026-04-18" if twice == "documentDate" else form[twice][0]]
    path = deal.partner.path(f"{deal.buyer_path}/kyc/documents")

    refused = deal.partner.http.post(path, form, headers=deal.partner.headers({}))

    assert (refused.status_code, slug_of(refused)) == (400, "malformed-request")


# --- Encodings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "gzip, identity"])
def test_a_compressed_body_is_refused_whatever_is_in_it(partner, coding):
    refused = partner.post("P/buyers", BUYER, **{"Content-Encoding": coding})

    assert (refused.status_code, slug_of(refused)) == (415, "unsupported-media-type")
    assert partner.post("P/buyers", BUYER, **{"Content-Encoding": "identity"}).status_code == 201


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "nonsense", "cp500", "koi8-r"])
def test_another_charset_than_utf_8_is_refused(partner, charset):
    type = f"application/json; charset={charset}"
    sent = partner.headers({"Content-Type": type})

    refused = partner.http.generic("POST", partner.path("P/buyers"), orjson.dumps(BUYER), type, headers=sent)

    assert (refused.status_code, slug_of(refused)) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "type",
    [
        "application/json,application/json", "application/json, text/plain", "text/plain", "", "json", ";",
        "multipart/form-data", "application/x-www-form-urlencoded", "é/é",
    ],
)  # fmt: skip
def test_every_other_media_type_is_a_problem(partner, type):
    refused = partner.http.generic(
        "POST", partner.path("P/buyers"), orjson.dumps(BUYER), type, headers=partner.headers({})
    )

    assert (refused.status_code, slug_of(refused)) == (415, "unsupported-media-type")


def test_the_published_media_type_with_its_charset_is_taken(partner):
    for number, type in enumerate(
        ("application/json; charset=utf-8", "application/json;charset=UTF-8", "APPLICATION/JSON")
    ):
        body = orjson.dumps({**BUYER, "vatNumber": f"PL{number}"})
        made = partner.http.generic("POST", partner.path("P/buyers"), body, type, headers=partner.headers({}))
        assert made.status_code == 201, made.content


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"--", b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\n", b"\0" * 100,
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--",
        b"".join(b'--x\r\nContent-Disposition: form-data; name="n%d"\r\n\r\n1\r\n' % n for n in range(2000)) + b"--x--",
    ],
)  # fmt: skip
@pytest.mark.parametrize("boundary", ["x", "", "é", "x" * 300])
def test_a_broken_form_is_a_problem(deal, raw, boundary):
    deal.has_buyer()
    path = deal.partner.path(f"{deal.buyer_path}/kyc/documents")

    refused = deal.partner.http.generic(
        "POST", path, raw, f"multipart/form-data; boundary={boundary}", headers=deal.partner.headers({})
    )

    assert refused.status_code in {400, 413, 415, 422}
    assert slug_of(refused) != "internal-error"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("FOO", "/v1/me", 405), ("PUT", "/v1/me", 405), ("OPTIONS", "/v1/me", 405), ("TRACE", "/v1/webhooks", 405),
        ("CONNECT", "/v1/audit", 405), ("PROPFIND", "/v1/nothing", 404), ("HEAD", "/v1/nothing", 404),
    ],
)  # fmt: skip
def test_an_unknown_method_is_a_problem(partner, method, path, status):
    answer = partner.http.generic(method, path, headers=partner.headers({}))

    assert answer.status_code == status
    assert method == "HEAD" or slug_of(answer) in {"method-not-allowed", "not-found"}


@pytest.mark.parametrize(
    "query", ["q=%", "q=%zz", "q=%ff%fe", "q=%00", "q=%ED%A0%80", "%00=1", "=", "&&&", "q=" + "x" * 9000]
)
def test_a_query_with_bad_escapes_is_never_a_failure_of_ours(partner, query):
    answer = partner.get(f"P/buyers?{query}")

    assert answer.status_code in {200, 400, 422}, answer.content
    assert answer.status_code == 200 or slug_of(answer) in {"malformed-request", "validation-error"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer " + "x" * 100_000}, {"Authorization": "Bearer é"}, {"Authorization": "Basic eA=="},
        {"Accept": "x" * 10_000}, {"If-None-Match": "\x00"}, {"X-Request-Id": "é" * 1000}, {"Host": "a b"},
        {"Host": "evil.example"}, {"Host": ""}, {"Content-Length": "x"},
    ],
)  # fmt: skip
def test_a_strange_header_is_a_problem_or_does_not_matter(partner, headers):
    answer = partner.http.get("/v1/me", headers={**partner.headers({}), **headers})

    assert answer.status_code in {200, 400, 401, 406}
    assert answer.status_code == 200 or slug_of(answer)


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize(
    "host", ["evil.example", "", "a_b/c", "127.0.0.1:8000,127.0.0.1:8000", "localhost@evil"]
)
def test_another_host_is_refused_in_our_own_words(db, rf, settings, host, debug):
    settings.DEBUG = debug
    for path, type in (("/v1/me", "application/problem+json"), ("/verify", "text/html; charset=utf-8")):
        status, headers, body = served(rf.get(path).environ | {"HTTP_HOST": host})

        assert (status, headers["Content-Type"]) == (400, type)
        assert b"DisallowedHost" not in body


def test_a_basic_client_may_send_its_form_in_chunks(db):
    credentials = base64.b64encode(b"nobody:wrong").decode()
    answer = Client().generic(
        "POST", "/realms/nt24-idp/protocol/openid-connect/token", b"grant_type=client_credentials",
        "application/x-www-form-urlencoded", headers={"Authorization": f"Basic {credentials}"}, **IN_CHUNKS,
    )  # fmt: skip

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def served(environ):
    """What the application answers a server, without Django's test client between."""
    status = []
    body = b"".join(application(environ, lambda line, headers: status.append((int(line[:3]), dict(headers)))))
    (told,) = status
    return *told, body


@pytest.mark.parametrize(
    "type",
    [
        "application/json; charset=hex", "application/json; charset=zlib", "text/html; charset=rot13",
        "application/json; charset=idna", "application/json; a*=hex''%41", "multipart/form-data; boundary*=x'y'z",
        "application/json; " + "a=b; " * 5000, "application/json; charset=\"", "\x00",
    ],
)  # fmt: skip
def test_no_content_type_fails_before_there_is_an_answer(db, rf, type):
    for path in ("/v1/me?q=%C3%A9", "/v1/nothing"):
        environ = rf.generic("POST", path, b"{}", "application/json").environ | {"CONTENT_TYPE": type}

        status, headers, body = served(environ)

        assert (status, headers["Content-Type"]) in [(n, "application/problem+json") for n in (401, 404)]
        assert orjson.loads(body)["status"] == status


@pytest.mark.parametrize("name", ["filename*=hex''a", "filename*=nonsense''a", "name*=zlib''b"])
def test_a_form_whose_headers_name_no_encoding_is_malformed(deal, name):
    deal.has_buyer()
    raw = f'--x\r\nContent-Disposition: form-data; name="file"; {name}\r\n\r\nx\r\n--x--'.encode()
    path = deal.partner.path(f"{deal.buyer_path}/kyc/documents")

    refused = deal.partner.http.generic(
        "POST", path, raw, "multipart/form-data; boundary=x", headers=deal.partner.headers({})
    )

    assert refused.status_code in {400, 415, 422}
    assert slug_of(refused) != "internal-error"
