"""The published signature cases: what we send is among them to the letter, and the sample receiver judges them all."""

import base64
import hashlib
import hmac
import json
from collections import Counter

import pytest
from django.conf import settings

from nt24.webhooks.signing import signature
from tests.webhooks.sample import SAMPLE

PUBLISHED = json.loads(
    (settings.BASE_DIR / "docs/examples/webhook_signature_vectors.json").read_text("utf-8")
)
CASES = {case["name"]: case for case in PUBLISHED["cases"]}
AS_SENT = {name: case for name, case in CASES.items() if "signedWith" in case}
# Valid too, though we never send them so.
NEVER_SENT = {"unknown scheme beside v1", "v1 before t", "spaces around the commas"}


def body_of(case):
    return base64.b64decode(case["bodyBase64"], validate=True)


def test_the_cases_are_many_and_of_both_kinds():
    assert len(CASES) == len(PUBLISHED["cases"]) == 36
    assert Counter(case["valid"] for case in CASES.values()) == {True: 15, False: 21}
    assert {name for name, case in CASES.items() if case["valid"]} - set(AS_SENT) == NEVER_SENT


@pytest.mark.parametrize("name", AS_SENT)
def test_we_sign_exactly_so(name):
    case = AS_SENT[name]

    assert signature(body_of(case), secrets=case["signedWith"], at=case["timestamp"]) == case["header"]


@pytest.mark.parametrize("name", CASES)
def test_the_sample_receiver_judges_it_as_published(name):
    case = CASES[name]

    judged = SAMPLE.verify(case["secret"], case["header"], body_of(case), case["now"])

    assert judged is case["valid"], case["why"]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "body" in case])
def test_the_text_is_the_bytes(name):
    assert CASES[name]["body"].encode() == body_of(CASES[name])


def test_the_digest_of_the_plain_case_is_a_literal():
    """By the words of the contract, so that our code and the cases cannot go wrong together."""
    case = CASES["plain"]

    digest = hmac.new(case["secret"].encode(), b"1777111331." + body_of(case), hashlib.sha256).hexdigest()

    assert case["header"] == f"t=1777111331,v1={digest}"
    assert digest == "7a7fda0837ffe8c79daa7a2bc67b93da0ef7d552904ada02280081092d7eb01f"


def test_the_sample_allows_the_published_tolerance():
    assert PUBLISHED["toleranceSeconds"] == SAMPLE.TOLERANCE_SECONDS == 300
