"""A prospect link with a recipient is mailed (contract 17.23), and nobody is flooded with mails."""

import pytest

from buyers.invitation_mail import TO_ONE_A_DAY
from nt24.mail.models import Mail
from tests.deal import taken
from tests.ledger import nothing_moves, refused

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
