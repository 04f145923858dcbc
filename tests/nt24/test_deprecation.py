"""One declaration on an operation says that it goes (contract 17.8)."""

from dataclasses import replace
from datetime import date

import pytest
import yaml

from nt24.api.operation import Deprecation
from nt24.partners.api import MeView


@pytest.mark.parametrize(
    ("deprecation", "sent"),
    [
        (
            Deprecation(date(2027, 1, 1), date(2027, 7, 1), "/v2/me"),
            ("@1798761600", "Thu, 01 Jul 2027 00:00:00 GMT", '</v2/me>; rel="successor-version"'),
        ),
        (
            Deprecation(date(2026, 3, 29), date(2028, 2, 29)),
            ("@1774742400", "Tue, 29 Feb 2028 00:00:00 GMT", None),
        ),
    ],
)
def test_every_answer_of_a_deprecated_operation_says_so(partner, monkeypatch, deprecation, sent):
    promise = MeView.get.operation
    monkeypatch.setattr(MeView.get, "operation", replace(promise, deprecation=deprecation))

    for answer in (partner.get("/v1/me"), partner.get("/v1/me?x=1"), partner.http.get("/v1/me")):
        assert tuple(answer.get(name) for name in ("Deprecation", "Sunset", "Link")) == sent


def test_an_operation_that_stays_says_nothing(partner):
    answer = partner.get("/v1/me")

    assert not {"Deprecation", "Sunset", "Link"} & set(answer.headers)


def test_the_document_is_also_yaml_by_its_published_name(db, client):
    as_yaml = client.get("/v1/openapi-integration-v1.yaml")

    assert (as_yaml.status_code, as_yaml["Content-Type"]) == (200, "application/yaml")
    assert yaml.safe_load(as_yaml.content) == client.get("/v1/openapi.json").json()
    again = client.get("/v1/openapi-integration-v1.yaml", headers={"If-None-Match": as_yaml["ETag"]})
    assert again.status_code == 304
    assert client.post("/v1/openapi-integration-v1.yaml").status_code == 405
