"""What the API says to a URL that we would not call (contract 12, 4.6)."""

import pytest

from nt24.webhooks.models import Endpoint
from tests.ledger import fields_of, refused
from tests.webhooks.hostile import HOSTILE, name_service

HOOK = {"url": "https://hooks.example/", "events": ["compliance.*"]}
PUBLIC = "93.184.215.14"


@pytest.fixture(autouse=True)
def _guarded(settings):
    settings.WEBHOOK_ALLOW_PRIVATE = False


@pytest.mark.parametrize("url", [url for url in HOSTILE if url])
def test_a_hostile_url_is_refused_at_registration(partner, url):
    problem = refused(partner.post("/v1/webhooks", {**HOOK, "url": url}), 422, "validation-error")

    assert fields_of(problem) == ["url"]
    assert not Endpoint.objects.exists()


def test_a_name_that_leads_inside_is_refused_at_registration_and_at_a_change(partner):
    with name_service([PUBLIC]):
        path = partner.post("/v1/webhooks", HOOK)["Location"]

    with name_service([PUBLIC, "10.0.0.1"]):
        first = refused(partner.post("/v1/webhooks", HOOK), 422, "validation-error")
        second = refused(partner.patch(path, {"url": HOOK["url"]}), 422, "validation-error")

    assert [line["message"] for problem in (first, second) for line in problem["errors"]] == [
        "Use a public address: this one leads into a private or reserved network."
    ] * 2


def test_a_password_in_a_url_is_not_repeated(partner):
    answer = partner.post("/v1/webhooks", {**HOOK, "url": "https://me:hunter2@hooks.example/"})

    assert answer.status_code == 422
    assert b"hunter2" not in answer.content
