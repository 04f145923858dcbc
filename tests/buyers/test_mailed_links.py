"""A prospect link with a recipient is mailed (contract 17.23), and nobody is flooded with mails."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from buyers.invitation_mail import TO_ONE_A_DAY
from nt24.mail.models import Mail
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken
from tests.ledger import nothing_moves, refused
from tests.partner import Partner

LINKS = "P/self-service-invitations"


@pytest.mark.parametrize("language", ["de", "pl", "ro", "en"])
def test_a_prospect_link_with_a_recipient_is_mailed_and_resent(partner, language):
    body = {"label": "Fair", "recipientEmail": "ana@auto.example", "language": language}
    link = taken(partner.post(LINKS, body), 201)

    assert link["recipientEmail"] == "ana@auto.example"
    assert taken(partner.post(f"{LINKS}/{link['uuid']}/resend"), 202)["uuid"] == link["uuid"]
    mails = Mail.objects.filter(kind="buyers.invitation")
    assert [(mail.to, mail.language) for mail in mails] == [("ana@auto.example", language)] * 2


def test_a_prospect_link_without_one_is_not(partner):
    link = taken(partner.post(LINKS, {"label": "Fair"}), 201)

    with nothing_moves():
        refused(partner.post(f"{LINKS}/{link['uuid']}/resend"), 409, "state-conflict")
    assert "recipientEmail" not in link
    assert not Mail.objects.exists()


@pytest.mark.parametrize("address", ["ana", "ana@", "ana@auto.example, eva@auto.example"])
def test_an_address_that_is_none_is_refused(partner, address):
    with nothing_moves():
        refused(partner.post(LINKS, {"label": "Fair", "recipientEmail": address}), 422, "validation-error")


def test_nobody_gets_more_than_a_handful_of_mails_a_day(partner):
    for number in range(TO_ONE_A_DAY):
        address = "Ana@auto.example" if number % 2 else "ana@auto.example"
        taken(partner.post(LINKS, {"label": "Fair", "recipientEmail": address}), 201)

    with nothing_moves():
        problem = refused(
            partner.post(LINKS, {"label": "Fair", "recipientEmail": "ana@auto.example"}),
            409,
            "state-conflict",
        )
    assert "Call the buyer" in problem["detail"]
    taken(partner.post(LINKS, {"label": "Fair", "recipientEmail": "eva@auto.example"}), 201)


INVITATIONS = "P/buyers/{uuid}/kyc/self-service-invitations"


@pytest.fixture
def buyer(partner):
    return taken(partner.post("P/buyers", KOWALSKI), 201)


@pytest.mark.parametrize("kind", ["KYC", "PROSPECT", "resent"])
def test_strangers_are_not_invited_by_the_dozen(partner, buyer, kind):
    invite = INVITATIONS.format(uuid=buyer["uuid"])
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(20):
            taken(partner.post(invite, {"recipientEmail": f"{number}@auto.example"}), 201)
            clock.shift(timedelta(seconds=1))
        path, body = {
            "KYC": (invite, {"recipientEmail": "next@auto.example"}),
            "PROSPECT": (LINKS, {"label": "x", "recipientEmail": "next@auto.example"}),
            "resent": (f"{invite}/{Mail.objects.earliest('pk').about}/resend", None),
        }[kind]

        with nothing_moves():
            response = partner.post(path, body)
            problem = refused(response, 429, "rate-limited")

        assert response["Retry-After"] == "580"
        assert "20 invitations within ten minutes. Try again in 580 seconds" in problem["detail"]
        clock.shift(timedelta(seconds=580))
        later = Partner(partner.client, partner.seller)  # with a fresh token
        taken(later.post(path, body), 202 if kind == "resent" else 201)


def test_the_number_is_the_operators(partner, buyer, settings):
    settings.INVITATION_MAILS_IN_TEN_MINUTES = 2
    for number in range(2):
        taken(partner.post(LINKS, {"label": "x", "recipientEmail": f"{number}@auto.example"}), 201)

    refused(partner.post(LINKS, {"label": "x", "recipientEmail": "next@auto.example"}), 429, "rate-limited")
    taken(partner.post(LINKS, {"label": "a link without a mail"}), 201)


def test_another_organization_is_not_held_back(partner, plain_partner, settings):
    settings.INVITATION_MAILS_IN_TEN_MINUTES = 1
    body = {"label": "x", "recipientEmail": "ana@auto.example"}
    taken(partner.post(LINKS, body), 201)

    taken(plain_partner.post(LINKS, body), 201)
