"""After something was handed over: a receipt to whoever sent it, word to the seller, and a person to ask everywhere."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from buyers.branding import brand_seller
from buyers.invitation_models import Invitation, Prospect
from buyers.invitations import revoke_invitation
from nt24.actors import system
from nt24.mail.models import Mail
from nt24.vault import decrypt
from tests.buyers.links import fills_in, invited, linked
from tests.buyers.visitor import Visitor, text
from tests.ledger import nothing_moves

LOOK = {
    "display_name": "Mustermann",
    "logo_png": None,
    "accent": "#7a1030",
    "reply_to": "office@m.example",
    "contact_name": "Erika Beispiel",
    "contact_phone": "+49 (0)89 / 12 34-5",
    "contact_email": "erika@m.example",
}


@pytest.fixture
def invitation(deal, partner):
    return invited(partner, deal.has_buyer().buyer, language="pl")


@pytest.fixture
def visitor(invitation):
    return Visitor(invitation)


@pytest.fixture
def look(seller):
    return brand_seller(seller, by=system("test"), **LOOK)


def mails(kind):
    return list(Mail.objects.filter(kind=f"buyers.{kind}"))


def parts(mail):
    return decrypt(mail.text), decrypt(mail.html)


# --- Receipts ---


def test_a_buyer_gets_what_he_has_sent_in_his_language(visitor, invitation, seller):
    visitor.sends_everything()
    visitor.submits()

    [mail] = mails("receipt")
    assert (mail.to, mail.language) == ("anna@kowalski.example", "pl")
    assert mail.subject == "Potwierdzenie odbioru: dokumenty dla firmy AutoHandel Mustermann GmbH"
    for part in parts(mail):
        assert "Odpis z rejestru przedsiębiorców (IMG_1.jpg" in part
        assert "Otrzymano 25 kwietnia 2026, godz. 12:0" in part
        assert "(Europe/Berlin)" in part
        assert str(invitation.uuid) in part
        assert f"Kontakt: {seller.name}, {seller.admin_email}" in part
        assert "/b/" not in part


@pytest.mark.parametrize("more", [1, 2, 5])
def test_submitting_again_sends_no_mail_again(visitor, more):
    visitor.sends_everything()
    visitor.submits()

    with nothing_moves():
        answers = [visitor.submits().status_code for _ in range(more)]

    assert answers == [410] * more
    assert (len(mails("receipt")), len(mails("arrival"))) == (1, 1)


def test_what_is_refused_sends_no_mail(visitor):
    visitor.sends("vat")
    visitor.submits()
    visitor.post("submit/")

    assert mails("receipt") + mails("arrival") == []


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Your details have been sent to AutoHandel Mustermann GmbH"),
        ("ro", "Datele dumneavoastră au fost trimise către AutoHandel Mustermann GmbH"),
        ("de", "Ihre Angaben wurden an AutoHandel Mustermann GmbH übermittelt"),
    ],
)
def test_a_prospect_gets_a_receipt_without_what_was_typed_freely(april, partner, language, subject):
    fills_in(
        linked(partner), language=language, company_name="Win at evil.example", vat_number="PL5260001246"
    )

    [mail] = mails("prospect_receipt")
    assert (mail.to, mail.subject) == ("jan@example.com", subject)
    for part in parts(mail):
        assert "PL5260001246" in part
        for typed in ("evil.example", "Kowalski", "Warszawa"):
            assert typed not in part


def test_a_strangers_mailbox_is_not_flooded_by_a_form(april, partner):
    link, other = linked(partner), linked(partner, label="Fair")
    for number in range(5):
        fills_in(link if number % 2 else other)
    fills_in(link, person={"first_name": "A", "last_name": "B", "email": "JAN@example.com", "phone": ""})

    assert len(mails("prospect_receipt")) == 3
    assert Prospect.objects.count() == 6
    Mail.objects.update(created_at=timezone.now() - timedelta(hours=25))
    fills_in(link)
    assert len(mails("prospect_receipt")) == 4


# --- Word to the seller ---


def test_the_seller_hears_that_documents_have_come_and_only_from_which_company(visitor, seller):
    visitor.sends_everything()
    visitor.submits()

    [mail] = mails("arrival")
    assert (mail.to, mail.language) == (seller.admin_email, "de")
    assert mail.subject == "Auto Handel Kowalski Sp. z o.o. hat Unterlagen gesendet"
    for part in parts(mail):
        for personal in ("anna@", "Jan", "IMG_1", "PL5260001246"):
            assert personal not in part


@pytest.mark.parametrize(
    ("changes", "to"), [({}, ["office@m.example"]), ({"arrival_mails_stopped": True}, [])]
)
def test_a_seller_may_want_no_such_mails(visitor, seller, changes, to):
    brand_seller(seller, by=system("test"), **LOOK, **changes)
    visitor.sends_everything()
    visitor.submits()

    assert [mail.to for mail in mails("arrival")] == to
    assert len(mails("receipt")) == 1


# --- Reminders ---


def test_resending_says_that_it_is_a_reminder(partner, deal, invitation):
    path = f"P/buyers/{deal.buyer['uuid']}/kyc/self-service-invitations/{invitation.uuid}/resend"
    assert partner.post(path).status_code == 202

    first, second = mails("invitation")
    assert first.subject == "AutoHandel Mustermann GmbH potrzebuje dokumentów Państwa firmy"
    assert (
        second.subject
        == "Przypomnienie: AutoHandel Mustermann GmbH nadal potrzebuje dokumentów Państwa firmy"
    )
    assert all("nadal potrzebuje" in part for part in parts(second))


@pytest.mark.parametrize(("language", "word"), [("en", "Reminder"), ("fr", "Rappel"), ("es", "Recordatorio")])
def test_resending_a_prospect_link_is_a_reminder_too(april, partner, language, word):
    link = linked(partner, recipientEmail="ana@auto.example", language=language)
    assert partner.post(f"P/self-service-invitations/{link.uuid}/resend").status_code == 202

    first, second = mails("invitation")
    assert not first.subject.startswith(word)
    assert second.subject.startswith(f"{word}")
    assert all(word in part for part in parts(second))


# --- A person ---


PERSON = "Erika Beispiel, AutoHandel Mustermann GmbH, +49 (0)89 / 12 34-5 , erika@m.example"


def test_the_page_and_the_pages_around_it_name_a_person(visitor, look, partner):
    visitor.sends_everything()
    receipt = visitor.http.get(visitor.submits()["Location"])
    prospects = Visitor(linked(partner, language="en"))

    for page in (receipt, prospects.get(), prospects.get("thanks/")):
        assert PERSON in text(page)
        assert 'href="tel:+49089' in page.content.decode()
        assert 'href="mailto:erika@m.example"' in page.content.decode()


def expire(invitation):
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def revoke(invitation):
    revoke_invitation(invitation, reason="x", by=system("test"))


def use(invitation):
    Visitor(invitation).sends_everything()
    Visitor(invitation).submits()


@pytest.mark.parametrize("end", [expire, revoke, use])
def test_a_link_that_has_ended_names_the_person_and_nothing_about_the_buyer(invitation, look, end):
    end(invitation)

    response = Client().get(Visitor(invitation).path)

    assert response.status_code == 410
    assert PERSON in text(response)
    for told in ("Kowalski", "PL5260001246", "anna@"):
        assert told not in response.content.decode()


@pytest.mark.parametrize("path", ["/b/nonsense/", "/b/nonsense/receipt/", "/b/a.b/c/d/"])
def test_a_wrong_link_names_nobody(look, path):
    response = Client().get(path)

    assert response.status_code == 404
    assert "m.example" not in response.content.decode()


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"contact_name": ""}, "AutoHandel Mustermann GmbH, +49 (0)89 / 12 34-5 , erika@m.example"),
        ({"contact_phone": ""}, "Erika Beispiel, AutoHandel Mustermann GmbH, erika@m.example"),
        ({"contact_email": ""}, "AutoHandel Mustermann GmbH, +49 (0)89 / 12 34-5 , office@m.example"),
    ],
)
def test_what_the_seller_has_not_said_is_left_out(visitor, seller, changes, shown):
    brand_seller(seller, by=system("test"), **(LOOK | changes))

    assert shown in text(visitor.get())
