"""A paper counts until and including its last day; the day after, orders and KYC know it without anybody writing."""

from datetime import UTC, date, datetime

import pytest

from buyers.actions import add_kyc_document
from buyers.models import Buyer
from compliance.models import Rollup
from compliance.tasks import reassess_due
from compliance.verdict import next_change_at
from nt24.actors import Actor, ActorKind
from nt24.documents.models import Document
from nt24.documents.uploads import keep_upload, received
from tests.compliance.cases import a_case, a_ready_case
from tests.ledger import at, messages, nothing_moves
from tests.papers import pdf

STAFF = Actor(ActorKind.STAFF, "7", "k.kaufmann")
IDENTITY = "CONTACT_ID_CARD|CONTACT_PASSPORT|CONTACT_DRIVING_LICENCE"
LAST_DAY, DAY_AFTER = "2026-05-20T23:59:59Z", "2026-05-21T00:00:01Z"


def files(deal, type, *, expires_on):
    """Staff file a paper of the buyer with its last day."""
    add_kyc_document(
        Buyer.objects.get(uuid=deal.buyer["uuid"]),
        upload=keep_upload(received(pdf(f"{type} {expires_on}"), "paper.pdf")),
        type=type,
        document_on=date(2026, 4, 1),
        expires_on=expires_on,
        by=STAFF,
    )


def missing(deal):
    return deal.partner.get(f"{deal.buyer_path}/kyc").json()["missingDocuments"]


@pytest.fixture
def open_order(quick_deal):
    """An order of a buyer whose papers are complete; his passport ends on 20 May."""
    deal = quick_deal.has_buyer().has_kyc().has_order()
    Document.objects.filter(type="CONTACT_ID_CARD").delete()
    files(deal, "CONTACT_PASSPORT", expires_on=date(2026, 5, 20))
    return deal


def test_a_paper_counts_on_its_last_day(open_order):
    with at(open_order.partner, LAST_DAY), nothing_moves():
        reassess_due()

        assert missing(open_order) == []
        assert open_order.rollup()["modules"]["buyer"]["documentsComplete"] is True


def test_the_day_after_it_is_missing_without_anybody_writing(open_order):
    before = open_order.rollup()

    with at(open_order.partner, DAY_AFTER):
        assert missing(open_order) == [IDENTITY]
        assert open_order.rollup() == before
        reassess_due()
        rollup = open_order.rollup()

        assert "DOCUMENTS_MISSING" in open_order.codes()
        assert rollup["modules"]["buyer"]["documentsComplete"] is False
        assert rollup["version"] == before["version"] + 1
        with nothing_moves():
            reassess_due()


def test_a_new_paper_brings_it_back_until_its_own_last_day(open_order):
    with at(open_order.partner, DAY_AFTER):
        reassess_due()
        files(open_order, "CONTACT_ID_CARD", expires_on=date(2026, 6, 30))
        assert missing(open_order) == []
        assert open_order.rollup()["modules"]["buyer"]["documentsComplete"] is True

    with at(open_order.partner, "2026-07-01T00:00:01Z"):
        reassess_due()
        assert open_order.rollup()["modules"]["buyer"]["documentsComplete"] is False


def test_an_extract_of_the_register_may_expire(open_order):
    Document.objects.filter(type="COC_EXTRACT").delete()
    files(open_order, "COC_EXTRACT", expires_on=date(2026, 5, 10))

    with at(open_order.partner, "2026-05-11T00:00:01Z"):
        reassess_due()
        assert missing(open_order) == ["COC_*"]
        assert open_order.rollup()["modules"]["buyer"]["documentsComplete"] is False


def test_a_valid_order_keeps_what_the_paper_proved_on_its_day(open_order):
    deal = open_order.has_invoice().has_payment().is_ready().is_picked_up().is_delivered()
    assert deal.rollup()["complianceStatus"] == "VALID"
    told = len(messages())

    with at(deal.partner, DAY_AFTER):
        reassess_due()
        assert deal.rollup()["complianceStatus"] == "VALID"

    assert len(messages()) == told
    assert Rollup.objects.get().reassess_at is None


def test_the_next_change_is_the_day_after_the_last_day_of_a_paper():
    case = a_ready_case(transport__daily_checks_on=False, buyer__papers_count_until=date(2026, 6, 15))

    assert next_change_at(case) == datetime(2026, 6, 16, tzinfo=UTC)
    assert next_change_at(a_case(cancelled=True, buyer__papers_count_until=date(2026, 6, 15))) is None
    assert next_change_at(a_case(buyer__papers_count_until=date.max)) is None
