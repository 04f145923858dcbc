"""Invitations over the API: made, mailed, listed, sent again, revoked (contract 6, 16.6)."""

import re

import pytest

from buyers.invitation_models import Invitation
from buyers.links import opened
from nt24.api.models import Call
from nt24.audit.models import Entry
from nt24.mail.models import Mail
from nt24.vault import decrypt
from tests.buyers.links import invited, linked
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import BERLIN, taken
from tests.ledger import at, fields_of, nothing_moves, refused

ANNA = "anna@kowalski.example"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(autouse=True)
def _in_april(april):
    pass


@pytest.fixture
def buyer(partner):
    return taken(partner.post("P/buyers", KOWALSKI), 201)


@pytest.fixture
def path(buyer):
    return f"P/buyers/{buyer['uuid']}/kyc/self-service-invitations"


def token_in(shown):
    return shown["publicLinkUrl"].removeprefix("http://testserver/b/").removesuffix("/")


# --- Making --------------------------------------------------------------------------------------------------------


def test_an_invitation_is_made_and_shown(partner, path):
    response = partner.post(path, {"recipientEmail": ANNA, "label": "Spring fair"})

    shown = taken(response, 201)
    row = Invitation.objects.get()
    assert shown == {
        "uuid": str(row.uuid),
        "kind": "KYC",
        "status": "ACTIVE",
        "publicLinkUrl": shown["publicLinkUrl"],
        "createdAt": shown["createdAt"],
        "expiresAt": shown["expiresAt"],
        "recipientEmail": ANNA,
        "label": "Spring fair",
        "usageCount": 0,
    }
    assert opened(token_in(shown)) == row
    assert (shown["createdAt"][:10], shown["expiresAt"][:10]) == ("2026-04-25", "2026-05-09")
    assert shown["createdAt"][10:] == shown["expiresAt"][10:]
    assert response["Location"] == f"{partner.path(path)}/{row.uuid}"
    assert taken(partner.get(response["Location"]), 200) == shown
    assert taken(partner.get(path), 200)["data"] == [shown]


def test_the_link_is_mailed_in_the_seller_s_name(partner, path, seller):
    shown = taken(partner.post(path, {"recipientEmail": ANNA, "language": "en"}), 201)

    mail = Mail.objects.get()
    assert (mail.kind, mail.to, mail.language) == ("buyers.invitation", ANNA, "en")
    assert (mail.from_name, mail.reply_to) == ("AutoHandel Mustermann GmbH via NT24", seller.admin_email)
    assert (str(mail.about), mail.organization) == (shown["uuid"], seller.organization)
    assert mail.subject == "AutoHandel Mustermann GmbH needs documents from your company"
    text, html = decrypt(mail.text), decrypt(mail.html)
    assert f"\n{shown['publicLinkUrl']}\n" in text
    assert f'href="{shown["publicLinkUrl"]}"' in html
    for said in (text, html):
        assert "would like to sell cars to Auto Handel Kowalski Sp. z o.o. without VAT." in said
        assert "The page is open until 9 May 2026, 12:00 (Europe/Berlin)." in said


def test_names_are_escaped_in_the_mail(partner, path, buyer):
    name = {"companyName": "Kowalski <b>&"}
    taken(partner.patch(f"P/buyers/{buyer['uuid']}", name, version=0), 200)
    taken(partner.post(path, {"recipientEmail": ANNA, "language": "en"}), 201)

    mail = Mail.objects.get()
    assert "sell cars to Kowalski &lt;b&gt;&amp; without VAT" in decrypt(mail.html)
    assert "sell cars to Kowalski <b>& without VAT" in decrypt(mail.text)


@pytest.mark.parametrize(
    ("country", "asked", "language"),
    [
        ("PL", {}, "pl"),
        ("AT", {}, "de"),
        ("CZ", {}, "cs"),
        ("SE", {}, "en"),
        ("PL", {"language": "ro"}, "ro"),
    ],
)
def test_the_language_is_the_one_asked_for_or_that_of_the_buyer_s_country(partner, country, asked, language):
    buyer = taken(partner.post("P/buyers", {**KOWALSKI, "address": {**BERLIN, "country": country}}), 201)

    assert invited(partner, buyer, **asked).language == language
    assert Mail.objects.get().language == language


@pytest.mark.parametrize(("days", "until"), [(1, "2026-04-26"), (90, "2026-07-24")])
def test_an_invitation_is_open_for_as_many_days_as_asked(partner, path, days, until):
    shown = taken(partner.post(path, {"recipientEmail": ANNA, "expiresInDays": days}), 201)

    assert shown["expiresAt"][:10] == until


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expiresInDays": 0}, "expiresInDays"),
        ({"expiresInDays": 91}, "expiresInDays"),
        ({"expiresInDays": "14"}, "expiresInDays"),
        ({"language": "sv"}, "language"),
        ({"label": "x" * 201}, "label"),
        ({"recipientEmail": "anna"}, "recipientEmail"),
        ({"kind": "KYC"}, "kind"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(partner, path, changes, field):
    with nothing_moves():
        problem = refused(partner.post(path, {"recipientEmail": ANNA, **changes}), 422, "validation-error")

    assert fields_of(problem) == [field]
    assert "anna" not in str(problem["errors"])
    assert not Mail.objects.exists()


def test_the_trail_has_neither_recipient_nor_link(partner, path):
    shown = taken(partner.post(path, {"recipientEmail": ANNA}), 201)
    taken(partner.post(f"{path}/{shown['uuid']}/resend"), 202)
    taken(partner.post(f"{path}/{shown['uuid']}/revoke", {"reason": "Wrong person"}), 200)

    entries = Entry.objects.filter(subject_uuid=shown["uuid"]).order_by("pk")
    assert [entry.action for entry in entries] == [
        "invitation.created", "invitation.resent", "invitation.revoked",
    ]  # fmt: skip
    trail = str(list(Entry.objects.values()))
    assert ANNA not in trail
    assert token_in(shown) not in trail


def test_no_table_keeps_the_link_readable(partner, path):
    shown = taken(partner.post(path, {"recipientEmail": ANNA}, key="once"), 201)
    again = partner.post(path, {"recipientEmail": ANNA}, key="once")

    assert taken(again, 200) == shown
    assert Invitation.objects.count() == Mail.objects.count() == 1
    kept = [bytes(call.body) for call in Call.objects.all()]
    kept += [bytes(part) for mail in Mail.objects.all() for part in (mail.text, mail.html)]
    signature = token_in(shown).partition(".")[2].encode()
    assert not [body for body in kept if signature in body]


def test_another_host_in_the_request_does_not_change_the_link(partner, path):
    shown = taken(partner.post(path, {"recipientEmail": ANNA}, Host="localhost"), 201)

    assert shown["publicLinkUrl"].startswith("http://testserver/b/")


# --- Listing -------------------------------------------------------------------------------------------------------


def test_the_list_is_the_buyer_s_own_by_status_and_end(partner, path):
    other = taken(partner.post("P/buyers", {**KOWALSKI, "vatNumber": "CZ22222222"}), 201)
    invited(partner, other)
    linked(partner)
    first, second = (
        taken(partner.post(path, {"recipientEmail": ANNA, "expiresInDays": days}), 201)["uuid"]
        for days in (30, 7)
    )
    taken(partner.post(f"{path}/{second}/revoke", {"reason": "x"}), 200)

    def found(query):
        return [row["uuid"] for row in taken(partner.get(f"{path}?{query}"), 200)["data"]]

    assert found("") == [second, first]
    assert found("status=ACTIVE") == [first]
    assert found("sort=expiresAt,asc") == [second, first]
    assert found("sort=expiresAt,desc") == [first, second]
    refused(partner.get(f"{path}?status=OPEN"), 422, "validation-error")


# --- Sending again, revoking ---------------------------------------------------------------------------------------


def test_resending_mails_the_same_link_as_a_reminder_and_moves_nothing(partner, path):
    shown = taken(partner.post(path, {"recipientEmail": ANNA}), 201)
    again = taken(partner.post(f"{path}/{shown['uuid']}/resend"), 202)

    assert again == shown
    first, second = Mail.objects.order_by("pk")
    assert (first.kind, first.to) == (second.kind, second.to) == ("buyers.invitation", ANNA)
    said, again = decrypt(first.text), decrypt(second.text)
    link = re.search(r"http://\S+/b/\S+", said)
    assert link
    assert link.group() in again
    assert ("nadal potrzebuje" in said, "nadal potrzebuje" in again) == (False, True)


def test_revoking_shuts_the_link_and_says_why(partner, path):
    shown = taken(partner.post(path, {"recipientEmail": ANNA}), 201)
    revoked = taken(partner.post(f"{path}/{shown['uuid']}/revoke", {"reason": "Wrong person"}), 200)

    assert revoked == {
        **shown, "status": "REVOKED", "revokedAt": revoked["revokedAt"], "revocationReason": "Wrong person",
    }  # fmt: skip
    assert taken(partner.get(f"{path}/{shown['uuid']}"), 200) == revoked


def test_a_revoked_invitation_is_neither_revoked_nor_sent_again(partner, path):
    one = f"{path}/{invited(partner, {'uuid': path.split('/')[2]}).uuid}"
    revoked = taken(partner.post(f"{one}/revoke", {"reason": "x"}), 200)

    for below, body in (("revoke", {"reason": "x"}), ("resend", None)):
        with nothing_moves():
            problem = refused(partner.post(f"{one}/{below}", body), 409, "state-conflict")
        assert problem["currentResource"] == revoked
    assert Mail.objects.count() == 1


def test_an_invitation_past_its_end_is_not_sent_again_before_the_task_has_moved_it(partner, path, buyer):
    one = f"{path}/{invited(partner, buyer, expiresInDays=1).uuid}"

    with at(partner, "2026-04-26T10:00:01Z"):
        with nothing_moves():
            problem = refused(partner.post(f"{one}/resend"), 409, "state-conflict")
        assert problem["detail"] == "This invitation has expired."
        assert problem["currentResource"]["status"] == "ACTIVE"


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 501}])
def test_revoking_takes_a_reason_of_at_most_500_characters(partner, path, buyer, body):
    one = f"{path}/{invited(partner, buyer).uuid}"
    with nothing_moves():
        problem = refused(partner.post(f"{one}/revoke", body), 422, "validation-error")

    assert fields_of(problem) == ["reason"]
    taken(partner.post(f"{one}/revoke", {"reason": "x" * 500}), 200)


# --- Prospect links ------------------------------------------------------------------------------------------------


def test_a_prospect_link_is_made_and_mailed_to_nobody(partner):
    response = partner.post("P/self-service-invitations", {"kind": "PROSPECT", "label": "Website"})

    shown = taken(response, 201)
    assert set(shown) == {
        "uuid", "kind", "status", "publicLinkUrl", "createdAt", "expiresAt", "label", "usageCount",
    }  # fmt: skip
    assert (shown["kind"], shown["status"], shown["label"]) == ("PROSPECT", "ACTIVE", "Website")
    assert taken(partner.get(response["Location"]), 200) == shown
    assert opened(token_in(shown)).kind == "PROSPECT"
    assert not Mail.objects.exists()


@pytest.mark.parametrize(("body", "field"), [({}, "label"), ({"label": "x", "kind": "KYC"}, "kind")])
def test_a_prospect_link_needs_a_label_and_has_no_other_kind(partner, body, field):
    with nothing_moves():
        problem = refused(partner.post("P/self-service-invitations", body), 422, "validation-error")

    assert fields_of(problem) == [field]


def test_a_prospect_link_is_listed_and_revoked_and_never_sent(partner, path):
    taken(partner.post(path, {"recipientEmail": ANNA}), 201)
    one = f"P/self-service-invitations/{linked(partner).uuid}"

    with nothing_moves():
        problem = refused(partner.post(f"{one}/resend"), 409, "state-conflict")
    assert problem["detail"] == "This prospect link has no recipient, so it was not mailed."
    revoked = taken(partner.post(f"{one}/revoke", {"reason": "Fair is over"}), 200)
    assert (revoked["status"], revoked["revocationReason"]) == ("REVOKED", "Fair is over")
    assert taken(partner.get("P/self-service-invitations"), 200)["data"] == [revoked]


def test_each_kind_is_found_at_its_own_path_only(partner, path, buyer):
    other = taken(partner.post("P/buyers", {**KOWALSKI, "vatNumber": "CZ22222222"}), 201)
    kyc, of_other, prospect = invited(partner, buyer), invited(partner, other), linked(partner)

    for one in (f"{path}/{of_other.uuid}", f"{path}/{prospect.uuid}", f"{path}/{UNKNOWN}",
                f"P/self-service-invitations/{kyc.uuid}"):  # fmt: skip
        refused(partner.get(one), 404, "not-found")
        with nothing_moves():
            refused(partner.post(f"{one}/resend"), 404, "not-found")
            refused(partner.post(f"{one}/revoke", {"reason": "x"}), 404, "not-found")
