"""Invitations by hand: made, shown once, mailed again, revoked; whom a link went to is read for a purpose."""

from datetime import timedelta

import pytest
from django.urls import reverse

from buyers.invitation_models import Invitation
from buyers.links import public_link
from buyers.models import Buyer
from nt24.audit.models import Entry
from nt24.mail.models import Mail
from tests.buyers.links import invited, linked
from tests.deal import taken
from tests.ledger import nothing_moves
from tests.staff.desk import Desk, member, move_of, newest, page_of

ADD = "/admin/buyers/invitation/add/"
ANNA = "anna@kowalski.example"


@pytest.fixture
def buyer(deal):
    deal.has_buyer()
    return Buyer.objects.get()


@pytest.fixture
def invitation(deal):
    deal.has_buyer()
    return invited(deal.partner, deal.buyer)


def test_a_buyer_is_invited_in_the_language_of_his_country(berta, partner, buyer):
    berta.press(move_of(buyer, "invite"), recipientEmail=ANNA, expiresInDays="7")

    (shown,) = taken(partner.get(f"P/buyers/{buyer.uuid}/kyc/self-service-invitations"), 200)["data"]
    invitation = Invitation.objects.get()
    assert (shown["status"], shown["recipientEmail"], invitation.language) == ("ACTIVE", ANNA, "pl")
    assert invitation.expires_at - invitation.created_at == timedelta(days=7)
    assert (newest("invitation.created").actor_label, Mail.objects.count()) == ("Berta", 1)


def test_without_the_agreement_nobody_is_invited(berta, seller, buyer):
    type(seller.organization).objects.update(dpa_accepted_at=None, dpa_version="")

    with nothing_moves():
        assert berta.press(move_of(buyer, "invite"), recipientEmail=ANNA).status_code == 403
    assert not Mail.objects.exists()


def test_a_prospect_link_is_made_below_a_seller(berta, partner, seller):
    response = berta.press(f"{ADD}?in={seller.pk}", label="Website")

    link = Invitation.objects.get()
    assert response["Location"] == page_of(link)
    (shown,) = taken(partner.get("P/self-service-invitations"), 200)["data"]
    assert (shown["kind"], shown["label"]) == ("PROSPECT", "Website")


def test_a_seller_who_may_not_use_nt24_is_not_offered(berta, seller):
    type(seller).objects.update(disabled_at="2026-04-01T00:00:00Z")

    assert f"?in={seller.pk}" not in berta.get(ADD).content.decode()


def test_the_link_is_shown_by_a_button_and_that_is_noted(berta, invitation):
    assert public_link(invitation) not in berta.get(page_of(invitation)).content.decode()

    shown = berta.press(move_of(invitation, "show-link"))

    assert public_link(invitation) in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    entry = newest("invitation.link_shown")
    assert (entry.subject_uuid, entry.actor_label, entry.source) == (invitation.uuid, "Berta", "WEB_APP")
    assert public_link(invitation) not in str(list(Entry.objects.values()))


def test_who_only_sees_is_not_shown_the_link(invitation):
    viewer = Desk(member("vera", "buyers.view_invitation"))

    with nothing_moves():
        for name in ("show-link", "resend", "revoke"):
            assert viewer.http.post(move_of(invitation, name), {"reason": "x"}).status_code == 403
    assert "/do/" not in viewer.get(page_of(invitation)).content.decode()
    assert viewer.get(reverse("admin:buyers_invitation_recipient", args=[invitation.pk])).status_code == 403


def test_the_recipient_is_masked_until_somebody_says_what_for(berta, invitation):
    page = reverse("admin:buyers_invitation_recipient", args=[invitation.pk])
    for url in (page_of(invitation), page_of(invitation.buyer), "/admin/buyers/invitation/"):
        shown = berta.get(url).content.decode()
        assert ANNA not in shown, url
        assert "a•••@kowalski.example" in shown, url
    assert berta.get(page).status_code == 302
    berta.says_why(invitation.buyer.uuid, "the mail came back")

    assert ANNA in berta.get(page).content.decode()
    assert newest("invitation.recipient_read").purpose == "the mail came back"


def test_a_link_is_mailed_again(berta, invitation):
    berta.press(move_of(invitation, "resend"))

    assert Mail.objects.count() == 2
    assert newest("invitation.resent").actor_label == "Berta"


def test_a_link_that_nobody_was_mailed_has_nothing_to_resend(berta, partner):
    link = linked(partner)

    with nothing_moves():
        assert berta.press(move_of(link, "resend")).status_code == 409
    assert "resend" not in berta.get(page_of(link)).content.decode()


def test_a_link_is_revoked_with_a_reason_and_then_offers_nothing(berta, partner, invitation):
    berta.press(move_of(invitation, "revoke"), reason="wrong address")

    assert newest("invitation.revoked").purpose == "wrong address"
    shown = taken(
        partner.get(f"P/buyers/{invitation.buyer.uuid}/kyc/self-service-invitations/{invitation.uuid}"), 200
    )
    assert (shown["status"], shown["revocationReason"]) == ("REVOKED", "wrong address")
    assert "/do/" not in berta.get(page_of(invitation)).content.decode()


def test_the_list_finds_what_ends_soon(berta, deal, invitation):
    soon = invited(deal.partner, deal.buyer, expiresInDays=2)
    page = berta.get("/admin/buyers/invitation/", expiry="soon")

    assert list(page.context["cl"].result_list) == [soon]
