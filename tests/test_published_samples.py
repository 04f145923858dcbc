"""The published request bodies, sent as they are printed, and the published rollup with every member."""

from unittest.mock import ANY

import pytest

from buyers import checks
from tests.deal import WARSAW, Deal, taken
from tests.papers import pdf

VIN = "WVWZZZ1JZXW000001"


@pytest.fixture
def polish(april, partner, samples):
    """The published order on its way, with a buyer from another member state; nothing is rendered."""
    deal = Deal(partner, checks.ask_due).has_buyer()
    deal.order = taken(partner.post("P/orders", {**samples["order"], "buyerId": deal.buyer["uuid"]}), 201)
    return deal


def test_the_buyer_is_taken_with_its_imperfect_vat_number_and_contact(april, partner, samples):
    response = partner.post("P/buyers", samples["buyer"])

    buyer = taken(response, 201)
    assert buyer == {
        "uuid": ANY,
        "vatNumber": "DE123456789",
        "companyName": "AutoHandel Mustermann GmbH",
        "address": {"street": "Hauptstraße 42", "postCode": "10115", "city": "Berlin", "country": "DE"},
        "kycMode": "MARKETPLACE_LED",
        "status": "ACTIVE",
        "version": 0,
        "createdAt": ANY,
        "updatedAt": ANY,
        "warnings": [{"field": "vatNumber", "code": "VAT_ID_OF_DEPARTURE_STATE", "message": ANY}],
    }
    assert response["ETag"] == '"0"'
    assert response["Location"] == f"/v1/partners/{partner.seller.uuid}/buyers/{buyer['uuid']}"
    contacts = taken(partner.get(f"P/buyers/{buyer['uuid']}/contacts"), 200)
    assert contacts == [{**samples["buyer"]["contacts"][0], "uuid": ANY, "createdAt": ANY}]


def test_the_order_is_patched_and_cancelled_as_printed(polish, samples):
    partner = polish.partner

    patched = taken(partner.patch(polish.path, samples["orderPatch"], version=0), 200)
    assert patched == {
        **polish.order,
        "responsibleContact": {
            "firstName": "Klaus",
            "lastName": "Neumann",
            "email": "klaus.neumann@example.com",
        },
        "version": 1,
        "updatedAt": ANY,
    }
    cancelled = taken(partner.post(f"{polish.path}/cancel", samples["cancel"]), 200)
    assert cancelled == {**patched, "status": "CANCELLED", "version": 2, "updatedAt": ANY}


def test_the_contract_is_uploaded_as_printed(polish, samples):
    sent = samples["contractUpload"]

    response = polish.partner.upload(
        f"{polish.path}/documents",
        sent["type"],
        pdf("contract"),
        dated=sent["documentDate"],
        name="contract.pdf",
        signedWet=sent["signedWet"],
    )

    document = taken(response, 201)
    assert document == {
        "uuid": ANY,
        "type": "ORDER_PURCHASING_CONTRACT",
        "status": "ACTIVE",
        "documentDate": "2026-04-18",
        "fileName": "contract.pdf",
        "contentType": "application/pdf",
        "size": len(pdf("contract")),
        "sha256": ANY,
        "signedWet": True,
        "scanStatus": "SKIPPED",
        "source": "API",
        "version": 0,
        "createdAt": ANY,
    }
    assert response["Location"] == f"{polish.partner.path(polish.path)}/documents/{document['uuid']}"


def test_invoice_payment_pickup_and_final_invoice_are_taken_as_printed(polish, samples):
    partner, path = polish.partner, polish.path
    polish.has_kyc()

    invoice = taken(partner.post(f"{path}/invoice", samples["preliminaryInvoice"]), 201)
    assert invoice == {
        **samples["preliminaryInvoice"],
        "status": "DRAFT",
        "finalInvoiceRequired": True,
        "finalInvoiceReceived": False,
        "version": 0,
        "updatedAt": ANY,
    }
    polish.uploads(f"{path}/invoice/documents", "SHIPMENT_PRELIMINARY_INVOICE")
    payment = taken(partner.post(f"{path}/payment", samples["payment"]), 201)
    assert payment == {
        **samples["payment"],
        "newSourceIban": False,
        "status": "DRAFT",
        "amountMatchesInvoice": True,
        "ibanConsistent": True,
        "readyForPickup": False,
        "version": 0,
        "updatedAt": ANY,
    }
    polish.uploads(f"{path}/payment/documents", "PAYMENT_CONFIRMATION")
    polish.is_ready()
    transport = taken(partner.post(f"{path}/transport/pickup", samples["pickup"]), 201)
    assert transport == {
        "status": "IN_PROGRESS",
        "type": "COMPANY_TRANSPORT",
        "pickupConfirmed": True,
        "pickupDate": "2026-04-22",
        "driverIdentification": "DE-FR-2026-1234",
        "collectionAddress": samples["pickup"]["collectionAddress"],
        "deliveryConfirmed": False,
        "cmrUploaded": False,
        "dailyViesChecksActive": True,
        "vins": [
            {"vin": VIN, "pickupConfirmed": True, "pickupDate": "2026-04-22", "deliveryConfirmed": False}
        ],
        "version": transport["version"],
        "updatedAt": ANY,
    }
    polish.uploads(f"{path}/transport/documents", "TRANSPORT_CMR")
    polish.is_delivered()

    final = taken(partner.post(f"{path}/finalization/final-invoice", samples["finalInvoice"]), 201)
    assert final == {
        **samples["finalInvoice"],
        "status": "DRAFT",
        "finalInvoiceRequired": True,
        "finalInvoiceReceived": True,
        "version": 0,
        "updatedAt": ANY,
    }


def test_the_rollup_of_a_new_order_has_every_member_and_no_null_but_two(polish):
    response = polish.partner.get(f"{polish.path}/compliance")

    assert response["ETag"] == '"0"'
    assert response.json() == {
        "orderUuid": polish.order["uuid"],
        "complianceStatus": "INCOMPLETE",
        "decision": None,
        "blockers": [
            {"module": "buyer", "code": "DOCUMENTS_MISSING", "message": ANY},
            {"module": "buyer", "code": "VIES_NOT_CHECKED", "message": ANY},
            {"module": "invoice", "code": "MISSING_INVOICE", "message": ANY},
            {"module": "payment", "code": "MISSING_PAYMENT", "message": ANY},
        ],
        "modules": {
            "buyer": {"status": "INCOMPLETE", "viesResult": "PENDING", "documentsComplete": False},
            "order": {"status": "COMPLETE", "vins": [{"vin": VIN, "complianceStatus": "PENDING"}]},
            "invoice": {"status": "MISSING", "finalInvoiceRequired": False, "finalInvoiceReceived": False},
            "payment": {"status": "MISSING", "amountMatchesInvoice": False, "readyForPickup": False},
            "transport": {
                "status": "NOT_STARTED",
                "pickupConfirmed": False,
                "deliveryConfirmed": False,
                "cmrUploaded": False,
                "dailyViesChecksActive": False,
                "vins": [{"vin": VIN, "pickupConfirmed": False, "deliveryConfirmed": False}],
            },
            "exportFile": {"status": "NOT_ELIGIBLE", "downloadUrl": None},
        },
        "version": 0,
        "updatedAt": ANY,
    }


def test_the_rollup_of_a_proven_order_has_every_member(polish):
    polish.has_kyc().has_invoice().has_payment().is_ready().is_picked_up().is_delivered()

    rollup = polish.rollup()
    kyc = taken(polish.partner.get(f"{polish.buyer_path}/kyc"), 200)
    assert rollup == {
        "orderUuid": polish.order["uuid"],
        "complianceStatus": "VALID",
        "decision": "VALID_EXPORT",
        "blockers": [],
        "modules": {
            "buyer": {
                "status": "VALID",
                "viesLastCheckedAt": kyc["viesLastCheckedAt"],
                "viesResult": "VALID",
                "documentsComplete": True,
            },
            "order": {"status": "COMPLETE", "vins": [{"vin": VIN, "complianceStatus": "VALID"}]},
            "invoice": {
                "status": "VALID",
                "type": "PRELIMINARY",
                "vatIncluded": False,
                "finalInvoiceRequired": True,
                "finalInvoiceReceived": False,
            },
            "payment": {
                "status": "VALID",
                "amountMatchesInvoice": True,
                "ibanConsistent": True,
                "readyForPickup": True,
            },
            "transport": {
                "status": "DELIVERED",
                "pickupConfirmed": True,
                "pickupDate": "2026-04-22",
                "deliveryConfirmed": True,
                "cmrUploaded": True,
                "dailyViesChecksActive": False,
                "vins": [{"vin": VIN, "pickupConfirmed": True, "deliveryConfirmed": True}],
            },
            "exportFile": {"status": "PENDING", "downloadUrl": None},
        },
        "version": rollup["version"],
        "updatedAt": ANY,
    }


def test_the_published_buyer_of_the_sellers_own_state_ends_with_vat(april, partner, samples):
    deal = Deal(partner, checks.ask_due)
    deal.buyer = taken(partner.post("P/buyers", samples["buyer"]), 201)
    deal.has_kyc()
    deal.order = taken(partner.post("P/orders", {**samples["order"], "buyerId": deal.buyer["uuid"]}), 201)
    taken(partner.post(f"{deal.path}/invoice", samples["preliminaryInvoice"]), 201)
    taken(partner.post(f"{deal.path}/payment", samples["payment"]), 201)
    assert deal.rollup()["complianceStatus"] == "INCOMPLETE"

    deal.is_ready()
    assert (deal.rollup()["complianceStatus"], deal.rollup()["decision"]) == ("INVALID", "VAT_APPLICABLE")
    taken(partner.post(f"{deal.path}/transport/pickup", samples["pickup"]), 201)
    taken(partner.post(f"{deal.path}/finalization/final-invoice", samples["finalInvoice"]), 201)
    assert {"VAT_ID_OF_DEPARTURE_STATE", "FINAL_INVOICE_VAT_MISMATCH"} < set(deal.codes())


def test_mode_b_shows_its_verification_in_the_rollup(april, partner):
    deal = Deal(partner, checks.ask_due).has_buyer(kycMode="NT24_LED", address=WARSAW).has_order()

    assert deal.rollup()["modules"]["buyer"] == {
        "status": "INCOMPLETE",
        "viesResult": "PENDING",
        "documentsComplete": False,
        "kycVerificationStatus": "NOT_STARTED",
    }
