"""What a token opens, and what it does not; nothing of it in a log (contract 14; L1, L2, L3)."""

import io
import logging
import uuid
from datetime import UTC, datetime

import pytest
import structlog
import time_machine
from django.conf import settings
from django.core.signing import Signer
from django.test import RequestFactory
from structlog.stdlib import ProcessorFormatter

from buyers import links
from buyers.invitation_models import Invitation
from buyers.links import LinkExpired, LinkRevoked, LinkUnknown, opened, token_of
from nt24.actors import system
from nt24.partners.actions import disable_organization, disable_seller
from tests.buyers.links import REGISTER, invited, refuses, uploads
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken
from tests.ledger import at, nothing_moves

SOMEBODY = system("test")


@pytest.fixture(autouse=True)
def _in_april(april):
    pass


@pytest.fixture
def buyer(partner):
    return taken(partner.post("P/buyers", KOWALSKI), 201)


@pytest.fixture
def invitation(partner, buyer):
    return invited(partner, buyer)


def test_a_link_opens_its_invitation_and_looking_changes_nothing(invitation):
    with nothing_moves():
        assert opened(token_of(invitation)) == invitation


@pytest.mark.parametrize(
    "forge",
    [
        lambda row: token_of(row)[:-1],
        lambda row: token_of(row)[:-1] + ("A" if token_of(row)[-1] != "A" else "B"),
        lambda row: f"{uuid.uuid4().hex}.{token_of(row).partition('.')[2]}",
        lambda row: row.uuid.hex,
        lambda row: f"{row.uuid.hex}.",
        lambda row: Signer(sep=".").sign(row.uuid.hex),
        lambda row: Signer(salt=links.SALT, sep=".", key="another-key").sign(row.uuid.hex),
        lambda row: Signer(salt=links.SALT, sep=".").sign("not-a-uuid"),
        lambda row: Signer(salt=links.SALT, sep=".").sign(uuid.uuid4().hex),
        lambda row: "",
        lambda row: "ł\x00…",
    ],
    ids=[
        "cut off", "altered", "another row's signature", "uuid", "empty signature", "other salt", "other key",
        "signed text", "signed and unknown", "empty", "not ASCII",
    ],
)  # fmt: skip
def test_a_token_that_is_not_ours_is_unknown_and_costs_one_look(invitation, forge, django_assert_num_queries):
    token = forge(invitation)

    with django_assert_num_queries(1), pytest.raises(LinkUnknown):
        opened(token)


def test_a_link_opens_under_an_older_secret_key_that_is_still_listed(invitation, settings):
    token = token_of(invitation)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new-key", [settings.SECRET_KEY]
    assert opened(token) == invitation
    settings.SECRET_KEY_FALLBACKS = []

    with pytest.raises(LinkUnknown):
        opened(token)


def test_a_link_is_shut_as_soon_as_its_time_is_over(partner, buyer):
    invitation = invited(partner, buyer, expiresInDays=1)
    token = token_of(invitation)

    with at(partner, "2026-04-26T09:59:00Z"):
        assert opened(token) == invitation
    Invitation.objects.update(expires_at=datetime(2026, 4, 26, 10, 0, tzinfo=UTC))
    with time_machine.travel("2026-04-26T10:00:00Z", tick=False), pytest.raises(LinkExpired):
        opened(token)


def test_a_revoked_link_is_shut(partner, buyer, invitation):
    address = f"P/buyers/{buyer['uuid']}/kyc/self-service-invitations/{invitation.uuid}/revoke"
    taken(partner.post(address, {"reason": "x"}), 200)

    with pytest.raises(LinkRevoked):
        opened(token_of(invitation))


@pytest.mark.parametrize("who", ["seller", "organization"])
def test_the_link_of_a_seller_who_may_not_use_nt24_any_more_is_shut(seller, invitation, who):
    if who == "seller":
        disable_seller(seller, by=SOMEBODY, reason="left")
    else:
        disable_organization(seller.organization, by=SOMEBODY, reason="left")

    with pytest.raises(LinkRevoked):
        opened(token_of(invitation))
    with refuses(LinkRevoked):
        uploads(invitation, REGISTER)


def test_the_eleventh_wrong_token_of_an_address_in_a_minute_has_to_wait(db):
    with time_machine.travel("2026-04-25T10:00:20Z", tick=False):
        waits = [links.seconds_to_next_guess(visit("203.0.113.7")) for _ in range(11)]
        assert waits == [0] * 10 + [40]
        assert links.seconds_to_next_guess(visit("203.0.113.8")) == 0
    with time_machine.travel("2026-04-25T10:01:00Z", tick=False):
        assert links.seconds_to_next_guess(visit("203.0.113.7")) == 0


def visit(address):
    return RequestFactory(REMOTE_ADDR=address).get("/b/wrong/")


def test_no_log_line_has_the_token(invitation):
    path = f"/b/{token_of(invitation)}/upload"
    [handler] = [h for h in logging.getLogger().handlers if isinstance(h.formatter, ProcessorFormatter)]
    lines = io.StringIO()
    was = handler.setStream(lines)
    try:
        logging.getLogger("django.security.csrf").error("Forbidden (%s): %s", "no cookie", path)
        logging.getLogger("gunicorn.error").error("Error handling request %s", f"{settings.PUBLIC_URL}{path}")
        log = structlog.get_logger("test")
        log.error("request_failed", path=path)
        try:
            raise ValueError(f"cannot read {path}")
        except ValueError as error:
            log.error("upload_failed", exc_info=error)
    finally:
        handler.setStream(was)

    written = lines.getvalue()
    assert len(written.splitlines()) == 4
    assert written.count("/b/***/upload") == 4
    assert token_of(invitation).partition(".")[2] not in written
