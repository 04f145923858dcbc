"""A dossier is stored as JSON and must come back as it was; names of embedded files are safe and unique."""

import json
from dataclasses import replace

import pytest

from compliance.dossier import Dossier, DossierUnreadable, masked_iban
from tests.compliance.dossiers import a_dossier, a_long_dossier, a_taxed_dossier


@pytest.mark.parametrize(
    "dossier", [a_dossier(), a_taxed_dossier(), a_long_dossier()], ids=["full", "taxed", "long"]
)
def test_a_dossier_comes_back_from_json_as_it_was(dossier):
    text = dossier.to_json()

    assert Dossier.from_json(text) == dossier
    assert Dossier.from_json(text).to_json() == text
    assert Dossier.from_data(json.loads(text)) == dossier


def test_stored_instants_are_utc_with_z():
    assert '"created_at":"2026-04-26T08:30:12Z"' in a_dossier().to_json()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), "nt24.dossier/0"),
        (("dossier", "version"), "2"),
        (("dossier", "version"), True),
        (("dossier", "created_at"), "yesterday"),
        (("dossier", "colour"), "blue"),
        (("dossier", "ruling", "decision"), "MAYBE"),
        (("dossier", "order", "total", "value"), -1),
        (("dossier", "vehicles"), None),
        (("dossier", "payment", "bank"), "18500"),
    ],
)
def test_what_is_no_stored_dossier_is_refused(path, value):
    data = json.loads(a_dossier().to_json())
    target = data
    for name in path[:-1]:
        target = target[name]
    target[path[-1]] = value

    with pytest.raises(DossierUnreadable):
        Dossier.from_data(data)


def test_a_missing_member_is_refused():
    data = a_dossier().to_data()
    del data["dossier"]["seller"]

    with pytest.raises(DossierUnreadable, match="seller"):
        Dossier.from_data(data)


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", "{"])
def test_text_that_is_no_dossier_is_refused(text):
    with pytest.raises(DossierUnreadable):
        Dossier.from_json(text)


@pytest.mark.parametrize(
    ("iban", "shown"),
    [
        ("DE89370400440532013000", "DE•• •••• •••• 3000"),
        ("DE89 3704 0044 0532 0130 00", "DE•• •••• •••• 3000"),
        ("NO93", "••••"),
        ("", ""),
    ],
)
def test_an_iban_shows_only_its_country_and_last_four_characters(iban, shown):
    assert masked_iban(iban) == shown


@pytest.mark.parametrize(
    ("given", "embedded"),
    [
        ("cmr.pdf", "08-TRANSPORT_CMR-cmr.pdf"),
        ("Świętokrzyska łódź ß.PDF", "08-TRANSPORT_CMR-Swietokrzyska-lodz-ss.pdf"),
        ("../../etc/passwd", "08-TRANSPORT_CMR-etc-passwd"),
        ("..\\..\\boot.ini", "08-TRANSPORT_CMR-boot.ini"),
        ("подтверждение.pdf", "08-TRANSPORT_CMR-document.pdf"),
        ("", "08-TRANSPORT_CMR-document"),
        ("a\x00b\r\n.pdf", "08-TRANSPORT_CMR-a-b.pdf"),
        ("report\u202efdp.exe", "08-TRANSPORT_CMR-reportfdp.exe"),
        ("x" * 300 + ".pdf", "08-TRANSPORT_CMR-" + "x" * 80 + ".pdf"),
    ],
)
def test_an_embedded_file_gets_a_safe_name(given, embedded):
    evidence = next(item for item in a_dossier().evidence if item.number == 8)

    assert replace(evidence, file_name=given).embedded_as == embedded


def test_embedded_names_never_repeat_even_for_equal_files():
    evidence = [
        replace(item, file_name="scan.pdf", type="TRANSPORT_CMR") for item in a_long_dossier().evidence
    ]

    assert len({item.embedded_as for item in evidence}) == 40


def test_a_document_that_is_not_embedded_has_no_embedded_name():
    identity = next(item for item in a_dossier().evidence if item.type == "CONTACT_ID_CARD")

    assert identity.embedded_as == ""
