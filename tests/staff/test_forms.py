"""Forms made from the API's shapes: every field explains itself, and what is written becomes what the wire has."""

from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.http import QueryDict

from nt24.staff.forms import ShapeForm
from nt24.staff.record_admin import RecordAdmin
from orders.api.serializers import InvoiceIn, InvoicePatch, OrderIn
from orders.models import Invoice
from transport.api.serializers import PickupIn

MOVES = sorted(
    {
        move
        for one in admin.site._registry.values()
        if isinstance(one, RecordAdmin)
        for move in (*one.moves, *([one.creation] if one.creation else ()))
        if move.shape is not None
    },
    key=lambda move: f"{move.__module__}.{move.__name__}",
)


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_every_field_of_every_form_is_explained(move):
    form = ShapeForm(move.shape, leave_out=move.leave_out)

    shown = [form[name] for group in form.groups for name in group.names]
    assert shown
    assert [field.name for field in shown if not field.help_text or not field.label] == []


def sent(shape, text: str, **about) -> ShapeForm:
    form = ShapeForm(shape, QueryDict(text, mutable=True), {}, **about)
    form.is_valid()
    return form


def test_a_flag_that_is_required_is_sent_as_false_and_an_optional_one_is_left_out():
    form = sent(
        InvoiceIn,
        "type=PRELIMINARY&invoiceDate=2026-04-18&invoiceNumber=I-1&amount.value=10&amount.currency=eur",
    )

    assert form.errors == {}
    assert form.validated["vat_included"] is False
    assert "margin_scheme" not in form.validated
    assert (form.validated["amount"], form.validated["currency"]) == (1000, "EUR")


def test_an_edit_sends_what_was_changed_and_nothing_else():
    wire = {"invoiceNumber": "I-1", "vatIncluded": True, "amount": {"value": 1000, "currency": "EUR"}}
    same = "invoiceNumber=I-1&vatIncluded=on&amount.value=10.00&amount.currency=EUR&invoiceDate=&buyerName="

    invoice = Invoice(invoice_number="I-1", vat_included=True, amount=1000, currency="EUR")
    about = {"wire": wire, "is_edit": True, "context": SimpleNamespace(present_invoice=lambda: invoice)}

    form = sent(InvoicePatch, same.replace("vatIncluded=on&", ""), **about)
    unchanged = sent(InvoicePatch, same, **about)

    assert form.validated == {"vat_included": False}
    assert unchanged.errors == {"__all__": ["Send at least one member to change."]}


def test_errors_inside_a_row_stand_beside_their_field():
    row = "vins[1].vin=SHORT&vins[1].brand=VW&vins[1].model=Golf&vins[1].purchaseAmount.value=5"

    form = sent(OrderIn, f"vins-rows=2&externalOrderId=X&{row}&totalAmount.value=5", given={"buyerId": "x"})

    assert {"vins[0].vin", "vins[0].brand", "vins[1].vin"} <= set(form.errors)
    assert "vins[1].brand" not in form.errors


def test_an_address_that_is_half_filled_in_says_which_half_is_missing():
    form = sent(PickupIn, "type=SELF_PICKUP&pickupDate=2026-04-18&collectionAddress.city=Berlin")

    assert set(form.errors) == {
        "collectionAddress.street",
        "collectionAddress.postCode",
        "collectionAddress.country",
    }


def test_nobody_can_ask_for_a_thousand_rows():
    form = ShapeForm(OrderIn, QueryDict("vins-rows=1000", mutable=True), {}, given={"buyerId": "x"})

    assert len([name for name in form.fields if name.endswith("].vin")]) == 100
