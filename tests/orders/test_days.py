"""No date is in the future where the seller is; callers of the API have a day of grace (contract 17.11, 17.28)."""

from datetime import date

import pytest
import time_machine

from nt24.actors import Actor, ActorKind
from nt24.partners.days import latest_day, today_of, zones
from nt24.partners.models import Seller
from orders.models import Order
from tests.deal import BERLIN, WARSAW, money
from tests.papers import pdf
from tests.partner import Partner

STAFF = Actor(ActorKind.STAFF, "1", "Anna")
CLIENT = Actor(ActorKind.API_CLIENT, "c", "c")
VIN = {"vin": "WVWZZZ1JZXW000009", "brand": "VW", "model": "Up", "purchaseAmount": money(1)}


@pytest.mark.parametrize(
    ("zone", "now", "today"),
    [
        ("Europe/Berlin", "2026-04-24T22:30:00Z", "2026-04-25"),  # summer time
        ("Europe/Berlin", "2026-01-24T22:30:00Z", "2026-01-24"),
        ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25"),  # the night in which it ends
        ("Europe/Berlin", "2026-10-25T23:00:00Z", "2026-10-26"),
        ("Atlantic/Azores", "2026-03-28T23:59:59Z", "2026-03-28"),
        ("Pacific/Kiritimati", "2026-04-24T10:00:00Z", "2026-04-25"),  # UTC+14
        ("Pacific/Pago_Pago", "2026-04-25T10:59:00Z", "2026-04-24"),  # UTC-11
        ("UTC", "2026-12-31T23:59:59Z", "2026-12-31"),
    ],
)
def test_today_is_the_day_where_the_seller_is(zone, now, today):
    seller = Seller(time_zone=zone)

    with time_machine.travel(now, tick=False):
        assert today_of(seller) == latest_day(seller, STAFF) == date.fromisoformat(today)
        assert (latest_day(seller, CLIENT) - date.fromisoformat(today)).days == 1


def test_every_zone_that_is_offered_exists():
    for zone in zones():
        assert today_of(Seller(time_zone=zone))
    assert {"Europe/Berlin", "Europe/Warsaw", "UTC"} <= set(zones())


def written_on(deal, day):
    """Every write with a date, and the field that is refused when the date is."""
    partner, path = deal.partner, deal.path
    order = {
        "externalOrderId": day,
        "buyerId": deal.buyer["uuid"],
        "vins": [VIN],
        "totalAmount": money(1),
    }
    registered = {**order, "externalOrderId": f"{day} r", "vins": [{**VIN, "firstRegistrationDate": day}]}
    invoice = {"type": "PRELIMINARY", "invoiceDate": day, "invoiceNumber": "1", "vatIncluded": False}
    payment = {"paymentDate": day, "bankAmount": money(0), "cashAmount": deal.order["totalAmount"]}
    pickup = {"type": "SELF_PICKUP", "pickupDate": day, "collectionAddress": BERLIN}
    version = partner.get(path).json()["version"]
    yield "purchaseDate", partner.post("P/orders", {**order, "purchaseDate": day})
    yield "vins[0].firstRegistrationDate", partner.post("P/orders", registered)
    yield "purchaseDate", partner.patch(path, {"purchaseDate": day}, version=version)
    yield "invoiceDate", partner.post(f"{path}/invoice", {**invoice, "amount": deal.order["totalAmount"]})
    yield "paymentDate", partner.post(f"{path}/payment", payment)
    for folder, type in (
        (path, "ORDER_PURCHASING_CONTRACT"),
        (f"{deal.buyer_path}/kyc", "COC_EXTRACT"),
    ):
        yield "documentDate", partner.upload(f"{folder}/documents", type, pdf("x"), dated=day)
    partner.post(f"{path}/payment/ready-for-pickup")
    yield "pickupDate", partner.post(f"{path}/transport/pickup", pickup)
    delivery = {"deliveryDate": day, "deliveryAddress": WARSAW}
    yield "deliveryDate", partner.post(f"{path}/transport/delivery", delivery)


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("Europe/Berlin", "2026-04-24T22:30:00Z"),
        ("Pacific/Kiritimati", "2026-04-24T10:30:00Z"),
        ("America/Los_Angeles", "2026-04-26T06:30:00Z"),
    ],
)
def test_the_day_of_the_seller_and_the_one_after_it_are_taken_everywhere(deal, zone, now):
    deal.has_buyer().has_order()
    Seller.objects.update(time_zone=zone)

    with time_machine.travel(now, tick=True):
        deal.partner.authorization = Partner(deal.partner.client).authorization
        for day in ("2026-04-25", "2026-04-26"):
            for field, response in written_on(deal, day):
                assert response.status_code in {200, 201, 409}, (field, response.content)


@pytest.mark.parametrize(
    "day", ["2026-04-27", "2027-01-01", "9999-12-31", "1899-12-31", "0001-01-01", "0199-04-18"]
)
def test_two_days_ahead_and_before_1900_are_refused_everywhere(deal, day):
    deal.has_buyer().has_order()

    for field, response in written_on(deal, day):
        assert response.status_code == 422, (field, response.content)
        assert [error["field"] for error in response.json()["errors"]] == [field]
    assert Order.objects.count() == 1


def test_an_order_without_a_date_is_of_the_sellers_day(deal):
    deal.has_buyer()
    Seller.objects.update(time_zone="Pacific/Kiritimati")
    body = {"externalOrderId": "2", "buyerId": deal.buyer["uuid"], "vins": [VIN], "totalAmount": money(1)}

    with time_machine.travel("2026-04-25T11:00:00Z"):
        deal.partner.authorization = Partner(deal.partner.client).authorization
        assert deal.partner.post("P/orders", body).json()["purchaseDate"] == "2026-04-26"
