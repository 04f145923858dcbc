"""What goes into an Export File, seen from the tables; and what the register says of a file that comes back."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from buyers.actions import block_buyer, update_buyer
from buyers.models import Buyer, Contact, Kyc, ViesCheck
from compliance import rules
from compliance.dossier import Dossier
from compliance.exports import render_due
from compliance.facts import Loaded, case_of
from compliance.models import ExportFile
from compliance.queries import VIES_CHECKS_SHOWN, dossier_for_order
from compliance.sentences import SENTENCES
from compliance.verdict import decide
from compliance.verification import Known, known_file
from nt24.actors import Actor, ActorKind
from nt24.audit.models import Entry
from nt24.documents.sealing import verify
from nt24.documents.storage import open_blob
from nt24.events import announce
from orders.models import Order, Vehicle
from tests.deal import WARSAW, taken
from tests.factories.documents import DocumentFactory
from transport.actions import revoke_delivery
from transport.models import Milestone, Transport

STAFF = Actor(ActorKind.STAFF, "7", "Erika Mustermann")
SECOND_VIN = "WVWZZZ1JZXW000002"


@pytest.fixture
def judged(deal):
    """A deal that is VALID_EXPORT; version 1 of its file waits to be rendered."""
    deal.has_buyer().has_kyc().has_order().has_invoice().has_payment().is_ready()
    return deal.is_picked_up().is_delivered()


@pytest.fixture
def sealed(judged, run_workers):
    """The same with its file."""
    run_workers()
    return judged


@pytest.fixture
def taxed(deal):
    """A deal whose invoice is under the margin scheme: VAT_APPLICABLE as soon as it is ready for pickup."""
    deal.has_buyer().has_kyc().has_order().has_invoice(marginScheme=True).has_payment().is_ready()
    return deal


def order_of(deal):
    return Order.objects.select_related("buyer", "seller").get(uuid=deal.order["uuid"])


def stored(deal, number=1):
    """The dossier of a version as it is kept."""
    return Dossier.from_data(ExportFile.objects.get(order__uuid=deal.order["uuid"], number=number).dossier)


def dossier_now(deal):
    """What the next version would show."""
    rows = Loaded(order_of(deal))
    case = case_of(rows)
    return dossier_for_order(rows, case, decide(case), number=1, reason="FIRST_VERDICT", supersedes=None)


def has_final_invoice(deal):
    body = {
        "type": "FINAL",
        "invoiceDate": "2026-04-25",
        "invoiceNumber": "INV-1-F",
        "vatIncluded": False,
        "amount": deal.order["totalAmount"],
    }
    taken(deal.partner.post(f"{deal.path}/invoice", body), 201)
    deal.uploads(f"{deal.path}/invoice/documents", "SHIPMENT_INVOICE")


def vies_check(buyer, *, status="COMPLETED", result="VALID", **values):
    checked_at = datetime(2026, 4, 20, 3, 0, tzinfo=UTC) if status == "COMPLETED" else None
    values = {"checked_at": checked_at, **values}
    return ViesCheck.objects.create(
        buyer=buyer,
        vat_number="PL5260001246",
        cause="DAILY",
        status=status,
        result=result if status == "COMPLETED" else "",
        **values,
    )


# --- The whole file


def test_a_valid_case_becomes_a_sealed_file_with_its_originals(sealed):
    export = ExportFile.objects.get()

    with open_blob(export.storage_key) as file:
        seal = verify(file.read())

    assert (export.status, seal.is_genuine, seal.attachments_match) == ("READY", True, True)
    assert sorted(entry.name for entry in seal.attachments) == [
        "01-COC_EXTRACT-scan.pdf",
        "02-VAT_CERTIFICATE-scan.pdf",
        "04-AML_DECLARATION-scan.pdf",
        "05-SHIPMENT_PRELIMINARY_INVOICE-scan.pdf",
        "06-PAYMENT_CONFIRMATION-scan.pdf",
        "07-TRANSPORT_CMR-scan.pdf",
        "08-TRANSPORT_CMR_DELIVERY-scan.pdf",
        "decision.json",
    ]


def test_a_dossier_survives_its_storage(judged):
    export = ExportFile.objects.get()

    assert Dossier.from_data(export.dossier).to_data() == export.dossier


def test_queries_do_not_grow_with_vehicles_and_documents(judged):
    order = order_of(judged)
    transport = Transport.objects.get(order=order)

    def queries_needed():
        rows = Loaded(order_of(judged))
        case = case_of(rows)
        verdict = decide(case)
        with CaptureQueriesContext(connection) as queries:
            dossier = dossier_for_order(
                rows, case, verdict, number=1, reason="FIRST_VERDICT", supersedes=None
            )
        return len(queries), len(dossier.vehicles), len(dossier.evidence)

    assert queries_needed() == (4, 1, 8)

    for position in range(1, 20):
        vehicle = Vehicle.objects.create(
            order=order, position=position, vin=f"VIN{position}", brand="VW", model="Golf", purchase_amount=1
        )
        for kind in ("PICKUP", "DELIVERY"):
            Milestone.objects.create(
                transport=transport,
                vehicle=vehicle,
                kind=kind,
                occurred_on=date(2026, 4, 22),
                address={
                    "street": "a",
                    "post_code": "1",
                    "city": "b",
                    "country": "PL" if kind == "DELIVERY" else "DE",
                },
            )
        DocumentFactory(subject_uuid=order.uuid)
        DocumentFactory(subject_uuid=order.buyer.uuid, kyc=True)
        vies_check(order.buyer)

    assert queries_needed() == (4, 20, 46)


# --- Parties, sale, transport


def test_a_full_case_shows_its_facts(judged):
    dossier = stored(judged)

    assert dossier.version == 1
    assert dossier.supersedes is None
    assert (dossier.order.external_id, str(dossier.order.total)) == ("DEAL-2026-04-00451", "18,500.00 EUR")
    assert (dossier.ruling.decision, dossier.ruling.compliance_status) == ("VALID_EXPORT", "VALID")
    assert (dossier.ruling.departure_state, dossier.ruling.destination_state) == ("DE", "PL")
    assert (dossier.seller.name, dossier.seller.vat_number) == ("AutoHandel Mustermann GmbH", "DE123456789")
    assert (dossier.buyer.kyc_status, dossier.buyer.vies_result, dossier.buyer.missing_documents) == (
        "VALID",
        "VALID",
        (),
    )
    assert [(one.vin, one.status, one.picked_up_on, one.delivered_on) for one in dossier.vehicles] == [
        ("WVWZZZ1JZXW000001", "VALID", date(2026, 4, 22), date(2026, 4, 24))
    ]
    assert dossier.preliminary_invoice.number == "INV-1"
    assert dossier.final_invoice is None
    assert (dossier.payment.status, dossier.payment.source_iban) == ("VALID", "DE•• •••• •••• 3000")
    assert dossier.verify_url == "http://testserver/verify"
    assert dossier.case["transport"]["documents"] == [
        ["TRANSPORT_CMR", "2026-04-18"],
        ["TRANSPORT_CMR_DELIVERY", "2026-04-18"],
    ]
    assert dossier.case["policy"]["vies_max_age"] == "P1DT00H00M00S"


def test_vehicles_confirmed_together_are_one_entry(deal):
    vins = ("WVWZZZ1JZXW000001", SECOND_VIN, "WVWZZZ1JZXW000003")
    deal.has_buyer().has_kyc().has_order(vins=vins).has_invoice().has_payment().is_ready()
    deal.is_picked_up(vins=[vins[0], vins[2]]).is_picked_up(vins=[vins[1]], driverIdentification="DE-2")
    deal.is_delivered(deliveryAddress=WARSAW)

    transport = stored(deal).transport

    assert [(one.vins, one.driver_identification, one.confirmed_by) for one in transport.pickups] == [
        ((vins[0], vins[2]), "DE-FR-2026-1234", deal.partner.client.client_id),
        ((vins[1],), "DE-2", deal.partner.client.client_id),
    ]
    assert [(one.vins, one.delivery_address.city) for one in transport.deliveries] == [(vins, "Warszawa")]


def test_a_taxed_case_shows_what_failed_and_what_is_open(taxed):
    dossier = stored(taxed)

    assert (dossier.ruling.decision, dossier.ruling.compliance_status) == ("VAT_APPLICABLE", "INVALID")
    assert [(check.module, check.outcome, check.code) for check in dossier.blockers] == [
        ("invoice", "FATAL", "MARGIN_SCHEME"),
        ("transport", "OPEN", "PICKUP_NOT_CONFIRMED"),
    ]
    assert dossier.transport is None
    assert (dossier.ruling.departure_state, dossier.ruling.destination_state) == ("", "")


def test_every_rule_is_listed_and_the_final_invoice_last(judged):
    dossier = stored(judged)

    assert set(SENTENCES) == set(rules.RULES)
    assert [check.sentence for check in dossier.checks[:-1]] == [SENTENCES[rule][1] for rule in rules.RULES]
    assert dossier.checks[-1].sentence == "The final invoice shows VAT if VAT applies, and none otherwise"
    assert {check.outcome for check in dossier.checks} == {"MET", "NOT_APPLICABLE"}


def test_a_rule_that_is_broken_names_the_module_of_its_sentence(deal):
    deal.has_buyer().has_order()
    case = case_of(Loaded(order_of(deal)))

    found = {rule: rule(case) for rule in rules.RULES}

    broken = {rule: found[rule].module for rule in found if isinstance(found[rule], rules.Blocker)}
    assert len(broken) == 4
    assert {rule: SENTENCES[rule][0] for rule in broken} == broken


def test_mode_a_has_no_verification(judged):
    assert stored(judged).buyer.verification is None


def test_mode_b_shows_the_verification(judged):
    order = order_of(judged)
    Buyer.objects.filter(pk=order.buyer_id).update(kyc_mode="NT24_LED")
    kyc = Kyc.objects.get(buyer=order.buyer)
    Kyc.objects.filter(pk=kyc.pk).update(verification_status="VERIFIED", aml_status="CLEAR")
    session = "5ad5b8a5-0b8f-4f6e-a3f9-1f3f1f0e7a11"
    changes = {"sessionId": [None, session]}
    announce(kyc, "verification.completed", by=STAFF, seller=order.seller, changes=changes)

    verification = dossier_now(judged).buyer.verification

    assert (verification.provider, verification.status, verification.aml_status) == (
        "iDenfy",
        "VERIFIED",
        "CLEAR",
    )
    assert (verification.reference, verification.completed_at.date()) == (session, date(2026, 4, 25))


def test_a_valid_order_keeps_the_buyer_it_was_judged_with(sealed):
    buyer = block_buyer(order_of(sealed).buyer, by=STAFF)
    update_buyer(buyer, by=STAFF, expected_version=None, company_name="Kowalski Invest S.A.")
    taken(sealed.partner.post(f"{sealed.path}/finalization/regenerate-export"), 202)

    shown = stored(sealed, number=2).buyer

    assert (shown.company_name, shown.is_blocked) == ("Auto Handel Kowalski Sp. z o.o.", False)


# --- Evidence


def test_papers_of_persons_are_listed_but_not_embedded(judged):
    evidence = stored(judged).evidence

    assert [(one.number, one.module, one.type, one.is_embedded) for one in evidence] == [
        (1, "KYC", "COC_EXTRACT", True),
        (2, "KYC", "VAT_CERTIFICATE", True),
        (3, "KYC", "CONTACT_ID_CARD", False),
        (4, "KYC", "AML_DECLARATION", True),
        (5, "INVOICE", "SHIPMENT_PRELIMINARY_INVOICE", True),
        (6, "PAYMENT", "PAYMENT_CONFIRMATION", True),
        (7, "TRANSPORT", "TRANSPORT_CMR", True),
        (8, "TRANSPORT", "TRANSPORT_CMR_DELIVERY", True),
    ]
    assert {one.uploaded_by for one in evidence} == {judged.partner.client.client_id}
    assert len(evidence[2].sha256) == 64


@pytest.mark.parametrize("trait", ["archived", "infected", "unscanned"])
def test_what_proves_nothing_is_listed_but_not_embedded(judged, trait):
    document = DocumentFactory(subject_uuid=order_of(judged).uuid, **{trait: True})

    *_, last = dossier_now(judged).evidence

    assert (last.uuid, last.status, last.scan_status) == (
        str(document.uuid),
        document.status,
        document.scan_status,
    )
    assert last.is_embedded is False
    assert last.uploaded_by == "API"


# --- VIES


def test_an_outage_is_no_answer(judged):
    buyer = order_of(judged).buyer
    vies_check(buyer, result="UNKNOWN", error_code="TIMEOUT")
    vies_check(buyer, status="QUEUED", error_code="MS_UNAVAILABLE")

    checks = dossier_now(judged).vies_checks

    assert [(check.result, check.error_code) for check in checks] == [
        ("VALID", ""),
        ("UNKNOWN", "TIMEOUT"),
        ("UNKNOWN", "MS_UNAVAILABLE"),
    ]


def test_a_check_that_was_not_asked_yet_is_not_listed(judged):
    vies_check(order_of(judged).buyer, status="QUEUED")

    assert [check.result for check in dossier_now(judged).vies_checks] == ["VALID"]


def test_the_check_that_counted_stays_when_the_history_is_cut(judged):
    counted = ViesCheck.objects.get()
    newer = [
        vies_check(counted.buyer, consultation_number=f"N{number}") for number in range(VIES_CHECKS_SHOWN + 5)
    ]

    checks = dossier_now(judged).vies_checks

    assert len(checks) == VIES_CHECKS_SHOWN + 1
    assert checks[0].consultation_number == counted.consultation_number
    assert [check.consultation_number for check in checks[1:]] == [
        check.consultation_number for check in newer[5:]
    ]


# --- Timeline


def test_the_timeline_tells_the_case_in_plain_words(judged):
    timeline = stored(judged).timeline

    assert [entry.sentence for entry in timeline] == [
        "Buyer registered",
        "Document filed: Company register extract",
        "Document filed: VAT registration certificate",
        "Document filed: Identity card",
        "Document filed: AML declaration",
        "VIES confirmed the VAT number",
        "Order placed with 1 vehicle",
        "Preliminary invoice INV-1 submitted",
        "Document filed: Preliminary invoice",
        "Payment of 18,500.00 EUR submitted",
        "Document filed: Payment confirmation",
        "Vehicles released for pickup",
        "Pickup of 1 vehicle on 22 Apr 2026 in DE confirmed",
        "Document filed: CMR consignment note at pickup",
        "Delivery of 1 vehicle on 24 Apr 2026 in PL confirmed",
        "Document filed: CMR consignment note signed at delivery",
        "Compliance changed from incomplete to valid",
        "Decision: VALID_EXPORT",
    ]
    assert timeline[5].actor == "NT24"
    assert timeline[6].actor == judged.partner.client.client_id


def test_nothing_in_the_timeline_is_younger_than_the_document(judged):
    dossier = stored(judged)

    assert max(entry.at for entry in dossier.timeline) <= dossier.created_at


def test_corrections_are_told_without_what_people_typed(taxed):
    order = order_of(taxed)
    invoice = taken(taxed.partner.get(f"{taxed.path}/invoice"), 200)
    taken(
        taxed.partner.patch(f"{taxed.path}/invoice", {"invoiceNumber": "INV-2"}, version=invoice["version"]),
        200,
    )
    taxed.is_picked_up().is_delivered()
    revoke_delivery(order, reason="Jan Kowalski was not there", by=STAFF)
    Contact.objects.create(buyer=order.buyer, first_name="Jan", last_name="Kowalski", email="jan@example.com")

    dossier = dossier_now(taxed)
    sentences = [entry.sentence for entry in dossier.timeline]

    assert "Preliminary invoice corrected: invoice number" in sentences
    assert "Delivery of 1 vehicle revoked" in sentences
    assert {entry.actor for entry in dossier.timeline if entry.source == "WEB_APP"} == {"NT24 staff"}
    text = json.dumps(dossier.to_data())
    for secret in ("Jan ", "jan@example.com", "Erika", "DE89370400440532013000"):
        assert secret not in text


def test_entries_of_other_orders_are_not_told(judged):
    first = order_of(judged)
    judged.has_order(externalOrderId="DEAL-2", vins=(SECOND_VIN,))

    judged.order["uuid"] = str(first.uuid)

    assert [entry.sentence for entry in dossier_now(judged).timeline if "Order placed" in entry.sentence] == [
        "Order placed with 1 vehicle"
    ]


def test_a_check_before_the_order_is_told_only_if_the_verdict_rests_on_it(judged):
    order = order_of(judged)
    earlier = vies_check(order.buyer, requested_at=order.created_at - timedelta(days=9))
    later = vies_check(order.buyer, result="INVALID", requested_at=order.created_at + timedelta(days=1))
    for check in (earlier, later):
        announce(
            check,
            "vies_check.completed",
            by=STAFF,
            seller=order.seller,
            changes={"result": ["", check.result]},
        )

    told = [one.sentence for one in dossier_now(judged).timeline if one.action.startswith("vies_check")]

    assert told == ["VIES confirmed the VAT number", "VIES said the VAT number is not valid"]


def test_reading_personal_data_is_not_told(judged):
    taken(judged.partner.get(f"{judged.buyer_path}/contacts"), 200)

    assert Entry.objects.filter(action="contacts.read").count() == 1
    assert "contacts.read" not in {entry.action for entry in dossier_now(judged).timeline}


# --- Later versions, the register


def test_a_later_version_names_the_one_it_replaces_and_keeps_the_time_of_the_verdict(sealed):
    first = ExportFile.objects.get()
    has_final_invoice(sealed)

    second = stored(sealed, number=2)

    assert second.supersedes.version == 1
    assert second.supersedes.created_at == stored(sealed).created_at
    assert second.supersedes.reason == "The final invoice was added"
    assert second.supersedes.sha256 == first.sha256
    assert second.ruling.decided_at == stored(sealed).ruling.decided_at
    assert second.created_at > stored(sealed).created_at
    assert second.final_invoice.number == "INV-1-F"
    assert "Export File version 1 generated" in [entry.sentence for entry in second.timeline]


def test_the_register_knows_the_newest_version(sealed):
    export = ExportFile.objects.get()

    assert known_file(export.sha256) == Known(version=1, stated="VALID_EXPORT", present="VALID_EXPORT")
    assert known_file("0" * 64) is None


def test_a_version_is_replaced_once_the_next_one_is_sealed(sealed):
    first = ExportFile.objects.get()
    has_final_invoice(sealed)
    assert known_file(first.sha256) == Known(
        version=1, stated="VALID_EXPORT", present="VALID_EXPORT", has_later_facts=True
    )

    render_due()

    second = ExportFile.objects.get(number=2)
    assert known_file(first.sha256) == Known(
        version=1, superseded_by=2, stated="VALID_EXPORT", present="VALID_EXPORT"
    )
    assert known_file(second.sha256) == Known(version=2, stated="VALID_EXPORT", present="VALID_EXPORT")
