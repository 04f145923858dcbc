"""What whoever holds a KYC link may do: draft, replace, remove, submit (contract 6, 14; L4)."""

from dataclasses import replace
from datetime import date

import pytest
from django.utils import timezone

from buyers.actions import block_buyer
from buyers.drafts import remove_draft, save_draft
from buyers.invitation_models import Draft
from buyers.invitations import IdentityMissing, PapersMissing, choose_language, submit_invitation
from buyers.links import LinkUsed, actor_of, opened, token_of
from buyers.models import Buyer, VerificationSession, ViesCheck
from nt24.actors import system
from nt24.audit.models import Entry
from nt24.documents.models import Document, ScanStatus
from nt24.documents.uploads import keep_upload, received
from nt24.errors import StateConflict, ValidationFailed
from tests.buyers.links import (
    AML,
    IDENTITY,
    PAPERS,
    REGISTER,
    VAT,
    invited,
    linked,
    refuses,
    submits,
    uploads,
    uploads_all,
)
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken
from tests.ledger import messages, nothing_moves
from tests.papers import pdf

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


def kyc_of(partner, buyer):
    return taken(partner.get(f"P/buyers/{buyer['uuid']}/kyc"), 200)


# --- Drafts --------------------------------------------------------------------------------------------------------


def test_a_draft_waits_behind_the_invitation_and_is_no_document(partner, buyer, invitation):
    draft = uploads(invitation, REGISTER)

    stored = Draft.objects.get()
    assert stored == draft
    assert (stored.need, stored.type, stored.document_on) == (REGISTER, "COC_EXTRACT", date(2026, 4, 18))
    assert (stored.file_name, stored.content_type) == ("scan.pdf", "application/pdf")
    assert stored.size == len(pdf(REGISTER))
    assert not Document.objects.exists()
    assert kyc_of(partner, buyer)["missingDocuments"] == list(PAPERS)


def test_a_second_file_for_a_need_replaces_the_first(invitation):
    uploads(invitation, REGISTER)
    uploads(invitation, REGISTER, content=pdf("better"), type="COC_ARTICLES_OF_ASSOCIATION")

    draft = Draft.objects.get()
    assert (draft.type, draft.size) == ("COC_ARTICLES_OF_ASSOCIATION", len(pdf("better")))
    saved = Entry.objects.filter(action="invitation.draft_saved").order_by("pk")
    assert [entry.changes["type"] for entry in saved] == [
        [None, "COC_EXTRACT"], ["COC_EXTRACT", "COC_ARTICLES_OF_ASSOCIATION"],
    ]  # fmt: skip
    assert {(entry.actor_kind, entry.actor_id) for entry in saved} == {("BUYER_LINK", str(invitation.uuid))}


def test_a_draft_is_removed_and_removing_nothing_moves_nothing(invitation):
    uploads(invitation, REGISTER)
    remove_draft(invitation, need=REGISTER, by=actor_of(invitation))
    assert not Draft.objects.exists()

    with nothing_moves():
        remove_draft(invitation, need=REGISTER, by=actor_of(invitation))


@pytest.mark.parametrize(
    ("need", "changes", "field"),
    [
        ("TP_*", {"type": "TP_TRADE_LICENCE"}, "need"),
        ("COC_EXTRACT", {}, "need"),
        (REGISTER, {"type": "VAT_CERTIFICATE"}, "type"),
        (IDENTITY, {"type": "CONTACT_FACE_PICTURE"}, "type"),
        (REGISTER, {"type": "ORDER_PURCHASING_CONTRACT"}, "type"),
        (REGISTER, {"document_on": date(2026, 4, 27)}, "documentDate"),
        (AML, {"expires_on": date(2027, 1, 1)}, "expiresAt"),
        (IDENTITY, {"expires_on": date(2026, 4, 24)}, "expiresAt"),
    ],
)
def test_a_paper_that_is_not_wanted_or_proves_nothing_is_refused(invitation, need, changes, field):
    with refuses(ValidationFailed) as refusal:
        uploads(invitation, need, **changes)

    assert [error.field for error in refusal.value.errors] == [field]


def test_an_identity_paper_that_ends_today_is_taken(invitation):
    assert uploads(invitation, IDENTITY, expires_on=date(2026, 4, 25)).expires_on == date(2026, 4, 25)


def test_an_infected_file_is_refused_and_one_that_waits_for_its_scan_is_taken(invitation):
    upload = keep_upload(received(pdf(), "scan.pdf"))

    def save(status):
        save_draft(
            invitation, need=REGISTER, type="COC_EXTRACT", upload=replace(upload, scan_status=status),
            document_on=date(2026, 4, 18), by=actor_of(invitation),
        )  # fmt: skip

    with refuses(ValidationFailed) as refusal:
        save(ScanStatus.INFECTED)
    assert [error.field for error in refusal.value.errors] == ["file"]
    save(ScanStatus.PENDING)
    uploads_all(invitation, VAT, IDENTITY, AML)
    submits(invitation)
    assert Document.objects.get(type="COC_EXTRACT").scan_status == "PENDING"


def test_in_mode_b_nobody_asks_for_an_identity_paper(partner):
    buyer = taken(partner.post("P/buyers", {**KOWALSKI, "kycMode": "NT24_LED"}), 201)
    invitation = invited(partner, buyer)

    with refuses(ValidationFailed):
        uploads(invitation, IDENTITY)
    uploads_all(invitation, REGISTER, VAT, AML)
    with refuses(IdentityMissing):
        submits(invitation)
    session = taken(partner.post(f"P/buyers/{buyer['uuid']}/kyc/verify"), 200)
    VerificationSession.objects.filter(uuid=session["sessionId"]).update(
        status="VERIFIED", decided_at=timezone.now()
    )
    submits(invitation)
    assert kyc_of(partner, buyer)["documentsComplete"] is True


def test_a_prospect_link_takes_no_papers_and_keeps_its_language(partner):
    link = linked(partner)

    for attempt in (
        lambda: uploads(link, REGISTER),
        lambda: submits(link),
        lambda: choose_language(link, language="pl", by=actor_of(link)),
    ):
        with refuses(StateConflict):
            attempt()


def test_the_language_that_was_chosen_is_kept(invitation):
    choose_language(invitation, language="ro", by=actor_of(invitation))

    invitation.refresh_from_db()
    assert invitation.language == "ro"
    assert Entry.objects.get(action="invitation.language_chosen").changes == {"language": ["pl", "ro"]}
    with nothing_moves():
        choose_language(invitation, language="ro", by=actor_of(invitation))


# --- Submitting ----------------------------------------------------------------------------------------------------


def test_papers_by_link_amount_to_the_same_kyc_as_papers_by_api(deal, partner):
    deal.has_buyer().has_kyc()
    other = taken(partner.post("P/buyers", {**KOWALSKI, "vatNumber": "PL1111111111"}), 201)
    invitation = invited(partner, other)

    uploads_all(invitation)
    submits(invitation)
    deal.run_workers()

    by_api, by_link = kyc_of(partner, deal.buyer), kyc_of(partner, other)
    for own in ("buyerId", "viesLastCheckedAt"):
        assert by_api.pop(own) != by_link.pop(own)
    assert by_link == by_api
    assert by_link["overallStatus"] == "VALID"


def test_submitting_files_every_draft_and_closes_the_link(partner, buyer, invitation):
    uploads_all(invitation)
    keys = dict(Draft.objects.values_list("type", "storage_key"))
    submits(invitation)

    assert not Draft.objects.exists()
    documents = Document.objects.filter(subject_uuid=buyer["uuid"])
    assert {document.type: document.storage_key for document in documents} == keys
    assert {document.source for document in documents} == {"WEB_APP"}
    shown = taken(
        partner.get(f"P/buyers/{buyer['uuid']}/kyc/self-service-invitations/{invitation.uuid}"), 200
    )
    assert (shown["status"], shown["usageCount"]) == ("USED", 1)
    [message] = messages("self_service_invitation.used")
    assert message["source"] == "WEB_APP"
    assert message["data"] == {
        "invitationUuid": str(invitation.uuid),
        "kind": "KYC",
        "buyerUuid": buyer["uuid"],
        "usedAt": message["data"]["usedAt"],
    }
    assert message["data"]["usedAt"][:19] == shown["lastUsedAt"][:19]
    with pytest.raises(LinkUsed):
        opened(token_of(invitation))


def test_the_trail_says_what_was_declared_and_by_which_link(buyer, invitation):
    uploads_all(invitation)
    submits(invitation)

    link = {"actor_kind": "BUYER_LINK", "actor_id": str(invitation.uuid)}
    trail = list(
        Entry.objects.filter(**link)
        .order_by("pk")
        .exclude(action__contains="draft")
        .values_list("action", flat=True)
    )
    assert trail[:5] == ["invitation.declared", *["document.filed"] * 4]
    assert trail[5:] == ["invitation.used", "vies_check.requested"]
    assert Entry.objects.get(action="invitation.declared").changes == {"documents": [0, 4]}


def test_whatever_is_submitted_twice_is_taken_once(invitation):
    uploads_all(invitation)
    submits(invitation)

    for late in (
        lambda: submits(invitation),
        lambda: uploads(invitation, REGISTER),
        lambda: remove_draft(invitation, need=REGISTER, by=actor_of(invitation)),
        lambda: choose_language(invitation, language="de", by=actor_of(invitation)),
    ):
        with refuses(LinkUsed):
            late()


def test_nothing_is_submitted_while_a_paper_is_missing(invitation):
    uploads_all(invitation, REGISTER, AML)

    with refuses(PapersMissing) as refusal:
        submits(invitation)
    assert [need.name for need in refusal.value.needs] == [VAT, IDENTITY]


def test_nothing_is_submitted_without_the_declaration(invitation):
    uploads_all(invitation)

    with refuses(ValidationFailed) as refusal:
        submit_invitation(invitation, declared=False, by=actor_of(invitation))
    assert [error.field for error in refusal.value.errors] == ["declared"]


def test_a_paper_that_is_there_already_need_not_be_uploaded_again(partner, buyer, invitation):
    path = f"P/buyers/{buyer['uuid']}/kyc/documents"
    for type in ("VAT_CERTIFICATE", "CONTACT_PASSPORT"):
        taken(partner.upload(path, type, pdf(type)), 201)
    uploads_all(invitation, REGISTER, AML)
    submits(invitation)

    assert kyc_of(partner, buyer)["documentsComplete"] is True
    assert Document.objects.filter(source="WEB_APP").count() == 2


def test_vies_is_asked_about_a_buyer_that_was_never_checked_and_about_no_other(deal, partner):
    deal.has_buyer()
    buyer = Buyer.objects.get()
    first, second = invited(partner, deal.buyer), invited(partner, deal.buyer)
    uploads_all(first)
    submits(first)
    assert list(ViesCheck.objects.values_list("buyer", "status", "cause")) == [
        (buyer.pk, "QUEUED", "REQUESTED")
    ]
    deal.run_workers()

    submits(second)
    assert ViesCheck.objects.count() == 1


def test_open_orders_are_assessed_with_the_papers(deal, partner):
    deal.has_buyer().has_order()
    assert "DOCUMENTS_MISSING" in deal.codes()
    invitation = invited(partner, deal.buyer)
    uploads_all(invitation)
    submits(invitation)

    assert "DOCUMENTS_MISSING" not in deal.codes()


def test_a_blocked_buyer_may_still_hand_in_his_papers(partner, buyer, invitation):
    block_buyer(Buyer.objects.get(), by=SOMEBODY)
    uploads_all(invitation)
    submits(invitation)

    assert kyc_of(partner, buyer)["documentsComplete"] is True
