"""What docs/webhooks.md promises to partners is what the code does."""

import json
import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from jsonschema import Draft202012Validator

from nt24.api.limits import LIMITS, Category
from nt24.api.openapi_webhooks import DELIVERY_HEADERS, envelope_of
from nt24.egress import INNER_NAMES, PORTS
from nt24.webhooks import actions, claiming, recording, retention
from nt24.webhooks.api import serializers
from nt24.webhooks.catalogue import CATALOGUE
from nt24.webhooks.models import Endpoint
from nt24.webhooks.sending import LIMIT_SECONDS, Failure
from tests.webhooks.sample import PATH

GUIDE = (settings.BASE_DIR / "docs/webhooks.md").read_text("utf-8")
EXAMPLES = {
    name: json.loads(example)
    for name, example in re.findall(
        r"^### `([a-z_.]+)`\n.+?```json\n(.+?)```", GUIDE, re.DOTALL | re.MULTILINE
    )
}
BLOCKER = json.loads((settings.BASE_DIR / "docs/openapi.json").read_text("utf-8"))["components"]["schemas"][
    "Blocker"
]


def test_the_guide_has_the_types_of_the_catalogue_in_their_order():
    assert list(EXAMPLES) == [event.name for event in CATALOGUE]


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.name)
def test_each_example_is_the_event_that_is_sent(event):
    example = EXAMPLES[event.name]
    schema = {**envelope_of(event), "components": {"schemas": {"Blocker": BLOCKER}}}

    complaints = [error.message for error in Draft202012Validator(schema).iter_errors(example)]

    assert complaints == []
    assert list(example) == [name for name in schema["properties"] if name in example]
    promised = [member.removesuffix("?") for member in event.members]
    assert list(example["data"]) == [name for name in promised if name in example["data"]]


def test_the_guide_has_every_header():
    named = set(re.findall(r"^\| `(X-Novatrade-[A-Za-z-]+)` \|", GUIDE, re.MULTILINE))

    assert named == set(DELIVERY_HEADERS)


def test_the_guide_verifies_as_the_sample_does():
    (code,) = re.findall(r"```python\n(.+?)```", GUIDE, re.DOTALL)

    constant, function = code.split("\n\n\n")
    sample = PATH.read_text("utf-8")
    assert constant in sample
    assert function in sample


def test_the_plan_in_the_guide_is_ours():
    table = GUIDE.partition("| Attempt | After the event |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (\d+) \| (\d+) (minute|hour)s? \|$", table, re.MULTILINE)

    seconds = {"minute": 60, "hour": 3600}
    assert [int(count) * seconds[unit] for _, count, unit in rows] == settings.WEBHOOK_RETRY_OFFSETS
    assert [int(number) for number, _, _ in rows] == list(range(2, 12))
    assert f"±{recording.JITTER:.0%}".replace("%", " %") in GUIDE


def test_the_failures_in_the_guide_are_ours():
    table = GUIDE.partition("| `failure` | |")[2].partition("\n\n")[0]

    assert set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)) == set(Failure) - {Failure.NONE}


@pytest.mark.parametrize(
    "sentence",
    [
        f"After {recording.PAUSED_AFTER_FAILURES} failed attempts in a row, or "
        f"{recording.PAUSED_AFTER.total_seconds() / 3600:.0f} hours of failures without a success",
        f"up to {actions.MAX_ENDPOINTS} endpoints",
        f"up to {serializers.MAX_PATTERNS} entries in `events`",
        f"{serializers.MAX_PARTNERS} in `partnerIds`",
        f"For {actions.SECRET_OVERLAP.total_seconds() / 3600:.0f} hours every request is signed with both",
        f"are kept for {retention.KEPT.days} days",
        f"any 2xx within {LIMIT_SECONDS:.0f} seconds",
        f"{LIMITS['STANDARD'][Category.WEBHOOK_MANAGEMENT]} calls a minute in the tier `STANDARD`, "
        f"{LIMITS['HIGH_VOLUME'][Category.WEBHOOK_MANAGEMENT]} in `HIGH_VOLUME`",
        "https on port {} or {}".format(*sorted(PORTS)),
    ],
)
def test_the_numbers_in_the_guide_are_ours(sentence):
    assert sentence in " ".join(GUIDE.split())


def test_the_requests_at_once_in_the_guide_are_ours():
    words = {8: "eight", 10: "ten", 16: "sixteen", 20: "twenty"}

    assert f"Up to {words[claiming.PER_ENDPOINT]} requests may come to one endpoint" in " ".join(
        GUIDE.split()
    )


def test_the_statuses_and_inner_names_in_the_guide_are_ours():
    table = GUIDE.partition("| `status` | Deliveries are made |")[2].partition("\n\n")[0]

    assert re.findall(r"^\| `([A-Z]+)` \|", table, re.MULTILINE) == Endpoint.Status.values
    assert all(f"`{name}`" in GUIDE for name in INNER_NAMES)


def test_every_file_and_section_that_the_guide_links_to_is_there():
    sections = {title.lower().replace(" ", "-") for title in re.findall(r"^## (.+)$", GUIDE, re.MULTILINE)}
    links = [urlsplit(link) for link in re.findall(r"\]\(([^)]+)\)", GUIDE)]

    assert len(links) >= 4
    assert [
        link for link in links if link.path and not (settings.BASE_DIR / "docs" / link.path).exists()
    ] == []
    assert {link.fragment for link in links if link.fragment} <= sections
