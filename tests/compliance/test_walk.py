"""One order from a new buyer to a sealed Export File, as a partner sees it."""


def test_a_complete_order_becomes_a_valid_export(deal):
    deal.has_buyer().has_kyc().has_order()
    assert deal.now()["status"] == "CREATED"
    assert deal.codes() == ["MISSING_INVOICE", "MISSING_PAYMENT"]

    deal.has_invoice()
    assert deal.now()["status"] == "INVOICE_SUBMITTED"
    deal.has_payment()
    assert deal.now()["status"] == "PAYMENT_SUBMITTED"
    assert deal.codes() == ["NOT_READY_FOR_PICKUP"]
    deal.is_ready()
    assert deal.now()["status"] == "READY_FOR_PICKUP"
    assert deal.codes() == ["PICKUP_NOT_CONFIRMED"]
    deal.is_picked_up()
    assert deal.now()["status"] == "TRANSPORT_IN_PROGRESS"
    assert deal.codes() == ["DELIVERY_NOT_CONFIRMED"]
    deal.is_delivered()
    deal.run_workers()

    rollup = deal.rollup()
    assert (rollup["complianceStatus"], rollup["decision"], rollup["blockers"]) == (
        "VALID",
        "VALID_EXPORT",
        [],
    )
    assert deal.now()["status"] == "COMPLIANCE_VALID"
    export = deal.partner.get(f"{deal.path}/finalization/export-file").json()
    assert (export["status"], export["version"], export["decision"]) == ("READY", 1, "VALID_EXPORT")
    pdf = deal.partner.get(export["downloadUrl"])
    assert pdf.getvalue().startswith(b"%PDF-")
