"""Mode B by hand: the link is handed out once, a doubtful result is decided, a flag is cleared by two people."""

import pytest
from django.urls import reverse

from buyers.models import Buyer, VerificationSession
from buyers.verification import link_of
from nt24.proposals.models import Proposal
from tests.deal import taken
from tests.ledger import messages, nothing_moves
from tests.staff.desk import Desk, member, move_of, newest, page_of

START, APPROVE, REJECT = "start-verification", "approve-verification", "reject-verification"
PROPOSE = "propose-clearing"
ACCEPT, DECLINE, WITHDRAW = "accept-proposal", "decline-proposal", "withdraw-proposal"


@pytest.fixture
def buyer(deal):
    deal.has_buyer(kycMode="NT24_LED")
    return Buyer.objects.get()


@pytest.fixture
def says(deal, buyer, client):
    """What iDenfy's sandbox says of the buyer, through its page."""

    def arrives(overall, **members):
        url = taken(deal.partner.post(f"{deal.buyer_path}/kyc/verify"), 200)["idenfyUrl"]
        assert (
            client.post(url.removeprefix("http://testserver"), {"overall": overall, **members}).status_code
            == 302
        )

    return arrives


@pytest.fixture
def proposal(berta, buyer, says):
    says("APPROVED", aml_hit="on")
    berta.press(move_of(buyer, PROPOSE), reason="another date of birth")
    return Proposal.objects.get()


def standing(deal):
    shown = taken(deal.partner.get(f"{deal.buyer_path}/kyc"), 200)
    return shown["verificationStatus"], shown["amlStatus"]


def offered(desk, buyer):
    """The names of the buttons about the identity on the page."""
    groups = desk.get(page_of(buyer)).context["offered"]
    return [button.name for button in (*groups["identity"], *groups["clearing"])]


def test_the_link_is_shown_once_and_opens_the_session(berta, deal, buyer):
    shown = berta.press(move_of(buyer, START))

    session = VerificationSession.objects.get()
    assert link_of(session) in shown.content.decode()
    assert link_of(session) not in berta.get(page_of(buyer)).content.decode()
    assert newest("verification.started").actor_label == "Berta"
    assert standing(deal) == ("IN_PROGRESS", "PENDING")


def test_a_session_that_is_open_is_shown_again(berta, buyer):
    first = berta.press(move_of(buyer, START)).context["done"].secrets

    assert berta.press(move_of(buyer, START)).context["done"].secrets == first
    assert VerificationSession.objects.count() == 1


def test_in_mode_a_nobody_is_verified(berta, deal):
    deal.has_buyer()
    buyer = Buyer.objects.get()

    with nothing_moves():
        assert berta.press(move_of(buyer, START)).status_code == 409
    assert offered(berta, buyer) == []


@pytest.mark.parametrize(("name", "outcome"), [(APPROVE, "VERIFIED"), (REJECT, "REJECTED")])
def test_a_doubtful_result_is_decided_with_a_reason(berta, deal, buyer, says, name, outcome):
    says("SUSPECTED")
    assert offered(berta, buyer) == [APPROVE, REJECT]

    berta.press(move_of(buyer, name), reason="compared with the passport")

    assert standing(deal)[0] == outcome
    (message,) = messages("kyc.verification_completed")
    assert (message["source"], message["data"]["outcome"]) == ("WEB_APP", outcome)
    entry = newest("verification.completed")
    assert (entry.purpose, entry.actor_label) == ("compared with the passport", "Berta")


def test_a_decision_takes_its_own_permission(buyer, says):
    says("SUSPECTED")
    colleague = Desk(member("vera", "buyers.view_buyer", "buyers.change_buyer", "buyers.change_kyc"))

    with nothing_moves():
        for name in (APPROVE, REJECT, PROPOSE):
            assert colleague.http.post(move_of(buyer, name), {"reason": "x"}).status_code == 403
    assert offered(colleague, buyer) == []


def test_two_who_decide_at_once_do_not_overrule_each_other(berta, carl, buyer, says):
    says("SUSPECTED")
    seen = berta.form(move_of(buyer, REJECT))
    carl.press(move_of(buyer, APPROVE), reason="looks right")

    with nothing_moves():
        assert berta.http.post(move_of(buyer, REJECT), seen | {"reason": "looks wrong"}).status_code == 409


def test_why_it_is_doubtful_is_for_those_who_read_personal_data(berta, buyer, says):
    says("DENIED")
    viewer = Desk(member("vera", "buyers.view_buyer", "buyers.view_verificationsession"))
    session = VerificationSession.objects.get()

    assert session.reason
    assert session.reason in berta.get(page_of(buyer)).content.decode()
    for url in (page_of(buyer), page_of(session)):
        assert session.reason not in viewer.get(url).content.decode()


def test_what_idenfy_said_is_read_for_a_purpose_that_no_partner_reads(berta, deal, buyer, says):
    says("SUSPECTED", aml_hit="on")
    identity = reverse("admin:buyers_buyer_identity", args=[buyer.pk])
    assert berta.get(identity).status_code == 302
    berta.says_why(buyer.uuid, "a hit on a list of sanctions")

    page = berta.get(identity).content.decode()
    assert "SPECIMEN" in page
    assert "Sandbox list" in page
    assert "DUPLICATE_FACE" in page
    entry = newest("verification.read")
    assert (entry.purpose, entry.actor_label) == ("a hit on a list of sanctions", "Berta")
    assert "sanctions" not in deal.partner.get("/v1/audit").content.decode()


def test_what_idenfy_said_is_for_those_who_read_personal_data(buyer, says):
    says("SUSPECTED")
    viewer = Desk(member("vera", "buyers.view_buyer", "buyers.view_verificationsession"))
    viewer.says_why(buyer.uuid)

    with nothing_moves():
        assert viewer.get(reverse("admin:buyers_buyer_identity", args=[buyer.pk])).status_code == 403


# --- Clearing by two


def test_a_flag_is_cleared_by_the_second_person(berta, carl, deal, buyer, proposal):
    assert standing(deal)[1] == "FLAGGED"
    page = carl.get(page_of(buyer)).content.decode()
    assert "Berta proposes: clear a flag of the screening" in page
    assert "another date of birth" in page

    carl.press(move_of(buyer, ACCEPT, proposal.uuid))

    assert standing(deal) == ("VERIFIED", "CLEAR")
    assert [newest(f"aml.{what}").actor_label for what in ("cleared", "clearing_seconded")] == [
        "Berta",
        "Carl",
    ]


def test_each_is_offered_what_he_may_do(berta, carl, buyer, proposal):
    assert offered(berta, buyer) == [WITHDRAW]
    assert offered(carl, buyer) == [ACCEPT, DECLINE]


def test_the_proposer_alone_clears_nothing(berta, deal, buyer, proposal):
    with nothing_moves():
        assert berta.press(move_of(buyer, ACCEPT, proposal.uuid)).status_code == 409
    assert standing(deal)[1] == "FLAGGED"


def test_a_proposal_is_declined_with_a_reason(carl, deal, buyer, proposal):
    assert carl.press(move_of(buyer, DECLINE, proposal.uuid)).status_code == 422
    carl.press(move_of(buyer, DECLINE, proposal.uuid), reason="no proof of it")

    proposal.refresh_from_db()
    assert (proposal.status, proposal.decline_reason) == ("DECLINED", "no proof of it")
    assert standing(deal)[1] == "FLAGGED"


def test_a_proposal_is_withdrawn_by_its_proposer_alone(berta, carl, buyer, proposal):
    with nothing_moves():
        assert carl.press(move_of(buyer, WITHDRAW, proposal.uuid)).status_code == 409
    berta.press(move_of(buyer, WITHDRAW, proposal.uuid))

    proposal.refresh_from_db()
    assert proposal.status == "WITHDRAWN"
    assert PROPOSE in offered(berta, buyer)


def test_a_proposal_that_nobody_has_read_is_not_accepted(berta, carl, deal, buyer, proposal):
    """The form is about one proposal: a later one is another."""
    seen = carl.form(move_of(buyer, ACCEPT, proposal.uuid))
    berta.press(move_of(buyer, WITHDRAW, proposal.uuid))
    berta.press(move_of(buyer, PROPOSE), reason="another reason")

    with nothing_moves():
        assert carl.http.post(move_of(buyer, ACCEPT, proposal.uuid), seen).status_code == 409
    assert standing(deal)[1] == "FLAGGED"


# --- The profile and the list


def test_the_profile_is_for_a_purpose_and_noted(berta, buyer, says):
    profile = reverse("admin:buyers_buyer_profile", args=[buyer.pk])
    says("APPROVED")
    assert berta.get(profile).status_code == 302
    berta.says_why(buyer.uuid, "the bank asks")

    answer = berta.get(profile)
    assert answer.content.startswith(b"%PDF")
    assert newest("kyc_profile.read").purpose == "the bank asks"


def test_before_the_verification_there_is_no_profile(berta, buyer):
    berta.says_why(buyer.uuid)

    with nothing_moves():
        assert berta.get(reverse("admin:buyers_buyer_profile", args=[buyer.pk])).status_code == 409


def test_who_waits_for_staff_comes_first(berta, deal, buyer, says):
    says("SUSPECTED")
    deal.has_buyer(kycMode="NT24_LED", vatNumber="PL1111111111")
    taken(deal.partner.post(f"{deal.buyer_path}/kyc/verify"), 200)
    page = berta.get("/admin/buyers/verificationsession/")

    assert [row.status for row in page.context["cl"].result_list] == ["IN_REVIEW", "OPEN"]
    assert page_of(buyer) in page.content.decode()
