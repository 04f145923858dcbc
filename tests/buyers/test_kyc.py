"""The KYC status: documents that arrive and go, both modes, and what VIES said (contract 6, 16.6)."""

import pytest

from buyers import checks
from buyers.actions import assess_orders
from buyers.models import Buyer, Kyc
from nt24.actors import system
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import taken
from tests.papers import pdf, photo

IDENTITY = "CONTACT_ID_CARD|CONTACT_PASSPORT|CONTACT_DRIVING_LICENCE"


@pytest.fixture
def path(partner):
    return f"P/buyers/{partner.post('P/buyers', KOWALSKI).json()['uuid']}/kyc"


@pytest.fixture
def path_b(partner):
    body = {**KOWALSKI, "vatNumber": "PL1111111111", "kycMode": "NT24_LED"}
    return f"P/buyers/{partner.post('P/buyers', body).json()['uuid']}/kyc"


def files(partner, path, *types):
    return [taken(partner.upload(f"{path}/documents", type, pdf(type)), 201) for type in types]


def checked(partner, path):
    taken(partner.post(f"{path}/vies-check"), 202)
    checks.ask_due()


def verification_says(path, verification, aml):
    """What the verification of Mode B leaves behind once it has a result."""
    buyer = Buyer.objects.get(uuid=path.split("/")[2])
    Kyc.objects.filter(buyer=buyer).update(verification_status=verification, aml_status=aml)
    assess_orders(buyer, by=system("verification"))


def test_a_new_buyer_in_mode_a_lacks_everything(partner, path):
    assert taken(partner.get(path), 200) == {
        "buyerId": path.split("/")[2],
        "kycMode": "MARKETPLACE_LED",
        "overallStatus": "INCOMPLETE",
        "viesResult": "UNKNOWN",
        "documentsComplete": False,
        "missingDocuments": ["COC_*", "VAT_*", IDENTITY, "AML_DECLARATION"],
        "amlStatus": "NOT_APPLICABLE",
    }


def test_a_new_buyer_in_mode_b_needs_no_identity_document(partner, path_b):
    assert taken(partner.get(path_b), 200) == {
        "buyerId": path_b.split("/")[2],
        "kycMode": "NT24_LED",
        "overallStatus": "INCOMPLETE",
        "viesResult": "UNKNOWN",
        "documentsComplete": False,
        "missingDocuments": ["COC_*", "VAT_*", "AML_DECLARATION"],
        "verificationStatus": "NOT_STARTED",
        "amlStatus": "PENDING",
    }


def test_missing_documents_shrink_as_they_arrive_and_return_with_an_archive(partner, path):
    def missing():
        return taken(partner.get(path), 200)["missingDocuments"]

    files(partner, path, "COC_ARTICLES_OF_ASSOCIATION")
    assert missing() == ["VAT_*", IDENTITY, "AML_DECLARATION"]
    files(partner, path, "VAT_VIES_CONFIRMATION", "CONTACT_FACE_PICTURE", "BANK_STATEMENT")
    assert missing() == [IDENTITY, "AML_DECLARATION"]
    taken(partner.upload(f"{path}/documents", "CONTACT_PASSPORT", photo(), name="pass.jpg"), 201)
    assert missing() == ["AML_DECLARATION"]
    older, newer = files(partner, path, "AML_DECLARATION", "AML_DECLARATION")
    assert taken(partner.get(path), 200)["documentsComplete"] is True

    archive = {"status": "ARCHIVED", "reason": "Unsigned"}
    taken(partner.patch(f"{path}/documents/{newer['uuid']}", archive, version=0), 200)
    assert missing() == []  # the older one still counts
    taken(partner.patch(f"{path}/documents/{older['uuid']}", archive, version=0), 200)
    assert missing() == ["AML_DECLARATION"]


def test_mode_a_is_valid_with_documents_and_a_valid_vat_number(partner, path):
    files(partner, path, "COC_EXTRACT", "VAT_CERTIFICATE", "CONTACT_DRIVING_LICENCE", "AML_DECLARATION")
    assert taken(partner.get(path), 200)["overallStatus"] == "INCOMPLETE"

    checked(partner, path)
    status = taken(partner.get(path), 200)
    assert (status["overallStatus"], status["viesResult"]) == ("VALID", "VALID")
    assert status["missingDocuments"] == []


def test_a_vat_number_that_is_not_valid_makes_the_whole_invalid(partner):
    body = {**KOWALSKI, "vatNumber": "PL7001X200"}
    path = f"P/buyers/{partner.post('P/buyers', body).json()['uuid']}/kyc"

    checked(partner, path)
    status = taken(partner.get(path), 200)
    assert (status["overallStatus"], status["viesResult"]) == ("INVALID", "INVALID")


@pytest.mark.parametrize(
    ("verification", "aml", "overall"),
    [
        ("NOT_STARTED", "PENDING", "INCOMPLETE"),
        ("IN_PROGRESS", "PENDING", "INCOMPLETE"),
        ("VERIFIED", "PENDING", "INCOMPLETE"),
        ("VERIFIED", "FLAGGED", "INCOMPLETE"),
        ("VERIFIED", "CLEAR", "VALID"),
        ("REJECTED", "CLEAR", "INVALID"),
    ],
)
def test_mode_b_is_valid_only_verified_and_clear(partner, path_b, verification, aml, overall):
    files(partner, path_b, "COC_EXTRACT", "VAT_CERTIFICATE", "AML_DECLARATION")
    checked(partner, path_b)

    verification_says(path_b, verification, aml)
    status = taken(partner.get(path_b), 200)
    assert (status["verificationStatus"], status["amlStatus"]) == (verification, aml)
    assert status["overallStatus"] == overall


def test_the_upgrade_to_mode_b_starts_verification_and_screening(partner, path):
    files(partner, path, "COC_EXTRACT", "VAT_CERTIFICATE", "CONTACT_ID_CARD", "AML_DECLARATION")
    checked(partner, path)

    taken(partner.patch(path.removesuffix("/kyc"), {"kycMode": "NT24_LED"}, version=0), 200)
    status = taken(partner.get(path), 200)
    assert (status["overallStatus"], status["verificationStatus"]) == ("INCOMPLETE", "NOT_STARTED")
    assert status["amlStatus"] == "PENDING"


def test_the_kyc_status_is_no_versioned_resource_and_is_not_kept(partner, path):
    response = partner.get(path)

    assert "ETag" not in response
    assert response["Cache-Control"] == "no-store"
