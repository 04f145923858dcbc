"""The seal: what breaks it is found, what a stranger makes is not taken for ours, and nothing makes `verify` raise."""

import hashlib
import multiprocessing
import re
import shutil
import stat
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
import time_machine
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec

from compliance.export_file import compose, decision_record
from nt24.documents import pdf, sealing
from nt24.documents.certificates import sealing_key
from tests.compliance.authorities import Authority, a_pkcs12, a_time_stamping_server
from tests.compliance.dossiers import CREATED_AT, a_dossier, originals_from, ten_originals

needs_poppler = pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
REASON = {"reason": "test", "location": "https://nt24.example/verify"}


@cache
def unsealed() -> bytes:
    return compose(a_dossier(), originals_from(ten_originals()))


@cache
def sealed() -> bytes:
    return sealing.seal(unsealed(), **REASON)


@cache
def foreign_signer() -> signers.SimpleSigner:
    return signers.SimpleSigner.load_pkcs12_data(
        a_pkcs12("Stranger Ltd"), other_certs=[], passphrase=b"secret"
    )


def signed_by_stranger(content: bytes, *, field: str = "Theirs", **metadata) -> bytes:
    target = BytesIO()
    writer = IncrementalPdfFileWriter(BytesIO(content))
    writer.prev.root.pop("/Perms", None)  # a stranger does not ask whether signing is allowed
    signers.sign_pdf(
        writer,
        signers.PdfSignatureMetadata(field_name=field, **metadata),
        signer=foreign_signer(),
        output=target,
    )
    return target.getvalue()


def digits_of_signature(content: bytes) -> tuple[int, int]:
    """Where the hexadecimal digits of the last signature begin and end."""
    start = content.index(b"<", content.rindex(b"/Contents <")) + 1
    return start, content.index(b">", start)


@pytest.fixture
def pkcs12_file(settings, tmp_path):
    """Configure a PKCS#12 sealing key; the arguments are those of `a_pkcs12`."""

    def configure(**options):
        path = tmp_path / f"seal{len(list(tmp_path.iterdir()))}.p12"
        path.write_bytes(a_pkcs12(**options))
        settings.SIGNING_PKCS12 = str(path)
        settings.SIGNING_PASSWORD = "secret"
        return path

    return configure


@pytest.fixture
def own_keys(settings, tmp_path):
    """An empty folder for keys, and in it the folder of further roots."""
    settings.KEYS_DIR = tmp_path / "keys"
    (settings.KEYS_DIR / "trusted-roots").mkdir(parents=True)
    return settings.KEYS_DIR


# A good file


def test_a_sealed_file_is_genuine():
    found = sealing.verify(sealed())

    assert found.is_genuine
    assert (found.is_signed, found.is_intact, found.is_trusted, found.covers_whole_file) == (True,) * 4
    assert not found.modified_after
    assert found.problems == ()
    assert (found.order_reference, found.version, found.decision) == ("DEAL-2026-04-00451", 2, "VALID_EXPORT")
    assert (found.signer, found.level) == ("NT24 development seal", "B-B")
    assert found.signed_at is not None
    assert found.sha256 == hashlib.sha256(sealed()).hexdigest()
    assert found.size == len(sealed())


def test_every_attachment_is_compared_with_the_decision():
    expected = {item.embedded_as: item.sha256 for item in a_dossier().evidence if item.is_embedded}
    expected["decision.json"] = hashlib.sha256(decision_record(a_dossier())).hexdigest()

    found = sealing.verify(sealed()).attachments

    assert {item.name: item.sha256 for item in found} == expected
    assert {item.state for item in found} == {"MATCHES"}


def test_sealing_adds_to_the_file_and_changes_nothing_of_it():
    assert sealed().startswith(unsealed())


def test_the_seal_certifies_that_nothing_may_be_added():
    signature = PdfFileReader(BytesIO(sealed())).embedded_signatures[0]

    assert signature.docmdp_level == MDPPerm.NO_CHANGES


def test_a_sealed_file_is_not_sealed_again():
    with pytest.raises(sealing.SealingFailed, match="already"):
        sealing.seal(sealed(), **REASON)


@pytest.mark.parametrize("content", [b"", b"no PDF", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pdf_is_not_sealed(content):
    with pytest.raises(sealing.SealingFailed):
        sealing.seal(content, **REASON)


# Changed files


@pytest.mark.parametrize("part", [number / 41 for number in range(41)])
def test_a_flipped_byte_is_found_wherever_it_is(part):
    content = bytearray(sealed())
    content[int(len(content) * part)] ^= 0x01

    found = sealing.verify(bytes(content))

    assert not found.is_genuine
    assert not found.is_intact
    assert found.problems != ()
    assert (found.order_reference, found.attachments) == ("", ())


def test_a_flipped_bit_is_found_in_every_digit_of_the_signature():
    start, end = digits_of_signature(sealed())
    unnoticed = []
    for place in range(start - 1, end + 1, 3):
        content = bytearray(sealed())
        content[place] ^= 1 << place % 8
        if sealing.verify(bytes(content)).is_genuine:
            unnoticed.append(place - start)

    assert unnoticed == []


def test_lower_case_digits_are_another_file():
    start, end = digits_of_signature(sealed())
    content = sealed()[:start] + sealed()[start:end].lower() + sealed()[end:]

    assert not sealing.verify(content).is_genuine


@needs_poppler
def test_pdfsig_agrees_on_a_flipped_byte(tmp_path):
    content = bytearray(sealed())
    content[len(content) // 2] ^= 0x01
    (tmp_path / "file.pdf").write_bytes(content)

    found = subprocess.run(
        ["pdfsig", tmp_path / "file.pdf"], capture_output=True, check=False, text=True
    ).stdout

    assert "Signature is Valid" not in found
    assert "Digest Mismatch" in found


@pytest.mark.parametrize("addition", [b"\n", b"\x00", b"%%EOF\n", b"x" * 2_000_000])
def test_appended_bytes_are_found(addition):
    found = sealing.verify(sealed() + addition)

    assert found.is_intact
    assert found.is_trusted
    assert found.modified_after
    assert not found.covers_whole_file
    assert not found.is_genuine
    assert found.problems == ("Something was added to the file after sealing.",)
    assert found.order_reference == "DEAL-2026-04-00451"


def test_an_incremental_update_is_found():
    writer = IncrementalPdfFileWriter(BytesIO(sealed()))
    writer.root["/Lang"] = generic.pdf_string("de")
    writer.update_root()
    target = BytesIO()
    writer.write(target)

    found = sealing.verify(target.getvalue())

    assert found.is_intact
    assert found.modified_after
    assert not found.is_genuine


@needs_poppler
def test_pdfsig_agrees_on_an_incremental_update(tmp_path):
    writer = IncrementalPdfFileWriter(BytesIO(sealed()))
    writer.root["/Lang"] = generic.pdf_string("de")
    writer.update_root()
    with (tmp_path / "file.pdf").open("wb") as target:
        writer.write(target)

    found = subprocess.run(
        ["pdfsig", tmp_path / "file.pdf"], capture_output=True, check=False, text=True
    ).stdout

    assert "Signature is Valid" in found
    assert "Total document signed" not in found


@pytest.mark.parametrize("length", [-1, -700, -5000])
def test_a_file_cut_short_is_not_genuine(length):
    assert not sealing.verify(sealed()[:length]).is_genuine


def test_bytes_before_the_file_break_the_seal():
    assert not sealing.verify(b"\n" + sealed()).is_genuine


def test_a_second_signature_is_a_change():
    found = sealing.verify(signed_by_stranger(sealed()))

    assert found.signer == "NT24 development seal"
    assert found.modified_after
    assert not found.is_genuine


def test_a_seal_on_top_of_a_stranger_s_signature_is_refused():
    with pytest.raises(sealing.SealingFailed, match="already"):
        sealing.seal(signed_by_stranger(unsealed()), **REASON)


# Other people's files


def test_a_file_without_signature_is_unsigned():
    found = sealing.verify(unsealed())

    assert not found.is_signed
    assert found.problems == ("The file carries no electronic seal.",)


def test_a_stranger_s_signature_is_intact_but_not_ours():
    found = sealing.verify(
        signed_by_stranger(unsealed(), certify=True, docmdp_permissions=MDPPerm.NO_CHANGES)
    )

    assert (found.is_signed, found.is_intact, found.covers_whole_file) == (True, True, True)
    assert not found.is_trusted
    assert not found.is_genuine
    assert found.signer == "Stranger Ltd"
    assert (found.order_reference, found.version, found.attachments, found.level) == ("", None, (), "")


def test_a_certificate_with_our_name_is_still_a_stranger_s():
    named_alike = a_pkcs12("NT24 development seal")
    signer = signers.SimpleSigner.load_pkcs12_data(named_alike, other_certs=[], passphrase=b"secret")
    target = BytesIO()
    signers.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(unsealed())),
        signers.PdfSignatureMetadata(field_name="NT24Seal"),
        signer=signer,
        output=target,
    )

    assert not sealing.verify(target.getvalue()).is_trusted


def test_a_sealed_file_wrapped_into_another_is_not_genuine():
    wrapped = pdf.EmbeddedFile("inside.pdf", sealed(), "application/pdf", "Supplement", "genuine", CREATED_AT)
    wrapper = pdf.embed(compose(a_dossier(evidence=()), []), [wrapped])

    assert not sealing.verify(wrapper).is_signed
    assert not sealing.verify(signed_by_stranger(wrapper)).is_trusted


def test_an_original_that_is_signed_itself_does_not_disturb_our_seal():
    contents = ten_originals()
    for number in (5, 6):
        module, kind, name, content_type, _ = contents[number]
        contents[number] = (
            module,
            kind,
            name,
            content_type,
            sealed() if number == 5 else b"/ByteRange [0 5 6 7]" * 999,
        )
    evidence = tuple(
        replace(
            item,
            sha256=hashlib.sha256(contents[item.number][4]).hexdigest(),
            size=len(contents[item.number][4]),
        )
        for item in a_dossier().evidence
    )

    found = sealing.verify(
        sealing.seal(compose(a_dossier(evidence=evidence), originals_from(contents)), **REASON)
    )

    assert found.is_genuine
    assert len(found.attachments) == 10


@pytest.mark.parametrize(
    ("files", "states"),
    [
        (
            {"decision.json": b'{"documents": []}', "extra.txt": b"1"},
            {"decision.json": "MATCHES", "extra.txt": "UNLISTED"},
        ),
        (
            {"decision.json": b'{"documents": [{"embeddedAs": "a", "size": 1, "sha256": "00"}]}', "a": b"1"},
            {"a": "ALTERED", "decision.json": "MATCHES"},
        ),
        (
            {"decision.json": b'{"documents": [{"embeddedAs": "a", "size": 1, "sha256": "00"}]}'},
            {"a": "MISSING", "decision.json": "MATCHES"},
        ),
    ],
    ids=["unlisted", "altered", "missing"],
)
def test_a_sealed_file_whose_list_is_wrong_is_not_genuine(files, states):
    embedded = [
        pdf.EmbeddedFile(name, content, "text/plain", "Supplement", name, CREATED_AT)
        for name, content in files.items()
    ]
    found = sealing.verify(sealing.seal(pdf.embed(blank_pdf(), embedded), **REASON))

    assert found.is_intact
    assert {item.name: item.state for item in found.attachments} == states
    assert not found.attachments_match
    assert not found.is_genuine


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{", b'{"documents": 5}', b'{"documents": [{}]}', b"\xff"])
def test_a_sealed_file_with_an_unreadable_list_is_said_to_be_so(manifest):
    embedded = pdf.EmbeddedFile("decision.json", manifest, "application/json", "Data", "", CREATED_AT)
    found = sealing.verify(sealing.seal(pdf.embed(blank_pdf(), [embedded]), **REASON))

    assert not found.is_genuine
    assert found.problems[0].startswith("The sealed content cannot be read")


def test_a_sealed_pdf_without_attachments_is_genuine():
    found = sealing.verify(sealing.seal(blank_pdf(), **REASON))

    assert found.is_genuine
    assert (found.order_reference, found.attachments) == ("", ())


def blank_pdf() -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    target = BytesIO()
    document.save(target)
    return target.getvalue()


# Hostile files


CRAFTED = {
    "nothing": b"",
    "no pdf": b"\x00" * 1000,
    "range beyond the end": b"%PDF-1.7 /ByteRange [0 10 20 999999999999]",
    "range of nothing": b"%PDF-1.7 /ByteRange [0 0 0 0]",
    "huge numbers": b"/ByteRange [0 " + b"9" * 5000 + b" 1 1]",
    "no signature between": b"/ByteRange [0 25 29 1]     <zz>x",
    "no cms between": b"/ByteRange [0 25 31 1]     <3000>x",
    "odd digits": b"/ByteRange [0 25 30 1]     <300>x",
    "many ranges": b"/ByteRange [0 1 2 3]" * 100_000,
    "deep cms": b"/ByteRange [0 30 4032 1]      <" + b"3080" * 1000 + b">x",
}


@pytest.mark.parametrize("content", CRAFTED.values(), ids=CRAFTED)
def test_crafted_bytes_are_no_seal(content):
    found = sealing.verify(content)

    assert not found.is_signed
    assert not found.is_genuine


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_verify_never_raises_and_never_accepts_a_mutated_file(data):
    content = bytearray(sealed())
    start = data.draw(st.integers(0, len(content) - 1))
    end = data.draw(st.integers(start, min(len(content), start + 400)))
    content[start:end] = data.draw(st.binary(max_size=60))

    found = sealing.verify(bytes(content))

    assert found.is_genuine == (bytes(content) == sealed())


# Keys


def test_the_development_key_is_private_and_its_ca_can_be_handed_out(own_keys):
    sealing_key()

    key_file, ca_file = own_keys / "seal-development.pem", own_keys / "seal-development-ca.pem"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    ca = x509.load_pem_x509_certificate(ca_file.read_bytes())
    certificate = x509.load_pem_x509_certificates(key_file.read_bytes())[0]
    certificate.verify_directly_issued_by(ca)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)
    assert b"PRIVATE KEY" not in ca_file.read_bytes()
    assert key_file.read_bytes().count(b"PRIVATE KEY") == 2


def test_the_development_key_stays_the_same(own_keys):
    first = sealing_key().certificate_sha256
    from nt24.documents import certificates

    certificates._loaded.cache_clear()

    assert sealing_key().certificate_sha256 == first


def _bundle(keys: str) -> bytes:
    from nt24.documents.certificates import _development_bundle

    return _development_bundle(Path(keys))


def test_processes_that_start_together_use_one_key(tmp_path):
    with multiprocessing.get_context("fork").Pool(8) as pool:
        bundles = pool.map(_bundle, [str(tmp_path / "keys")] * 32, chunksize=1)

    assert len(set(bundles)) == 1
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {
        "seal-development.pem",
        "seal-development.pem.lock",
        "seal-development-ca.pem",
    }


@pytest.mark.parametrize("kind", ["P-256", "RSA"])
def test_a_pkcs12_key_seals_and_is_trusted(pkcs12_file, kind):
    pkcs12_file(kind=kind)

    found = sealing.verify(sealing.seal(unsealed(), **REASON))

    assert found.is_genuine
    assert found.signer == "Test Seal GmbH"
    assert not sealing_key().is_development


@pytest.mark.parametrize("kind", ["P-256", "RSA"])
def test_a_flipped_digit_is_found_under_a_pkcs12_key_too(pkcs12_file, kind):
    pkcs12_file(kind=kind)
    content = sealing.seal(unsealed(), **REASON)
    start, end = digits_of_signature(content)

    unnoticed = []
    for place in range(start, end, 17):
        changed = bytearray(content)
        changed[place] ^= 0x01
        if sealing.verify(bytes(changed)).is_genuine:
            unnoticed.append(place - start)

    assert unnoticed == []


def test_the_development_seal_is_not_trusted_by_another_installation(pkcs12_file):
    pkcs12_file()

    found = sealing.verify(sealed())

    assert found.is_intact
    assert not found.is_trusted


def test_an_earlier_root_stays_trusted_when_the_operator_keeps_it(own_keys, pkcs12_file):
    earlier = Authority("Earlier Root")
    pkcs12_file(authority=earlier)
    content = sealing.seal(unsealed(), **REASON)
    pkcs12_file()

    assert not sealing.verify(content).is_trusted

    (own_keys / "trusted-roots" / "earlier.pem").write_bytes(earlier.pem)

    assert sealing.verify(content).is_genuine


def test_a_seal_of_an_expired_certificate_is_intact_but_not_trusted(pkcs12_file):
    pkcs12_file(days=50)

    found = sealing.verify(sealing.seal(unsealed(), **REASON))

    assert found.is_intact
    assert found.order_reference == "DEAL-2026-04-00451"
    assert not found.is_trusted
    assert found.problems == ("The seal cannot be traced to a certificate this service trusts.",)


@pytest.mark.parametrize("problem", ["password", "content", "absent", "no key"])
def test_an_unusable_pkcs12_file_is_said_to_be_so(pkcs12_file, settings, problem):
    path = pkcs12_file()
    if problem == "password":
        settings.SIGNING_PASSWORD = "wrong"
    elif problem == "content":
        path.write_bytes(b"no key store")
    elif problem == "absent":
        path.unlink()
    else:
        path.write_bytes(certificates_only())

    with pytest.raises(sealing.SigningKeyUnusable, match=re.escape(path.name)) as caught:
        sealing.seal(unsealed(), **REASON)
    assert "wrong" not in str(caught.value)


def certificates_only() -> bytes:
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption

    encryption = BestAvailableEncryption(b"secret")
    return pkcs12.serialize_key_and_certificates(
        b"x", None, None, [Authority("Lonely").certificate], encryption
    )


# Time stamps


def test_a_time_stamp_raises_the_level(own_keys, settings):
    with a_time_stamping_server(Authority("TSA Root")) as settings.TSA_URL:
        content = sealing.seal(unsealed(), **REASON)

    found = sealing.verify(content)
    assert found.is_genuine
    assert found.level == "B-B"  # the authority is not among those we trust: its time proves nothing

    signature = PdfFileReader(BytesIO(content)).embedded_signatures[0]
    assert len(signature.signer_info["unsigned_attrs"]) == 1


def test_a_trusted_time_stamp_gives_a_long_term_seal(own_keys, settings):
    root = Authority("TSA Root")
    (own_keys / "trusted-roots" / "tsa.pem").write_bytes(root.pem)
    with a_time_stamping_server(root) as settings.TSA_URL:
        content = sealing.seal(unsealed(), **REASON)

    found = sealing.verify(content)

    assert found.level == "B-LTA"
    assert found.is_genuine
    assert found.problems == ()
    assert found.order_reference == "DEAL-2026-04-00451"


def test_something_added_to_a_long_term_seal_is_found(own_keys, settings):
    root = Authority("TSA Root")
    (own_keys / "trusted-roots" / "tsa.pem").write_bytes(root.pem)
    with a_time_stamping_server(root) as settings.TSA_URL:
        content = sealing.seal(unsealed(), **REASON)

    assert sealing.verify(content).is_genuine
    assert not sealing.verify(content + b"\n").is_genuine
    assert sealing.verify(content + b"\n").modified_after
    assert not sealing.verify(signed_by_stranger(content)).is_genuine


def test_a_long_term_seal_outlives_its_certificate(own_keys, settings, pkcs12_file):
    root = Authority("TSA Root")
    (own_keys / "trusted-roots" / "tsa.pem").write_bytes(root.pem)
    pkcs12_file(days=101)
    with a_time_stamping_server(root) as settings.TSA_URL:
        content = sealing.seal(unsealed(), **REASON)

    with time_machine.travel(datetime.now(UTC) + timedelta(days=30)):
        found = sealing.verify(content)

    assert found.is_trusted
    assert found.is_genuine


def test_a_time_stamping_authority_that_does_not_answer_stops_the_sealing(settings):
    settings.TSA_URL = "http://127.0.0.1:9/tsa"

    with pytest.raises(sealing.SealingFailed, match="unreachable"):
        sealing.seal(unsealed(), **REASON)


def test_a_stranger_s_field_cannot_take_the_place_of_ours():
    writer = IncrementalPdfFileWriter(BytesIO(unsealed()))
    from pyhanko.sign.fields import append_signature_field

    append_signature_field(writer, SigFieldSpec("NT24Seal"))
    target = BytesIO()
    writer.write(target)

    found = sealing.verify(signed_by_stranger(target.getvalue(), field="NT24Seal"))

    assert found.is_signed
    assert not found.is_trusted


def test_certificates_are_named_even_without_a_common_name():
    from nt24.documents.certificates import common_name

    name = asn1_x509.Name.build({"organization_name": "Only Org"})
    certificate = sealing_key().certificate.copy()
    certificate["tbs_certificate"]["subject"] = name

    assert common_name(certificate) == "Organization: Only Org"
