"""Messages to the outside: exactly when the contract says, with exactly its members, and frozen (contract 12)."""

from unittest.mock import ANY

from compliance import exports
from nt24.webhooks.catalogue import CATALOGUE
from nt24.webhooks.models import Message
from tests.compliance.test_blockers_over_http import is_asked, vies_says
from tests.compliance.test_verdict_changes import changes_invoice
from tests.deal import taken
from tests.ledger import messages


def summary():
    """Type, source and the members that tell the story, oldest first."""
    told = []
    for message in messages():
        data = message["data"]
        story = (data.get("currentStatus") or data.get("decision") or data.get("currentResult"),)
        told.append((message["type"], message["source"], *story))
    return told


def test_until_the_verdict_nothing_is_told(quick_deal):
    quick_deal.has_buyer().has_kyc().has_order().has_invoice().has_payment().is_ready().is_picked_up()

    assert messages() == []


def test_a_verdict_is_told_as_a_change_and_as_a_decision(quick_deal):
    quick_deal.is_judged()
    partner = quick_deal.partner
    envelope = {
        "id": ANY,
        "schemaVersion": 1,
        "source": "API",
        "createdAt": ANY,
        "organizationUuid": str(partner.client.organization.uuid),
        "partnerUuid": str(partner.seller.uuid),
    }

    changed, decided = messages()
    assert changed == {
        **envelope,
        "type": "compliance.status_changed",
        "data": {
            "orderUuid": quick_deal.order["uuid"],
            "previousStatus": "INCOMPLETE",
            "currentStatus": "VALID",
            "blockers": [],
        },
    }
    assert decided == {
        **envelope,
        "type": "compliance.decision_made",
        "data": {"orderUuid": quick_deal.order["uuid"], "decision": "VALID_EXPORT"},
    }
    assert list(changed) == [
        "id", "type", "schemaVersion", "source", "createdAt", "organizationUuid", "partnerUuid", "data",
    ]  # fmt: skip
    assert changed["id"].startswith("evt_")
    assert changed["id"] != decided["id"]


def test_each_change_of_the_verdict_is_told_with_its_blockers(quick_deal):
    quick_deal.is_judged()
    changes_invoice(quick_deal, marginScheme=True)
    invalid = messages("compliance.status_changed")[-1]
    changes_invoice(quick_deal, marginScheme=False)

    change, decision = "compliance.status_changed", "compliance.decision_made"
    assert summary() == [
        (change, "API", "VALID"),
        (decision, "API", "VALID_EXPORT"),
        (change, "API", "INVALID"),
        (decision, "API", "VAT_APPLICABLE"),
        (change, "API", "VALID"),
        (decision, "API", "VALID_EXPORT"),
    ]
    assert invalid["data"] == {
        "orderUuid": quick_deal.order["uuid"],
        "previousStatus": "VALID",
        "currentStatus": "INVALID",
        "blockers": [
            {
                "module": "invoice",
                "code": "MARGIN_SCHEME",
                "message": "The preliminary invoice is under the margin scheme. Such a sale is not exempt"
                " across the border either.",
            }
        ],
    }


def test_a_verdict_that_is_lost_and_reached_again_is_told_again(quick_deal):
    quick_deal.is_judged()
    changes_invoice(quick_deal, amount={"value": 1, "currency": "EUR"})
    changes_invoice(quick_deal, amount={"value": 1850000, "currency": "EUR"})

    told = [line[::2] for line in summary()]
    assert told == [
        ("compliance.status_changed", "VALID"),
        ("compliance.decision_made", "VALID_EXPORT"),
        ("compliance.status_changed", "INCOMPLETE"),
        ("compliance.status_changed", "VALID"),
        ("compliance.decision_made", "VALID_EXPORT"),
    ]


def test_what_vies_says_is_told_by_the_system(quick_deal):
    quick_deal.has_buyer().has_kyc().has_order().has_invoice().has_payment().is_ready()
    vies_says(quick_deal, "MS_UNAVAILABLE")
    assert messages() == []

    vies_says(quick_deal, "INVALID")
    is_asked(quick_deal)
    assert summary() == [
        ("kyc.vies_check_failed", "SYSTEM", "INVALID"),
        ("compliance.status_changed", "SYSTEM", "INVALID"),
        ("compliance.decision_made", "SYSTEM", "VAT_APPLICABLE"),
        ("compliance.status_changed", "SYSTEM", "INCOMPLETE"),
    ]


def test_other_blockers_of_the_same_verdict_are_no_news(quick_deal):
    quick_deal.has_buyer().has_kyc().has_order().has_invoice(marginScheme=True).has_payment().is_ready()
    told = messages()

    quick_deal.is_picked_up().is_delivered()
    assert quick_deal.rollup()["complianceStatus"] == "INVALID"
    assert messages() == told


def test_neither_a_replay_nor_a_refusal_tells_anything(quick_deal):
    quick_deal.is_judged()
    told = messages()
    path = f"{quick_deal.path}/transport/delivery"

    quick_deal.partner.post(path, {"deliveryDate": "2026-04-24"})
    quick_deal.partner.post(f"{quick_deal.path}/cancel", {"reason": "x"})
    final = {
        "invoiceDate": "2026-04-25", "invoiceNumber": "2", "vatIncluded": False,
        "amount": quick_deal.order["totalAmount"],
    }  # fmt: skip
    for _ in range(2):
        quick_deal.partner.post(f"{quick_deal.path}/finalization/final-invoice", final, key="final")
    assert messages() == told


def test_the_bytes_are_frozen_when_it_happens(quick_deal):
    quick_deal.is_judged()
    before = list(Message.objects.order_by("pk").values_list("event_id", "body"))

    changes_invoice(quick_deal, marginScheme=True)
    quick_deal.partner.client.organization.name = "Renamed"
    quick_deal.partner.client.organization.save()
    assert list(Message.objects.order_by("pk").values_list("event_id", "body"))[: len(before)] == before


def test_a_file_is_told_once_and_every_message_has_the_catalogues_members(deal):
    members = {entry.name: entry.members for entry in CATALOGUE}
    deal.has_buyer().has_kyc().has_order().has_invoice().has_payment().is_ready()
    vies_says(deal, "INVALID")
    assert exports.render_due() == 0

    assert [message["type"] for message in messages()] == [
        "kyc.vies_check_failed",
        "compliance.status_changed",
        "compliance.decision_made",
        "export_file.generated",
    ]
    for message in messages():
        assert tuple(message["data"]) == members[message["type"]]
    export = taken(deal.partner.get(f"{deal.path}/finalization/export-file"), 200)
    generated = messages()[-1]
    assert (generated["source"], generated["data"]) == (
        "SYSTEM",
        {
            "orderUuid": deal.order["uuid"],
            "version": 1,
            "decision": "VAT_APPLICABLE",
            "downloadUrl": export["downloadUrl"],
            "generatedAt": ANY,
        },
    )
