"""Staff who change an order that has a verdict say why, and the trail keeps it (contract 14, 16.9)."""

from datetime import date

import pytest
from django.db import transaction

from buyers import actions as buyers
from buyers import checks
from buyers.models import Buyer
from nt24.actors import Actor, ActorKind
from nt24.audit.models import Entry
from nt24.documents.models import Document
from nt24.documents.types import Module
from nt24.documents.uploads import keep_upload, received
from nt24.errors import ValidationFailed
from orders import actions as orders
from orders.models import Invoice, Order, Payment
from tests.deal import BERLIN, Deal
from tests.ledger import everything, nothing_moves, refused
from tests.papers import pdf
from transport import actions as transport

ANNA = Actor(ActorKind.STAFF, "7", "anna")
WHY = "The seller telephoned"


@pytest.fixture
def quick_deal(april, partner):
    return Deal(partner, checks.ask_due)


def file(name):
    return keep_upload(received(pdf(name), f"{name}.pdf"))


def invoice(order, **about):
    row = Invoice.objects.get(order=order, type="PRELIMINARY")
    return orders.update_invoice(
        row, order=order, expected_version=row.version, invoice_number="I-2", **about
    )


def payment(order, **about):
    row = Payment.objects.get(order=order)
    return orders.update_payment(row, order=order, expected_version=row.version, payment_on=TODAY, **about)


def archive(order, **about):
    paper = Document.objects.get(type="TRANSPORT_CMR")
    return orders.retire_document(paper, order=order, expected_version=paper.version, **about)


def final_invoice(order, **about):
    content = {
        "invoice_on": TODAY,
        "invoice_number": "F-1",
        "vat_included": False,
        "amount": order.total_amount,
    }
    return orders.submit_invoice(order, type="FINAL", currency="EUR", **content, **about)


TODAY = date(2026, 4, 25)
CHANGES = {
    "order.updated": lambda order, **about: orders.update_order(
        order, expected_version=order.version, purchase_on=date(2026, 4, 17), **about
    ),
    "invoice.final_submitted": final_invoice,
    "invoice.updated": invoice,
    "payment.updated": payment,
    "document.filed": lambda order, **about: orders.add_document(
        order,
        module=Module.TRANSPORT,
        type="TRANSPORT_CMR",
        document_on=TODAY,
        upload=file("another"),
        **about,
    ),
    "document.archived": archive,
    "transport.delivery_revoked": transport.revoke_delivery,
}


@pytest.fixture
def judged(quick_deal):
    return quick_deal.is_judged()


def on_order(act, **about):
    """As staff pages do: lock the order, then act."""
    with transaction.atomic():
        Order.objects.for_change().get()
        return act(Order.objects.select_related("seller", "buyer").get(), **about)


@pytest.mark.parametrize("action", CHANGES)
def test_staff_change_a_judged_order_with_a_reason_only(judged, action):
    for reason in ("", "  ", "x" * 501):
        with nothing_moves(), pytest.raises(ValidationFailed) as refusal:
            on_order(CHANGES[action], reason=reason, by=ANNA)
        assert [error.field for error in refusal.value.errors] == ["reason"]

    on_order(CHANGES[action], reason=WHY, by=ANNA)
    entry = Entry.objects.filter(action=action).latest("pk")
    assert (entry.actor_id, entry.purpose) == ("7", WHY)


def test_before_a_verdict_staff_need_no_reason(quick_deal):
    quick_deal.has_buyer().has_kyc().has_order().has_invoice()

    on_order(CHANGES["invoice.updated"], by=ANNA)
    on_order(CHANGES["order.updated"], by=ANNA, reason=WHY)
    rows = Entry.objects.filter(actor_id="7").order_by("pk")
    assert [(row.action, row.purpose) for row in rows] == [("invoice.updated", ""), ("order.updated", WHY)]


def test_a_client_of_the_api_needs_none_after_a_verdict(judged):
    body = {"purchaseDate": "2026-04-17"}

    assert judged.partner.patch(judged.path, body, version=judged.now()["version"]).status_code == 200


def test_staff_take_back_a_delivery_that_made_the_order_valid(judged):
    assert judged.rollup()["decision"] == "VALID_EXPORT"

    on_order(transport.revoke_delivery, reason=WHY, by=ANNA)
    rollup = judged.rollup()
    assert (rollup["complianceStatus"], judged.codes()) == ("INCOMPLETE", ["DELIVERY_NOT_CONFIRMED"])
    assert judged.now()["status"] == "TRANSPORT_IN_PROGRESS"


def test_a_client_of_the_api_does_not(judged):
    with nothing_moves():
        answer = judged.partner.post(f"{judged.path}/transport/delivery/revoke", {"reason": WHY})
        refused(answer, 409, "state-conflict")


def test_what_staff_do_to_a_buyer_keeps_its_reason(quick_deal):
    quick_deal.has_buyer()

    def on_buyer(act, **about):
        with transaction.atomic():
            act(
                Buyer.objects.for_change().select_related("seller", "kyc").get(), by=ANNA, reason=WHY, **about
            )

    on_buyer(buyers.update_buyer, expected_version=0, company_name="Kowalski S.A.")
    on_buyer(buyers.block_buyer)
    on_buyer(buyers.unblock_buyer)
    on_buyer(buyers.add_kyc_document, type="COC_EXTRACT", document_on=TODAY, upload=file("register"))

    rows = Entry.objects.filter(actor_id="7").order_by("pk")
    assert [(row.action, row.purpose) for row in rows] == [
        ("buyer.updated", WHY),
        ("buyer.blocked", WHY),
        ("buyer.active", WHY),
        ("document.filed", WHY),
    ]


def test_pickup_and_delivery_by_staff_keep_their_reason(quick_deal):
    quick_deal.has_buyer().has_kyc().has_order().has_invoice().has_payment()
    before = len(everything()["audit.Entry"])
    address = {"street": "x", "post_code": "1", "city": "Berlin", "country": BERLIN["country"]}

    on_order(orders.mark_ready_for_pickup, by=ANNA, reason=WHY)
    way = {"type": "SELF_PICKUP", "picked_up_on": TODAY, "collection_address": address}
    on_order(transport.confirm_pickup, by=ANNA, reason=WHY, **way)
    there = {"delivered_on": TODAY, "delivery_address": {**address, "country": "PL"}}
    on_order(transport.confirm_delivery, by=ANNA, reason=WHY, **there)

    rows = Entry.objects.filter(purpose=WHY).order_by("pk")
    assert [row.action for row in rows] == [
        "payment.ready_for_pickup",
        "transport.pickup_confirmed",
        "transport.delivery_confirmed",
    ]
    assert len(everything()["audit.Entry"]) > before
