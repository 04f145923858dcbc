"""The samples of the reference: each says what the OpenAPI document says, and can be run as it is."""

import json
import re
import shlex
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest
import requests  # noqa: TID251  the samples use it, the network does not

from nt24.pages.reference import reference
from nt24.pages.samples import Call, samples_of
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
OPERATIONS = {one.id: one for section in reference().sections for one in section.operations if one.samples}
DESCRIBED = {
    one["operationId"]: (method.upper(), path, one)
    for path, methods in DOCUMENT["paths"].items()
    for method, one in methods.items()
}
VARIABLES = {
    "BASE_URL": "http://testserver",
    "TOKEN": "token-of-a-test",
    "CLIENT_ID": "acme",
    "CLIENT_SECRET": "s3",
}


def code_of(operation, slug):
    return next(sample.code for sample in operation.samples if sample.slug == slug)


def variables_of(path):
    names = re.findall(r"\{(\w+)\}", path)
    return {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper(): f"a-{name}" for name in names}


def parsed(line, variables):
    """Method, address, headers and data of a curl line, as a shell would hand them over."""
    known = {**VARIABLES, **variables}
    words = shlex.split(line.replace("$(uuidgen)", "a-new-key").replace("\\\n", " "))
    words = [re.sub(r"\$([A-Z_]+)", lambda found: known[found[1]], word) for word in words]
    method, address, headers, data = "GET", "", {}, []
    rest = iter(words[1:])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word in ("-d", "-F"):
            data.append(next(rest))
        elif not word.startswith("--"):
            address = word
    return method, address, headers, data


class Sent:
    """What a Python sample has sent, in place of the network."""

    def __init__(self, monkeypatch, variables):
        self.calls = []
        for name, value in {**VARIABLES, **variables}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(requests.Session, "send", self.send)

    def send(self, request, **_options):
        self.calls.append(request)
        answer = requests.Response()
        answer.status_code, answer._content = 200, b"{}"
        return answer


def test_every_operation_has_samples_and_no_event_has():
    assert set(OPERATIONS) == set(DESCRIBED)
    assert all(
        [sample.slug for sample in one.samples] == ["curl", "python", "typescript"]
        for one in OPERATIONS.values()
    )


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_a_curl_line_sends_what_the_document_describes(name):
    method, path, one = DESCRIBED[name]
    known = variables_of(path)

    sent_method, address, headers, data = parsed(code_of(OPERATIONS[name], "curl"), known)

    assert (sent_method, address) == (method, "http://testserver" + re.sub(r"\{(\w+)\}", r"a-\1", path))
    assert ("Authorization" in headers) == ({} not in one.get("security", ()))
    assert ("Idempotency-Key" in headers) == (method != "GET" and path.startswith("/v1"))
    media, body = next(iter(one.get("requestBody", {}).get("content", {}).items()), ("", {}))
    if media == "application/json":
        assert headers["Content-Type"] == media
        assert json.loads(data[0]) == body["example"]
    else:
        assert {pair.partition("=")[0] for pair in data} == set(body.get("example", {}))


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_a_python_sample_sends_the_same_as_curl(name, monkeypatch, tmp_path):
    _method, path, _one = DESCRIBED[name]
    known = variables_of(path)
    sent = Sent(monkeypatch, known)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-")

    exec(compile(code_of(OPERATIONS[name], "python"), name, "exec"), {"print": lambda *_: None})  # noqa: S102  it is ours

    method, address, headers, data = parsed(code_of(OPERATIONS[name], "curl"), known)
    [request] = sent.calls
    assert (request.method, request.url) == (method, address)
    assert {header: request.headers[header] for header in headers if header != "Idempotency-Key"} == {
        header: value for header, value in headers.items() if header != "Idempotency-Key"
    }
    assert ("Idempotency-Key" in request.headers) == ("Idempotency-Key" in headers)
    if headers.get("Content-Type") == "application/json":
        assert json.loads(request.body) == json.loads(data[0])
    elif data:
        body = request.body if isinstance(request.body, bytes) else request.body.encode()
        assert all(pair.partition("=")[0].encode() in body for pair in data)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_a_typescript_sample_is_also_javascript_and_parses(name):
    """The samples use no types, so that the parser of Node is one for them too."""
    code = code_of(OPERATIONS[name], "typescript")

    checked = subprocess.run(
        [shutil.which("node"), "--input-type=module", "--check"], input=code, capture_output=True, text=True
    )

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_a_typescript_sample_names_the_same_call(name):
    method, path, _one = DESCRIBED[name]
    code = code_of(OPERATIONS[name], "typescript")

    for variable in variables_of(path):
        path = re.sub(r"\{\w+\}", "${env." + variable + "}", path, count=1)
    assert f"`${{env.BASE_URL}}{path}`" in code
    assert f'method: "{method}"' in code
    assert code.count("{") == code.count("}")


def test_what_would_end_a_string_in_a_shell_or_in_python_is_kept():
    body = {"reason": 'It\'s "new" – `$HOME` \\ ${x}\nsecond line', "isNew": True, "none": None, "list": []}
    curl, python, typescript = samples_of(Call("POST", "/v1/x", media="application/json", body=body))

    assert json.loads(parsed_body(curl.code)) == body
    assert eval(re.search(r"json=(\{.+?\n    \})", python.code, flags=re.DOTALL)[1]) == body  # noqa: S307  it is ours
    assert json.loads(re.search(r"stringify\((.+)\),\n", typescript.code, flags=re.DOTALL)[1]) == body


def parsed_body(line):
    words = shlex.split(line.replace("\\\n  -", " -"))
    return words[words.index("-d") + 1]


def test_a_curl_line_of_the_page_does_what_it_says(partner, client, settings):
    """As a reader copies it from the page: the buyer is there afterwards."""
    settings.ROOT_URLCONF = "nt24.urls"
    page = unescape(client.get("/docs").content.decode())
    operation = re.search(
        r'<details class="operation" id="registerBuyer".+?</details>', page, flags=re.DOTALL
    )[0]
    line = re.search(r'<h4>curl</h4><pre tabindex="0"><code>(.+?)</code>', operation, flags=re.DOTALL)[1]
    method, address, headers, data = parsed(line, {"SELLER_ID": "P"})

    made = taken(partner.post("P/buyers", json.loads(data[0])), 201)

    assert (method, address) == ("POST", "http://testserver/v1/partners/P/buyers")
    assert set(headers) == {"Authorization", "Idempotency-Key", "Content-Type"}
    assert made["vatNumber"] == json.loads(data[0])["vatNumber"]
    assert set(KOWALSKI) & set(json.loads(data[0]))


def test_headers_and_common_answers_are_explained_once(client):
    page = client.get("/docs").content.decode()

    for header in ("Idempotency-Key", "If-Match", "X-Purpose", "X-RateLimit-Remaining"):
        slug = f"header-{header.lower()}"
        assert page.count(f'id="{slug}"') == 1
    about = DOCUMENT["components"]["parameters"]["IdempotencyKey"]["description"]
    assert page.count(about) == 1
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in re.findall(r'href="(#[^"]+)"', page)} <= set(ids)
    assert {link.partition("#")[2] for link in re.findall(r'href="(/docs#[^"]+)"', page)} <= set(ids)


@pytest.mark.parametrize("address", ["/docs", "/docs/api-guide", "/docs/webhooks"])
def test_every_page_of_the_documentation_leads_to_all_others(client, address):
    page = client.get(address).content.decode()
    navigation = re.search(r'<nav class="docs-nav".+?</nav>', page, flags=re.DOTALL)[0]

    assert {"/docs", "/docs/api-guide", "/docs/webhooks", "/problems", "/v1/openapi.json"} <= set(
        re.findall(r'href="([^"#]+)"', navigation)
    )
    assert all(f'href="/docs#{one}"' in navigation for one in OPERATIONS)


def test_links_of_the_navigation_into_guides_lead_to_headings(client):
    page = client.get("/docs").content.decode()

    for guide in ("api-guide", "webhooks"):
        ids = set(re.findall(r'id="([^"]+)"', client.get(f"/docs/{guide}").content.decode()))
        wanted = set(re.findall(rf'href="/docs/{guide}#([^"]+)"', page))
        assert len(wanted) > 5
        assert wanted <= ids
