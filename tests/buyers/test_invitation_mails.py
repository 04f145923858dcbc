"""What the mails with a link tell their reader: documents to have ready, the end in the seller's time, whom to ask."""

from datetime import date

import pytest

from buyers.actions import add_kyc_document
from buyers.expiry import remind_of_expiry
from buyers.invitations import REMINDED_BEFORE, remind_of_invitation
from buyers.models import Buyer
from nt24.actors import system
from nt24.documents.uploads import keep_upload, received
from nt24.mail.models import Mail
from nt24.vault import decrypt
from tests.buyers.links import invited, linked, uploads
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken
from tests.papers import pdf

pytestmark = pytest.mark.usefixtures("april")
# All days and times of the seller, whose time zone is named.
ENDS = {
    "de": "bis 9. Mai 2026, 12:00 Uhr (Europe/Berlin)",
    "en": "until 9 May 2026, 12:00 (Europe/Berlin)",
    "fr": "jusqu’au 9 mai 2026 à 12:00 (Europe/Berlin)",
    "nl": "tot 9 mei 2026, 12:00 uur (Europe/Berlin)",
    "it": "fino al 9 maggio 2026, ore 12:00 (Europe/Berlin)",
    "es": "hasta el 9 de mayo de 2026 a las 12:00 (Europe/Berlin)",
    "pl": "do 9 maja 2026, godz. 12:00 (Europe/Berlin)",
    "ro": "până la 9 mai 2026, ora 12:00 (Europe/Berlin)",
}


@pytest.fixture
def buyer(partner):
    return taken(partner.post("P/buyers", KOWALSKI), 201)


def said() -> tuple[str, str]:
    """Text and HTML of the last mail."""
    mail = Mail.objects.latest("pk")
    return decrypt(mail.text), decrypt(mail.html)


@pytest.mark.parametrize(("language", "ends"), ENDS.items())
def test_the_end_is_a_day_of_the_reader_in_the_time_of_the_seller(partner, buyer, language, ends):
    invited(partner, buyer, language=language)
    assert all(ends in part for part in said())

    linked(partner, language=language, recipientEmail="ana@auto.example")
    assert all(ends in part for part in said())


@pytest.mark.parametrize(
    ("zone", "ends"),
    [
        ("Europe/Bucharest", "9 May 2026, 13:00 (Europe/Bucharest)"),
        ("Atlantic/Canary", "9 May 2026, 11:00 (Atlantic/Canary)"),
        ("Pacific/Kiritimati", "10 May 2026, 00:00 (Pacific/Kiritimati)"),
    ],
)
def test_each_seller_has_a_time_of_its_own(partner, seller, buyer, zone, ends):
    type(seller).objects.update(time_zone=zone)

    invited(partner, buyer, language="en")

    assert all(ends in part for part in said())


def lines() -> list[str]:
    return [line[2:] for line in said()[0].splitlines() if line.startswith("- ")]


def test_the_documents_to_have_ready_are_those_of_the_page(partner, buyer):
    invitation = invited(partner, buyer, language="en")

    assert lines() == [
        "Company register extract (odpis z KRS albo wydruk z CEIDG)",
        "Proof of VAT registration (potwierdzenie VAT-5UE)",
        "Identity document",
        "Anti-money-laundering declaration (filled in on the page)",
    ]
    assert all(f"<li>{line}</li>" in said()[1] for line in lines())

    uploads(invitation, "VAT_*")
    type(invitation).objects.update(expires_at=invitation.created_at + REMINDED_BEFORE)
    assert remind_of_invitation(invitation, by=system("test"))
    assert [line.split(" (")[0] for line in lines()] == [
        "Company register extract",
        "Identity document",
        "Anti-money-laundering declaration",
    ]


def test_a_buyer_whom_nt24_identifies_brings_a_document_for_the_camera(partner):
    buyer = taken(partner.post("P/buyers", {**KOWALSKI, "kycMode": "NT24_LED"}), 201)

    invited(partner, buyer, language="en")

    assert "Identity document" not in lines()
    assert lines()[-1] == "Identity document, for the check with the camera"


def test_nothing_is_listed_when_everything_is_on_file(partner, buyer):
    for type in ("COC_EXTRACT", "VAT_CERTIFICATE", "CONTACT_PASSPORT", "AML_DECLARATION"):
        taken(partner.upload(f"P/buyers/{buyer['uuid']}/kyc/documents", type, pdf(type)), 201)

    invited(partner, buyer, language="en")

    assert "have these documents ready" not in "".join(said())


def mail_an_invitation(partner, buyer):
    invited(partner, buyer, language="en")


def mail_a_prospect_link(partner, buyer):
    linked(partner, recipientEmail="ana@auto.example", language="en")


def mail_an_expiry_reminder(partner, buyer):
    invited(partner, buyer, language="en")
    record = Buyer.objects.get()
    add_kyc_document(
        record,
        upload=keep_upload(received(pdf("passport"), "passport.pdf")),
        type="CONTACT_PASSPORT",
        document_on=date(2026, 1, 1),
        expires_on=date(2026, 5, 1),
        by=system("test"),
    )
    assert remind_of_expiry(record, by=system("test"))


@pytest.mark.parametrize("mail", [mail_an_invitation, mail_a_prospect_link, mail_an_expiry_reminder])
def test_every_mail_says_whom_to_ask_and_who_is_responsible(partner, buyer, seller, settings, mail):
    mail(partner, buyer)

    for part in said():
        assert f"Your contact: {seller.name}, {seller.admin_email}" in part
        assert f"{settings.PUBLIC_URL}/imprint" in part
        assert f"{settings.PUBLIC_URL}/privacy" in part
