"""One time for each version, one version for each final invoice, and what `/verify` says of later facts."""

import json
from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from compliance.models import ExportFile
from compliance.tasks import reassess_due
from tests.compliance.staff import VAT_APPLICABLE, ends, overrides
from tests.compliance.test_export_versions import FINAL, export_of, is_regenerated, reasons
from tests.deal import BERLIN, money, taken
from tests.ledger import messages
from tests.papers import pdf


def file_of(deal, version=1):
    path = f"{deal.partner.path(deal.path)}/finalization/export-file/content?version={version}"
    return deal.partner.get(path).getvalue()


def decision_in(document):
    with pikepdf.open(BytesIO(document)) as opened:
        return json.loads(opened.attachments["decision.json"].get_file().read_bytes())


def verified(client, document):
    file = SimpleUploadedFile("x.pdf", document, "application/pdf")
    return client.post("/verify", {"file": file}).content.decode()


def adds_final_invoice(deal, **changes):
    taken(deal.partner.post(f"{deal.path}/finalization/final-invoice", {**FINAL, **changes}), 201)


def adds_its_pdf(deal, content=None):
    deal.uploads(f"{deal.path}/invoice/documents", "SHIPMENT_INVOICE", content)


# --- One time ---


def test_a_version_has_one_time_wherever_it_is_stated(deal, client):
    deal.is_judged()
    first = export_of(deal)["generatedAt"]
    is_regenerated(deal)
    deal.run_workers()

    dossier = ExportFile.objects.get(number=2).dossier["dossier"]
    decision = decision_in(file_of(deal))
    told = [entry for entry in dossier["timeline"] if entry["action"] == "export_file.ready"]
    assert [(entry["sentence"], entry["at"][:19]) for entry in told] == [
        ("Export File version 1 generated", first[:19])
    ]
    assert dossier["supersedes"]["created_at"][:19] == first[:19]
    assert {decision["generatedAt"][:19], decision["factsAsOf"][:19]} == {first[:19]}
    assert export_of(deal)["supersededVersions"][0]["generatedAt"] == first
    assert [message["data"]["generatedAt"][:19] for message in messages("export_file.generated")] == [
        first[:19],
        export_of(deal)["generatedAt"][:19],
    ]
    assert "Facts as of" in verified(client, file_of(deal, 2))


# --- Later facts ---


@pytest.mark.parametrize(
    "happens",
    [
        lambda deal: deal.is_picked_up(),
        lambda deal: deal.is_picked_up().is_delivered(),
        lambda deal: taken(
            deal.partner.patch(
                f"{deal.path}/payment",
                {"cashAmount": money(100), "bankAmount": money(1849900)},
                version=deal.partner.get(f"{deal.path}/payment").json()["version"],
            ),
            200,
        ),
        adds_final_invoice,
    ],
)
def test_a_verdict_that_fell_early_says_what_it_does_not_know(deal, client, happens):
    deal.has_buyer().has_kyc().has_order().has_invoice(marginScheme=True).has_payment().is_ready()
    deal.run_workers()
    assert "<h1>Genuine</h1>" in verified(client, file_of(deal))

    happens(deal)

    page = verified(client, file_of(deal))
    assert export_of(deal)["version"] == 1
    assert "<h1>Genuine, but later facts are not included</h1>" in page
    is_regenerated(deal)
    deal.run_workers()
    assert "<h1>Genuine</h1>" in verified(client, file_of(deal, 2))
    assert "version 2 has replaced it. The verdict of the order is still the same." in verified(
        client, file_of(deal)
    )


def test_a_paper_that_proves_nothing_is_no_later_fact(deal, client):
    deal.is_judged()
    deal.uploads(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT")

    assert "<h1>Genuine</h1>" in verified(client, file_of(deal))


def test_a_superseded_file_names_the_verdict_of_today(deal, client):
    deal.is_judged()
    path = f"{deal.path}/invoice?type=PRELIMINARY"
    version = deal.partner.get(path).json()["version"]
    taken(deal.partner.patch(path, {"marginScheme": True}, version=version), 200)
    deal.run_workers()

    page = verified(client, file_of(deal))
    assert "<h1>Genuine, but superseded</h1>" in page
    assert "The verdict of the order is now VAT_APPLICABLE" in page


# --- The final invoice ---


def test_data_and_pdf_of_a_final_invoice_make_one_version(quick_deal):
    quick_deal.is_judged()
    adds_final_invoice(quick_deal)
    assert len(reasons()) == 1
    adds_its_pdf(quick_deal)

    assert reasons()[1:] == [("VALID_EXPORT", "FINAL_INVOICE")]
    stored = ExportFile.objects.get(number=2).dossier["dossier"]
    assert stored["final_invoice"]["number"] == "INV-2"
    assert "SHIPMENT_INVOICE" in {item["type"] for item in stored["evidence"]}


def test_a_pdf_that_was_there_before_its_data_makes_one_version(quick_deal):
    quick_deal.is_judged()
    adds_its_pdf(quick_deal)
    adds_final_invoice(quick_deal)

    assert reasons()[1:] == [("VALID_EXPORT", "FINAL_INVOICE")]


def test_a_pdf_that_never_comes_is_waited_for_one_day(quick_deal):
    quick_deal.is_judged()
    adds_final_invoice(quick_deal)

    with time_machine.travel(timezone.now() + timedelta(hours=23)):
        reassess_due()
        assert len(reasons()) == 1
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        reassess_due()
        reassess_due()
        assert reasons()[1:] == [("VALID_EXPORT", "FINAL_INVOICE")]
    adds_its_pdf(quick_deal)
    assert reasons()[2:] == [("VALID_EXPORT", "FINAL_INVOICE")]


def test_a_corrected_pdf_makes_a_version_and_the_same_one_none(quick_deal):
    quick_deal.is_judged()
    adds_final_invoice(quick_deal)
    adds_its_pdf(quick_deal)
    adds_its_pdf(quick_deal, pdf("corrected"))
    assert len(reasons()) == 3
    quick_deal.uploads(f"{quick_deal.path}/transport/documents", "TRANSPORT_PICTURE_OF_TRANSPORT")

    assert len(reasons()) == 3


def test_a_verdict_that_changes_while_the_pdf_is_waited_for_has_its_version(quick_deal):
    quick_deal.is_judged()
    adds_final_invoice(quick_deal, vatIncluded=True, amount=money(2201500))
    path = f"{quick_deal.path}/invoice?type=PRELIMINARY"
    version = quick_deal.partner.get(path).json()["version"]
    taken(quick_deal.partner.patch(path, {"marginScheme": True}, version=version), 200)

    assert reasons()[1:] == [("VAT_APPLICABLE", "VERDICT_CHANGED")]
    adds_its_pdf(quick_deal)
    assert reasons()[2:] == [("VAT_APPLICABLE", "FINAL_INVOICE")]


def test_an_early_verdict_is_taxed_at_home(quick_deal):
    """The order's later delivery in the state of departure adds no version by itself (contract 10)."""
    quick_deal.has_buyer().has_kyc().has_order().has_invoice(marginScheme=True).has_payment().is_ready()
    quick_deal.is_picked_up().is_delivered(deliveryAddress=BERLIN)

    assert reasons() == [("VAT_APPLICABLE", "FIRST_VERDICT")]


# --- Verdicts of staff ---


def test_a_verdict_of_staff_is_called_one_in_the_file_and_on_verify(deal, client):
    deal.is_judged()
    overrides(VAT_APPLICABLE)
    deal.run_workers()
    first, second = file_of(deal), file_of(deal, 2)

    told = decision_in(second)["override"]
    assert (told["decision"], told["rulesAlone"]) == ("VAT_APPLICABLE", "VALID_EXPORT")
    page = verified(client, second)
    assert (
        "decided by two members of staff in place of the rules. By the rules alone, the supply is VAT-free."
        in page
    )
    assert "VAT must be charged: by decision of two members of staff" in page
    assert "now VAT_APPLICABLE (VAT must be charged: by decision of two members of staff)." in verified(
        client, first
    )

    ends()
    deal.run_workers()
    assert decision_in(file_of(deal, 3))["override"] is None
    assert "now VALID_EXPORT (VAT-free: conditions met)." in verified(client, second)
