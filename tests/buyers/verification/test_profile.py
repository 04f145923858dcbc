"""The KYC profile: a sealed PDF about a verified buyer, with every download in the access log (contract 6)."""

import io

import pikepdf
import pytest
from pypdf import PdfReader

from buyers import checks, profile, verification
from nt24.audit.models import Entry
from nt24.documents.sealing import SealingFailed
from nt24.documents.verification import verify as examine
from tests.buyers.test_buyers import KOWALSKI
from tests.buyers.verification.steps import verify
from tests.deal import taken
from tests.ledger import nothing_moves, refused, renew
from tests.papers import pdf


def is_verified(partner, path, idenfy, **members):
    session = verify(partner, path)
    idenfy.callback(**members).to(partner.http)
    return session


def text_of(response):
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages).split()
    )


def test_the_profile_says_who_was_verified_and_how(partner, path, idenfy):
    for type in ("COC_EXTRACT", "VAT_CERTIFICATE", "AML_DECLARATION"):
        taken(partner.upload(f"{path}/documents", type, pdf(type)), 201)
    taken(partner.post(f"{path}/vies-check"), 202)
    checks.ask_due()
    session = is_verified(partner, path, idenfy)

    response = partner.get(f"{path}/profile", X_Purpose="Onboarding 4711")

    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response["Content-Disposition"] == 'attachment; filename="kyc-profile-PL5260001246.pdf"'
    assert response["Cache-Control"] == "no-store"
    text = text_of(response)
    for said in (
        "Auto Handel Kowalski Sp. z o.o.",
        "PL5260001246",
        "ul. Długa 7, 00-263 Warszawa, PL",
        "AutoHandel Mustermann GmbH",
        "Identified, screened and documented",
        "JAN KOWALSKI",
        "1 Jan 1980",
        "Identity card ABC123456, issued by PL, valid until 17 May 2031",
        session["sessionId"],
        next(iter(idenfy.sessions)),
        "decided by iDenfy, automatic",
        "Sanctions and PEP lists Clear",
        "Company register extract",
        "VAT registration certificate",
        "AML declaration",
        "consultation number WAPIAAAA",
    ):
        assert said in text
    for left_out in ("80010112345", "198.51.100.7", "sandbox"):
        assert left_out not in text


def test_the_profile_is_sealed_and_a_changed_byte_shows(partner, path, idenfy):
    is_verified(partner, path, idenfy)
    content = partner.get(f"{path}/profile").content

    assert examine(content).is_genuine
    where = content.index(b"stream") + 20
    assert not examine(content[:where] + bytes([content[where] ^ 1]) + content[where + 1 :]).is_genuine
    with pikepdf.open(io.BytesIO(content)) as document:
        assert document.open_metadata()["pdfaid:part"] == "3"


def test_every_download_is_in_the_access_log(partner, path, idenfy):
    is_verified(partner, path, idenfy)
    partner.get(f"{path}/profile", X_Purpose="Onboarding 4711")
    partner.get(f"{path}/profile")

    entries = Entry.objects.filter(action="kyc_profile.read").order_by("pk")
    assert [(entry.purpose, entry.retention, str(entry.subject_uuid)) for entry in entries] == [
        ("Onboarding 4711", "PII_ACCESS", path.split("/")[2]),
        ("", "PII_ACCESS", path.split("/")[2]),
    ]


@pytest.mark.parametrize("overall", ["DENIED", "SUSPECTED", "EXPIRED"])
def test_a_buyer_who_is_not_verified_has_no_profile(partner, path, idenfy, overall):
    with nothing_moves():
        refused(partner.get(f"{path}/profile"), 409, "state-conflict")
    is_verified(partner, path, idenfy, overall=overall)
    with nothing_moves():
        refused(partner.get(f"{path}/profile"), 409, "state-conflict")


def test_mode_a_has_no_profile(partner):
    buyer = partner.post("P/buyers", KOWALSKI).json()

    with nothing_moves():
        refused(partner.get(f"P/buyers/{buyer['uuid']}/kyc/profile"), 409, "state-conflict")


def test_the_profile_needs_its_capability_and_a_short_purpose(partner, path, idenfy):
    is_verified(partner, path, idenfy)
    with nothing_moves():
        refused(partner.get(f"{path}/profile", X_Purpose="x" * 101), 422, "validation-error")
        organization = partner.seller.organization
        organization.allow_kyc_document_download = False
        organization.save()
        refused(partner.get(f"{path}/profile"), 403, "capability-required")


def test_a_profile_without_everything_says_what_is_missing(partner, path, idenfy):
    is_verified(partner, path, idenfy, AML=None)

    text = text_of(partner.get(f"{path}/profile"))

    assert "Identity verified, file not complete" in text
    assert "Screening: no result yet." in text
    assert "Missing: company register document, proof of the VAT registration" in text


def test_names_are_text_and_never_markup(partner, path, idenfy):
    hostile = {"docFirstName": "<img src=http://127.0.0.1/x>", "docLastName": "</td><script>"}
    is_verified(partner, path, idenfy, data=hostile)

    assert "<img src=http://127.0.0.1/x> </td><script>" in text_of(partner.get(f"{path}/profile"))


def test_a_profile_that_cannot_be_sealed_is_a_503_and_not_in_the_access_log(
    partner, path, idenfy, monkeypatch
):
    is_verified(partner, path, idenfy)

    def fails(*args, **kwargs):
        raise SealingFailed("no time stamp")

    monkeypatch.setattr(profile.sealing, "seal", fails)
    with nothing_moves():
        refused(partner.get(f"{path}/profile"), 503, "service-unavailable")
    monkeypatch.undo()
    assert partner.get(f"{path}/profile").status_code == 200


def test_too_many_profiles_at_once_are_a_503(partner, path, idenfy, monkeypatch):
    is_verified(partner, path, idenfy)
    monkeypatch.setattr(profile, "PATIENCE_SECONDS", 0.01)

    with profile.AT_ONCE, profile.AT_ONCE:
        refused(partner.get(f"{path}/profile"), 503, "service-unavailable")
    assert partner.get(f"{path}/profile").status_code == 200


def test_the_profile_of_a_lost_callback_says_that_the_person_is_not_known(partner, path, idenfy, clock):
    verify(partner, path)
    next(iter(idenfy.sessions.values()))["overall"] = "APPROVED"
    clock.shift(7 * 86400 + 3600)
    verification.settle_due()
    renew(partner)

    text = text_of(partner.get(f"{path}/profile"))
    assert "its message with the person's data did not arrive" in text
    assert "decided by iDenfy, when asked" in text
