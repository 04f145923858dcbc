"""What a stranger can make `/verify` read: each file is answered, and none takes more than its two seconds.

The kernel ends the confined process at the limit, so an answer other than "too much" is the measurement.
"""

import zlib
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO

import pikepdf
import pytest
from asn1crypto import x509 as asn1_x509
from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from nt24.documents import sealing, seals
from nt24.documents.certificates import sealing_key
from nt24.documents.confinement import Overrun, checking
from nt24.documents.seals import SEAL_HEX_LENGTH
from tests.documents import hostile
from tests.pages.sealed import sealed_export_file

TOO_MUCH = "The file takes too much time or memory to be checked."


@cache
def sealed() -> bytes:
    return sealed_export_file()


# --- Certificates -----------------------------------------------------------------------------------------------------
def issued(
    subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, by: ec.EllipticCurvePrivateKey, number: int
):
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(number)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=99))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(by, hashes.SHA256())
    )


def translated(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def keys(count: int) -> list[ec.EllipticCurvePrivateKey]:
    return [ec.generate_private_key(ec.SECP256R1()) for _ in range(count)]


def of_one_name(count: int) -> list[x509.Certificate]:
    """Every one seems to be issued by every other."""
    made = keys(count)
    return [issued("Loop", key, "Loop", made[number - 1], number + 10) for number, key in enumerate(made)]


def in_a_chain(count: int) -> list[x509.Certificate]:
    """One above the other; the first is the signer's issuer."""
    made = keys(count + 1)
    return [
        issued(
            "Loop" if not number else f"CA {number}", key, f"CA {number + 1}", made[number + 1], number + 10
        )
        for number, key in enumerate(made[:-1])
    ]


def crossed() -> list[x509.Certificate]:
    """Two names that vouch for each other in a circle, four times over."""
    made = keys(8)
    names = ("Loop", "Circle")
    return [issued(names[n % 2], key, names[(n + 1) % 2], made[n - 1], n + 10) for n, key in enumerate(made)]


def under_our_name() -> list[x509.Certificate]:
    """As if our root had issued them."""
    root = sealing_key().roots[0].subject.native["common_name"]
    made = keys(6)
    return [issued("Loop", key, root, key, number + 10) for number, key in enumerate(made)]


def signed_with(certificates: list[x509.Certificate]) -> bytes:
    """A stranger's signature that carries these."""
    (key,) = keys(1)
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = signers.SimpleSigner(
        signing_cert=translated(issued("Stranger", key, "Loop", key, 5)),
        signing_key=PrivateKeyInfo.load(der),
        cert_registry=SimpleCertificateStore.from_certs([translated(one) for one in certificates]),
    )
    target = BytesIO()
    signers.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(hostile.honest_pdf())),
        signers.PdfSignatureMetadata(field_name="Stranger"),
        signer=signer,
        output=target,
    )
    return target.getvalue()


CERTIFICATES = {
    "seven of one name": lambda: of_one_name(7),
    "forty of one name": lambda: of_one_name(40),
    "a chain of seven": lambda: in_a_chain(7),
    "a chain of sixty": lambda: in_a_chain(60),
    "circles": crossed,
    "issued by us, they say": under_our_name,
}


@pytest.mark.parametrize("make", CERTIFICATES.values(), ids=CERTIFICATES.keys())
def test_certificates_that_a_stranger_embeds_build_no_path(make):
    found = sealing.verify(signed_with(make()))

    assert found.is_signed is (len(make()) < seals.MAX_CERTIFICATES)
    assert not found.is_trusted
    assert TOO_MUCH not in found.problems


@pytest.mark.parametrize("make", CERTIFICATES.values(), ids=CERTIFICATES.keys())
def test_a_path_is_never_searched_among_them(make, monkeypatch):
    monkeypatch.setattr(seals, "CertificateValidator", lambda *_, **__: pytest.fail("was searched"))

    seal = seals.best_seal(signed_with(make()), trust_of_today())

    assert seal is None or not seal.is_ours


def trust_of_today() -> seals.Trust:
    from nt24.documents.certificates import trust

    return trust()


# --- Signatures -------------------------------------------------------------------------------------------------------
def signature_text(content: bytes) -> bytes:
    start = content.rindex(b"/Contents <")
    return content[start : content.index(b">", start) + 1]


RANGE_LENGTH = len(b"/ByteRange [0 0000000000 0000000000 0]")


def with_signatures(text: bytes, count: int) -> bytes:
    """Behind one another at the end of the file, each with a range that covers all before it."""
    content = bytearray(sealed())
    for _ in range(count):
        before = len(content) + RANGE_LENGTH + text.index(b"<")
        content += b"/ByteRange [0 %010d %010d 0]" % (before, len(content) + RANGE_LENGTH + len(text)) + text
    return bytes(content)


def foreign_digits(length: int) -> bytes:
    return b"/Contents <" + b"30" * (length // 2) + b">"


SIGNATURES = {
    "ours, 300 times": lambda: with_signatures(signature_text(sealed()), 300),
    "a stranger's, 300 times": lambda: with_signatures(signature_text(signed_with([])), 300),
    "long digits, 30 times": lambda: with_signatures(foreign_digits(SEAL_HEX_LENGTH - 100), 30),
    "digits longer than any": lambda: with_signatures(foreign_digits(4 * SEAL_HEX_LENGTH), 3),
    "20,000 ranges": lambda: sealed() + b"/ByteRange [0 1 2 3]" * 20_000,
    "ranges without end": lambda: sealed() + b"/ByteRange [" + b" " * 3_000_000,
}


@pytest.mark.parametrize("make", SIGNATURES.values(), ids=SIGNATURES.keys())
def test_many_signatures_are_not_hashed_one_by_one(make):
    found = sealing.verify(make())

    assert not found.is_genuine
    assert TOO_MUCH not in found.problems


# --- What is added to a file of ours ----------------------------------------------------------------------------------
def updated(*, objects: bytes, trailer: bytes = b"") -> bytes:
    """One more revision with these objects; its index names none of them."""
    content = sealed() + objects
    prev = int(sealed().rpartition(b"startxref")[2].split()[0])
    start = len(content)
    return content + b"xref\n0 0\ntrailer\n<</Root 1 0 R/Size 99/Prev %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        prev, trailer, start,
    )  # fmt: skip


def many_updates(count: int) -> bytes:
    content = bytearray(sealed())
    prev = int(sealed().rpartition(b"startxref")[2].split()[0])
    for _ in range(count):
        start = len(content)
        content += b"xref\n0 0\ntrailer\n<</Root 1 0 R/Size 99/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
            prev,
            start,
        )
        prev = start
    return bytes(content)


def circular_index() -> bytes:
    start = len(sealed())
    return sealed() + b"xref\n0 0\ntrailer\n<</Root 1 0 R/Size 99/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        start,
        start,
    )


def bomb_of_revocations() -> bytes:
    """A store of revocation lists that unfolds to a gigabyte."""
    pdf = pikepdf.open(BytesIO(sealed()))
    packed = zlib.compress(bytes(300_000_000), 9)
    stream = b"90 0 obj\n<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream\nendobj\n" % (
        len(packed),
        packed,
    )
    store = b"91 0 obj\n<</DSS<</CRLs[90 0 R 90 0 R]/OCSPs[90 0 R]>>>>\nendobj\n"
    pdf.close()
    return updated(objects=stream + store)


ADDITIONS = {
    "2,000 revisions": lambda: many_updates(2_000),
    "an index that names itself": circular_index,
    "revocation lists of a gigabyte": bomb_of_revocations,
    "deep arrays": lambda: updated(objects=b"92 0 obj\n" + b"[" * 300_000 + b"]" * 300_000 + b"\nendobj\n"),
    "two megabytes": lambda: sealed() + b"%" + b"-" * 2_000_000,
}


@pytest.mark.parametrize("make", ADDITIONS.values(), ids=ADDITIONS.keys())
def test_what_is_added_to_a_file_of_ours_makes_it_altered(make):
    found = sealing.verify(make())

    assert found.is_signed
    assert found.is_intact
    assert found.modified_after
    assert not found.is_genuine


# --- The limit itself ------------------------------------------------------------------------------------------------
def test_a_stranger_has_two_seconds_and_the_next_file_is_checked():
    assert checking.cpu_seconds == 2

    with pytest.raises(Overrun):
        checking.run(sum, range(10**12))

    assert sealing.verify(sealed()).is_genuine


def test_a_file_that_takes_too_much_is_not_ours(monkeypatch):
    def overrun(*_, **__):
        raise Overrun

    monkeypatch.setattr(checking, "run", overrun)

    found = sealing.verify(sealed())

    assert found.problems == (TOO_MUCH,)
    assert not found.is_genuine


def test_a_file_on_the_disk_is_checked_where_it_lies(tmp_path):
    path = tmp_path / "export.pdf"
    for content, is_genuine in (
        (sealed(), True),
        (sealed() + b"\n", False),
        (b"", False),
        (hostile.honest_pdf(), False),
    ):
        path.write_bytes(content)

        found = sealing.verify(path)

        assert found.is_genuine is is_genuine
        assert found == sealing.verify(content)
