"""The first steps of /docs lead where they say, line by line, in a shell."""

import re
import shutil
import subprocess

import pytest
from django.conf import settings as ours

from tests.factories.partners import SECRET
from tests.pages.markup import read
from tests.papers import pdf

GUIDE = (ours.BASE_DIR / "docs" / "first-steps.md").read_text("utf-8")
STEPS = re.findall(r"^```sh\n(.+?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
pytestmark = [
    pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl"),
    pytest.mark.django_db(transaction=True),
]


def test_an_order_goes_all_the_way(live_server, partner, run_workers, tmp_path, settings):
    """In two shells, because between them the workers have to do their part."""
    settings.ROOT_URLCONF = "nt24.urls"
    (tmp_path / "paper.pdf").write_bytes(pdf("a paper"))
    first, *steps = STEPS
    known = first.replace("http://127.0.0.1:8000", live_server.url)
    known = known.replace("api-client-…", partner.client.client_id).replace(
        "CLIENT_SECRET=…", f"CLIENT_SECRET={SECRET}"
    )
    until_delivery, end = steps[:-2], steps[-2:]

    said = shell([known, *until_delivery, 'echo "ORDER=$ORDER"'], tmp_path)
    run_workers()
    order = re.findall("ORDER=(.+)", said)[-1]
    rest = f'SELLER_ID={partner.seller.uuid}; SELLER="/v1/partners/$SELLER_ID"; ORDER={order}'
    said = shell([known, *until_delivery[:2], rest, *end], tmp_path)

    assert '"decision":"VALID_EXPORT"' in said
    assert '"status":"READY"' in said
    assert (tmp_path / "export-file.pdf").read_bytes().startswith(b"%PDF-")


def shell(steps, folder):
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(steps)],  # noqa: S607
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_variable_of_the_steps_comes_from_somewhere():
    used = set(re.findall(r"\$\{?([A-Z_]{3,})", "\n".join(STEPS)))
    set_here = set(re.findall(r"^ *([A-Z_]{3,})=", "\n".join(STEPS), re.MULTILINE))

    assert used <= set_here


def test_the_webhooks_guide_is_served_with_its_examples(client):
    page = client.get("/docs/webhooks")
    links = read(page.content.decode()).links

    examples = {link for link in links if link.startswith("/docs/examples/")}
    assert {"/docs/examples/webhook_receiver.py", "/docs/examples/webhook_signature_vectors.json"} <= examples
    for link in examples:
        answer = client.get(link)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "export_file.generation_failed" in page.content.decode()


@pytest.mark.parametrize(
    "name", ["nothing.py", "..", "%2e%2e%2fopenapi.json", "..%5cwebhooks.md", "__pycache__"]
)
def test_only_the_examples_are_served(client, name):
    assert client.get(f"/docs/examples/{name}").status_code == 404
