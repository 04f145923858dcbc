"""The rollup as partners see it (contract 10): its content from a case and a verdict, and its bytes."""

from typing import Any
from uuid import UUID

import orjson

from compliance.case import Case
from compliance.facts import Loaded
from compliance.models import Rollup
from compliance.rules import Blocker
from compliance.verdict import (
    Verdict,
    amount_matches_invoice,
    buyer_module,
    cmr_uploaded,
    final_invoice_required,
    invoice_module_status,
    payment_status,
    shown_invoice,
    transport_status,
)
from nt24.api.json import encode

MODULE_MEMBERS_SHOWN_AS_NULL = {"downloadUrl"}


def blocker_as_shown(blocker: Blocker) -> dict[str, str]:
    return {"module": blocker.module, "code": blocker.code, "message": blocker.message}


def without_nulls(members: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in members.items()
        if value is not None or name in MODULE_MEMBERS_SHOWN_AS_NULL
    }


def content_of(rows: Loaded, case: Case, verdict: Verdict, export: dict[str, Any]) -> dict[str, Any]:
    """Every member but `version` and `updatedAt`; `export` is the `exportFile` module."""
    modules = {
        "buyer": _buyer(case),
        "order": {
            "status": "CANCELLED" if case.cancelled else "COMPLETE",
            "vins": [
                {"vin": vehicle.vin, "complianceStatus": vehicle.compliance_status}
                for vehicle in rows.vehicles
            ],
        },
        "invoice": _invoice(case, verdict),
        "payment": _payment(case),
        "transport": _transport(case),
        "exportFile": export,
    }
    return {
        "orderUuid": rows.order.uuid,
        "complianceStatus": verdict.status,
        "decision": verdict.decision,
        "blockers": [blocker_as_shown(blocker) for blocker in verdict.blockers],
        "modules": {name: without_nulls(members) for name, members in modules.items()},
    }


def _buyer(case: Case) -> dict[str, Any]:
    module = buyer_module(case)
    return {
        "status": module.status,
        "viesLastCheckedAt": module.vies_last_checked_at,
        "viesResult": module.vies_result,
        "documentsComplete": module.documents_complete,
        "kycVerificationStatus": module.kyc_verification_status,
    }


def _invoice(case: Case, verdict: Verdict) -> dict[str, Any]:
    invoice = shown_invoice(case)
    return {
        "status": invoice_module_status(case, verdict.decision),
        "type": invoice and invoice.type,
        "vatIncluded": invoice.vat_included if invoice else None,
        "finalInvoiceRequired": final_invoice_required(case),
        "finalInvoiceReceived": case.final is not None,
    }


def _payment(case: Case) -> dict[str, Any]:
    payment = case.payment
    return {
        "status": payment_status(case),
        "amountMatchesInvoice": amount_matches_invoice(case),
        "ibanConsistent": payment.iban_known if payment else None,
        "readyForPickup": payment.ready_for_pickup if payment else False,
    }


def _transport(case: Case) -> dict[str, Any]:
    transport = case.transport
    pickups = [vehicle.picked_up_on for vehicle in transport.picked_up if vehicle.picked_up_on]
    return {
        "status": transport_status(case),
        "pickupConfirmed": transport.all_picked_up,
        "pickupDate": max(pickups).isoformat() if pickups else None,
        "deliveryConfirmed": transport.all_delivered,
        "cmrUploaded": cmr_uploaded(case),
        "dailyViesChecksActive": transport.daily_checks_on,
        "vins": [
            {
                "vin": vehicle.vin,
                "pickupConfirmed": vehicle.picked_up_on is not None,
                "deliveryConfirmed": vehicle.delivered_on is not None,
            }
            for vehicle in transport.vehicles
        ],
    }


def encoded(rollup: Rollup) -> bytes:
    """The answer's bytes: the stored content with version and time behind it."""
    return encode(
        {**orjson.loads(rollup.content_json), "version": rollup.version, "updatedAt": rollup.updated_at}
    )


def download_path(seller_uuid: UUID, order_uuid: UUID, number: int) -> str:
    """The relative `downloadUrl` of one version."""
    return f"/v1/partners/{seller_uuid}/orders/{order_uuid}/finalization/export-file/content?version={number}"
