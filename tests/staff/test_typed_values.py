"""What people paste and type, and what becomes of it; which fields are lists, and which are marked as required."""

import re

import pytest
from django.http import QueryDict

from buyers.api.serializers import BuyerIn, BuyerPatch
from buyers.models import Buyer
from nt24.partners.staff_shapes import SellerIn, TermsShape
from nt24.staff.forms import ShapeForm
from orders.api.serializers import InvoicePatch, OrderIn, PaymentIn
from tests.staff.desk import form_on
from transport.api.serializers import PickupIn


class NoPayment:
    def present_payment(self):
        return None


def typed(shape, about=None, **fields) -> ShapeForm:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data[name.replace("__", ".")] = value
    form = ShapeForm(shape, data, {}, **(about or {}))
    form.is_valid()
    return form


@pytest.mark.parametrize(
    "number", ["pl5260001246", " PL 526 000 12 46 ", "PL-526.000.12-46", "PL\u00a0526\u202f0001246", "ＰＬ5260001246",
               "\u200ePL5260001246\u200b", "PL526000–1246"]
)  # fmt: skip
def test_a_vat_number_is_taken_as_it_is_pasted(number):
    assert typed(BuyerIn, vatNumber=number).cleaned_data["vatNumber"] == "PL5260001246"


@pytest.mark.parametrize("vin", ["wvwzzz1jzxw000001", "WVW ZZZ 1JZ XW0 00001", "WVW-ZZZ-1JZXW000001\t"])
def test_a_vin_is_taken_as_it_is_pasted(vin):
    form = typed(OrderIn, **{"vins[0].vin": vin})

    assert form.cleaned_data["vins[0].vin"] == "WVWZZZ1JZXW000001"


@pytest.mark.parametrize(
    "iban", ["de89 3704 0044 0532 0130 00", "DE89-3704-0044-0532-0130-00", "DE89\u00a0370400440532013000"]
)
def test_an_iban_is_taken_as_it_is_pasted(iban):
    money = {
        "bankAmount.value": "5",
        "bankAmount.currency": "EUR",
        "cashAmount.value": "0",
        "cashAmount.currency": "EUR",
    }
    form = typed(PaymentIn, {"context": NoPayment()}, paymentDate="2026-04-18", sourceIban=iban, **money)

    assert form.errors == {}
    assert form.validated["source_iban"] == "DE89370400440532013000"


@pytest.mark.parametrize("code", ["pl", " PL ", "Pl\u00a0"])
def test_a_country_is_taken_in_either_case(code):
    assert typed(BuyerPatch, address__country=code).cleaned_data["address.country"] == "PL"


@pytest.mark.parametrize(
    "text", ["\u200banna@nowak.example ", "anna@ nowak.example", "anna@nowak.example\u00a0"]
)
def test_blanks_of_a_pasted_mail_address_are_dropped(text):
    assert typed(SellerIn, adminEmail=text).cleaned_data["adminEmail"] == "anna@nowak.example"


@pytest.mark.parametrize("value", ["XX", "Poland", "PL;DE", "12"])
def test_what_is_no_country_is_refused_beside_its_field(value):
    assert "address.country" in typed(BuyerPatch, address__country=value).errors


def test_countries_are_a_list_by_name_and_those_of_the_union_come_first():
    (_, chosen), (union, members), (others, rest) = ShapeForm(BuyerIn).fields["address.country"].choices

    assert chosen == "Please choose"
    assert (union, len(members), others) == ("European Union", 27, "Other countries")
    assert ("PL", "Poland (PL)") in members
    assert ("GR", "Greece (GR)") in members
    assert ("CH", "Switzerland (CH)") in rest
    assert len(rest) > 200


def test_currencies_are_a_list_and_the_euro_comes_first():
    (_, usual), (_, others) = ShapeForm(OrderIn).fields["totalAmount.currency"].choices

    assert usual[0] == ("EUR", "EUR – Euro")
    assert {"PLN", "CHF", "USD"} <= {code for code, _ in usual}
    assert {"JPY", "KWD"} <= {code for code, _ in others}
    assert "XAU" not in {code for code, _ in others}


def test_a_transport_type_is_chosen_by_its_name():
    assert dict(ShapeForm(PickupIn).fields["type"].choices)["COMPANY_TRANSPORT"] == "Carrier"


def needed(form: ShapeForm) -> set[str]:
    return {name for name, made in form.fields.items() if getattr(made, "is_needed", False)}


def test_required_fields_are_marked_before_anything_is_sent():
    form = ShapeForm(BuyerIn)

    assert {"kycMode", "vatNumber", "companyName", "address.street", "address.country"} <= needed(form)
    assert form.fields["vatNumber"].widget.attrs["aria-required"] == "true"


def test_a_person_who_may_be_left_out_is_marked_as_optional():
    form = ShapeForm(OrderIn)
    contact = next(group for group in form.groups if group.legend == "Responsible contact")

    assert contact.is_optional
    assert "aria-required" not in form.fields["responsibleContact.firstName"].widget.attrs
    assert "purchaseDate" not in needed(form)


def test_an_edit_marks_what_cannot_be_emptied():
    form = ShapeForm(InvoicePatch, wire={"invoiceNumber": "I-1"}, is_edit=True)

    assert "invoiceNumber" in needed(form)
    assert "buyerName" not in needed(form)


@pytest.mark.parametrize(("bank", "is_needed"), [(1850000, True), (1, True), (0, False)])
def test_an_account_is_needed_for_a_bank_payment(bank, is_needed):
    form = ShapeForm(PaymentIn, wire={"bankAmount": {"value": bank, "currency": "EUR"}}, context=NoPayment())

    assert ("sourceIban" in needed(form)) == is_needed


@pytest.mark.parametrize(("tier", "is_needed"), [("ENTERPRISE", True), ("STANDARD", False)])
def test_limits_are_needed_for_the_tier_that_has_its_own(tier, is_needed):
    assert ("readLimit" in needed(ShapeForm(TermsShape, wire={"rateLimitTier": tier}))) == is_needed


def test_the_page_says_what_the_mark_means(desk, deal):
    deal.has_buyer()
    page = desk.opens(f"/admin/orders/order/add/?in={Buyer.objects.get().pk}")

    assert "have to be filled in" in page
    assert re.search(
        r'<label for="id_externalOrderId">[^<]*<span class="needed" aria-hidden="true"> \*</span>', page
    )


@pytest.mark.parametrize(
    ("currency", "written", "minor"),
    [("JPY", "1.850.000", 1850000), ("KWD", "18500.250", 18500250), ("EUR", "28 100,50 €", 2810050)],
)
def test_an_amount_typed_in_the_portal_has_the_decimals_of_its_currency(desk, deal, currency, written, minor):
    deal.has_buyer()

    desk.presses(
        f"/admin/orders/order/add/?in={Buyer.objects.get().pk}",
        externalOrderId="D-1",
        totalAmount__value=written,
        totalAmount__currency=currency,
        **{
            "vins[0].vin": "wvw zzz 1jz xw0 00001",
            "vins[0].brand": "VW",
            "vins[0].model": "Golf",
            "vins[0].purchaseAmount.value": written,
            "vins[0].purchaseAmount.currency": currency,
        },
    )

    order = deal.partner.get("P/orders").json()["data"][0]
    assert order["totalAmount"] == {"value": minor, "currency": currency}


@pytest.mark.parametrize(("currency", "minor"), [("KWD", 1853), ("EUR", 1850000), ("JPY", 1850)])
def test_an_amount_that_was_not_touched_stays_what_it_was(desk, deal, case, currency, minor):
    price = {"value": minor, "currency": currency}
    deal.has_buyer()
    vehicle = {"vin": "WVWZZZ1JZXW000001", "brand": "VW", "model": "Golf", "purchaseAmount": price}
    body = {"externalOrderId": "D-1", "buyerId": deal.buyer["uuid"], "vins": [vehicle], "totalAmount": price}
    deal.order = deal.partner.post("P/orders", body).json()

    desk.presses(case.move("submit-invoice"), invoiceDate="2026-04-18", invoiceNumber="I-1")

    assert deal.partner.get(f"{deal.path}/invoice").json()["amount"] == price
    assert form_on(desk.get(case.move("change-invoice")))["amount.currency"] == currency
