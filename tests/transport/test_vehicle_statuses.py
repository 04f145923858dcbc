"""A VIN's complianceStatus on its way, and the rows of the version before (contract 17.4, 17.5)."""

from importlib import import_module

import pytest
from django.apps import apps

from compliance.tasks import reassess_due
from orders.models import Invoice, Vehicle

migration = import_module("compliance.migrations.0008_vehicles_under_way_and_final_invoices")


def statuses(deal):
    shown = [row["complianceStatus"] for row in deal.now()["vins"]]
    assert [row["complianceStatus"] for row in deal.rollup()["modules"]["order"]["vins"]] == shown
    return shown


def test_a_vin_waits_for_its_transport_from_pickup_to_delivery(deal):
    deal.has_buyer().has_kyc().has_order()
    assert statuses(deal) == ["PENDING"]
    deal.has_invoice().has_payment().is_ready()
    assert statuses(deal) == ["PENDING"]
    deal.is_picked_up()
    assert statuses(deal) == ["TRANSPORT_PENDING"]
    deal.partner.post(f"{deal.path}/transport/pickup/revoke", {"reason": "x"})
    assert statuses(deal) == ["PENDING"]
    deal.is_picked_up().is_delivered(
        deliveryAddress={"street": "a", "postCode": "b", "city": "c", "country": "PL"}
    )
    assert statuses(deal) == ["VALID"]


def test_a_final_invoice_is_required_from_the_first_invoice_until_the_order_is_cancelled(deal):
    def required():
        return deal.rollup()["modules"]["invoice"]["finalInvoiceRequired"]

    deal.has_buyer().has_order()
    assert required() is False
    deal.has_invoice()
    assert required() is True
    assert deal.partner.get(f"{deal.path}/invoice").json()["finalInvoiceRequired"] is True
    deal.partner.post(f"{deal.path}/cancel", {"reason": "x"})
    assert required() is False
    assert deal.partner.get(f"{deal.path}/invoice").json()["finalInvoiceRequired"] is False


@pytest.mark.parametrize("before", [("TRANSPORT_PENDING", "PENDING"), ("IN_TRANSIT", "TRANSPORT_PENDING")])
@pytest.mark.parametrize("is_cancelled", [False, True])
def test_rows_of_the_version_before_are_renamed_with_the_version(deal, before, is_cancelled):
    old, new = before
    deal.has_buyer().has_kyc().has_order().has_invoice().has_payment().is_ready()
    if old == "IN_TRANSIT":
        deal.is_picked_up()
    if is_cancelled:
        deal.partner.post(f"{deal.path}/cancel", {"reason": "x"})
    Vehicle.objects.update(compliance_status=old)
    Invoice.objects.update(final_invoice_required=False)
    was = deal.now()["version"]

    migration.forwards(apps, None)
    assert [row["complianceStatus"] for row in deal.now()["vins"]] == [new]
    assert deal.now()["version"] == was + 1
    reassess_due()

    assert statuses(deal) == [new]
    assert deal.now()["version"] == was + 1
    shown = deal.partner.get(f"{deal.path}/invoice").json()["finalInvoiceRequired"]
    assert shown is not is_cancelled
