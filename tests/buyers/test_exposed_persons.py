"""A declared politically exposed person: asked about, sealed, and reviewed by two people before the KYC counts."""

import io

import pytest
from pypdf import PdfReader

from buyers.models import Buyer, Kyc
from nt24.audit.models import Entry
from nt24.documents.models import Document
from nt24.documents.register import registered
from nt24.documents.storage import open_blob
from nt24.proposals.models import Proposal
from tests.buyers.links import invited
from tests.buyers.visitor import ANSWERS, Visitor
from tests.deal import taken
from tests.ledger import nothing_moves
from tests.staff.desk import Desk, member, move_of, page_of

EXPOSED = {
    **ANSWERS,
    "is_exposed": "yes",
    "exposed_person": "Anna Żółć",
    "exposed_office": "Member of the Senate, Romania, since 2020",
}


@pytest.fixture
def case(deal):
    return deal.has_buyer().has_order().has_invoice()


def hands_over(deal, answers):
    """All papers behind a link, with this declaration."""
    visitor = Visitor(invited(deal.partner, deal.buyer, language="en"))
    for slug in ("register", "vat", "identity"):
        assert visitor.sends(slug).status_code == 303
    assert visitor.post("declaration/", answers).status_code == 303
    assert visitor.submits().status_code == 303


def kyc(deal):
    return taken(deal.partner.get(f"{deal.buyer_path}/kyc"), 200)


def declaration() -> bytes:
    paper = Document.objects.get(type="AML_DECLARATION")
    with open_blob(paper.storage_key) as file:
        return file.read()


def buyer() -> Buyer:
    return Buyer.objects.select_related("kyc").get()


@pytest.fixture
def anna(db):
    return Desk(member("anna", everything=True))


@pytest.fixture
def bernd(db):
    return Desk(member("bernd", everything=True))


def test_the_declaration_names_person_and_office_and_is_sealed(case):
    hands_over(case, EXPOSED)

    pdf = PdfReader(io.BytesIO(declaration()))
    written = " ".join("".join(page.extract_text() + "\n" for page in pdf.pages).split())
    for phrase in ("Anna Żółć Member of the Senate, Romania, since 2020", "1 Jan 1980, Poland, 60 %"):
        assert phrase.replace("1 Jan 1980", "Jan. 1, 1980") in written or phrase in written
    entry = registered(Document.objects.get(type="AML_DECLARATION").sha256)
    assert entry is not None
    assert (entry.kind, entry.subject_uuid) == ("AML_DECLARATION", buyer().uuid)
    answer = Visitor.stranger().post("/verify", {"file": io.BytesIO(declaration())})
    assert "AML declaration" in answer.content.decode()


def test_the_kyc_does_not_count_before_the_review(case, run_workers):
    hands_over(case, EXPOSED)
    run_workers()

    assert kyc(case)["overallStatus"] == "INCOMPLETE"
    assert kyc(case)["amlStatus"] == "NOT_APPLICABLE"
    blocker = next(one for one in case.rollup()["blockers"] if one["code"] == "AML_PENDING")
    assert "review" in blocker["message"]
    assert "Senate" not in str(list(Entry.objects.values("changes", "purpose")))


def test_without_such_a_person_nothing_waits(case, run_workers):
    hands_over(case, ANSWERS)
    run_workers()

    assert kyc(case)["overallStatus"] == "VALID"
    assert "AML_PENDING" not in case.codes()
    assert Kyc.objects.get().exposed_since is None


def test_two_people_accept_it(case, anna, bernd, run_workers):
    hands_over(case, EXPOSED)
    run_workers()
    assert "has declared a politically exposed person" in anna.opens(page_of(buyer()))
    assert "Declared politically exposed persons" in anna.opens("/admin/")

    anna.presses(move_of(buyer(), "propose-acceptance"), reason="Salary of the Senate, bank statement seen")
    (proposal,) = proposals()
    with nothing_moves():
        assert anna.press(move_of(buyer(), "accept-proposal", proposal.uuid)).status_code == 409
    bernd.presses(move_of(buyer(), "accept-proposal", proposal.uuid))

    assert kyc(case)["overallStatus"] == "VALID"
    assert "AML_PENDING" not in case.codes()


def test_a_new_declaration_is_reviewed_anew(case, anna, bernd, run_workers):
    hands_over(case, EXPOSED)
    anna.presses(move_of(buyer(), "propose-acceptance"), reason="Seen")
    hands_over(case, {**EXPOSED, "exposed_office": "Minister, since today"})

    (proposal,) = proposals()
    assert bernd.press(move_of(buyer(), "accept-proposal", proposal.uuid)).status_code == 409
    assert buyer().kyc.exposed_since is not None


def proposals() -> list[Proposal]:

    return list(Proposal.objects.filter(kind="CLEAR_EXPOSURE"))
