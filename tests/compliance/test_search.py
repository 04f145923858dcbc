"""One box that finds what staff hold in their hands (compliance/search.py), and the lists' own boxes."""

import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from buyers.models import Buyer
from buyers.search import buyers_matching
from compliance.search import search
from nt24.prefixes import begins_with
from nt24.webhooks.models import Delivery, Message
from orders.models import Invoice, Order
from orders.search import orders_matching


@pytest.fixture
def sold(deal):
    """One buyer with an accented name, one order with an invoice."""
    return (
        deal.has_buyer(companyName="Łódź Auto-Handel Kowalski Sp. z o.o.", vatNumber="PL5260001246")
        .has_order(externalOrderId="DEAL-2026-04-00451", vins=("WVWZZZ1JZXW004711",))
        .has_invoice(invoiceNumber="RE-2026/17")
    )


def found(text, can_see=lambda model: True):
    return {group.title: [one.title for one in group.found] for group in search(text, can_see=can_see)}


@pytest.mark.parametrize(
    ("text", "group", "title"),
    [
        ("DEAL-2026-04-00451", "Orders", "DEAL-2026-04-00451"),
        ("deal-2026", "Orders", "DEAL-2026-04-00451"),
        ("WVWZZZ1JZXW004711", "Vehicles", "WVWZZZ1JZXW004711"),
        ("wvw zzz 1jz", "Vehicles", "WVWZZZ1JZXW004711"),
        ("004711", "Vehicles", "WVWZZZ1JZXW004711"),
        ("re-2026/1", "Invoices", "RE-2026/17"),
        ("PL 526.000-12", "Buyers", "Łódź Auto-Handel Kowalski Sp. z o.o."),
        ("kowal", "Buyers", "Łódź Auto-Handel Kowalski Sp. z o.o."),
        ("lodz", "Buyers", "Łódź Auto-Handel Kowalski Sp. z o.o."),
        ("ŁÓDŹ handel", "Buyers", "Łódź Auto-Handel Kowalski Sp. z o.o."),
        ("mustermann", "Sellers", "AutoHandel Mustermann GmbH"),
    ],
)
def test_it_is_found_as_people_write_it(sold, text, group, title):
    assert found(text)[group] == [title]


@pytest.mark.parametrize(
    "text", ["", "x", "451", "Handwerk", "kowalski müller", "WVWZZZ1JZXW004712", "%", "__", "\x00\x00"]
)
def test_what_nobody_has_is_not_found(sold, text):
    assert found(text) == {}


def test_a_record_is_found_by_the_id_that_partners_know(sold):
    order = Order.objects.get()

    assert found(str(order.uuid)) == {"Records with this id": ["DEAL-2026-04-00451"]}
    assert found(order.uuid.hex.upper()) == {"Records with this id": ["DEAL-2026-04-00451"]}
    [group] = search(str(order.uuid), can_see=lambda model: True)
    assert group.found[0].url == f"/admin/orders/order/{order.pk}/change/"


def test_webhooks_are_found_by_the_ids_of_their_headers(sold):
    hook = sold.partner.post("/v1/webhooks", {"url": "https://hooks.invalid/", "events": ["kyc.*"]})
    sold.partner.post(f"{hook['Location']}/test", {"eventType": "kyc.vies_check_failed", "data": {}})
    delivery = Delivery.objects.select_related("message", "endpoint").get()

    assert found(delivery.public_id) == {"Records with this id": [delivery.public_id]}
    assert found(delivery.endpoint.public_id) == {"Records with this id": [delivery.endpoint.public_id]}
    assert found(delivery.event_id) == {
        "Events": [str(Message.objects.get())],
        "Deliveries of this event": [delivery.public_id],
    }


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.invalid/t0p/secret",
        "https://hooks.invalid/?token=t0p",
        "https://hooks.invalid:8443/a;t0p=1?b",
        "https://hooks.invalid/%74%30%70?t0p",
    ],
)
def test_of_a_receivers_address_only_the_origin_is_shown(sold, url):
    hook = sold.partner.post("/v1/webhooks", {"url": url, "events": ["kyc.*"]})
    sold.partner.post(f"{hook['Location']}/test", {"eventType": "kyc.vies_check_failed", "data": {}})
    delivery = Delivery.objects.select_related("message", "endpoint").get()

    for text in (delivery.event_id, delivery.public_id, delivery.endpoint.public_id, str(delivery.uuid)):
        shown = str(search(text, can_see=lambda model: True))
        assert "t0p" not in shown
        assert "%74" not in shown
    assert "https://hooks.invalid" in str(search(delivery.event_id, can_see=lambda model: True))


def test_nobody_finds_what_he_may_not_see(sold):
    order = Order.objects.get()

    assert found("004711", can_see=lambda model: model is Buyer) == {}
    assert found(str(order.uuid), can_see=lambda model: model is Buyer) == {}
    assert list(found("kowalski", can_see=lambda model: model is Buyer)) == ["Buyers"]


def test_persons_are_not_searched_for(sold, samples):
    sold.partner.post(
        f"{sold.buyer_path}/contacts",
        {"firstName": "Anna", "lastName": "Nowicka", "email": "anna@nowicka.example"},
    )

    assert found("Nowicka") == found("anna@nowicka.example") == {}


def test_ten_are_shown_and_more_are_said_to_be_there(sold):
    for number in range(11):
        sold.has_order(externalOrderId=f"MANY-{number:02d}")

    [orders] = search("many", can_see=lambda model: True)

    assert [one.title for one in orders.found] == [f"MANY-{number:02d}" for number in range(10)]
    assert orders.has_more
    assert not search("many-10", can_see=lambda model: True)[0].has_more


def test_another_name_is_found_and_the_old_one_no_more(sold):
    sold.partner.patch(sold.buyer_path, {"companyName": "Nowak Motors"}, version=0)

    assert list(found("nowak")) == ["Buyers"]
    assert found("kowalski") == {}


def test_greek_numbers_are_found_under_both_of_their_names(deal):
    deal.has_buyer(vatNumber="EL123456789", companyName="Hellas")

    assert found("GR 1234")["Buyers"] == found("EL1234")["Buyers"] == ["Hellas"]


def test_a_search_costs_at_most_ten_statements_and_is_in_no_log(sold, caplog):
    caplog.set_level(logging.DEBUG, logger="nt24")
    for text in ("004711", "kowalski", str(Order.objects.get().uuid), "evt_" + "0" * 32):
        with CaptureQueriesContext(connection) as statements:
            search(text, can_see=lambda model: True)
        assert 0 < len(statements) <= 10, text

    assert "kowalski" not in caplog.text


@pytest.mark.parametrize("text", ["deal-2026-04", "004711", "WVWZZZ1JZXW", "RE-2026/17", "kowalski", "PL526"])
def test_the_list_of_orders_is_searched_the_same_way(sold, text):
    sold.has_buyer(vatNumber="FR123", companyName="Autre").has_order(
        externalOrderId="OTHER", vins=("VF3ZZZ1JZXW000001",)
    )

    assert [order.external_order_id for order in orders_matching(Order.objects.all(), text)] == [
        "DEAL-2026-04-00451"
    ]


def test_the_list_of_buyers_is_searched_the_same_way(sold):
    buyer = Buyer.objects.get()
    for text in ("kowal", "pl 526", str(buyer.uuid)):
        assert list(buyers_matching(Buyer.objects.all(), text)) == [buyer]
    assert list(buyers_matching(Buyer.objects.all(), "nowak")) == []


def test_a_prefix_is_taken_as_it_is_written(sold):
    Invoice.objects.update(invoice_number="100%_A")

    assert Invoice.objects.filter(begins_with("invoice_number", "100%_")).count() == 1
    assert Invoice.objects.filter(begins_with("invoice_number", "100_")).count() == 0
