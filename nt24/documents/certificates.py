"""The key that seals what we issue, and whom we trust when we verify it.

`SIGNING_PKCS12` holds the real key. Without it a development certificate is made once under `KEYS_DIR`, by a
CA of its own whose key is thrown away at once: nobody, including us, can issue a second one under it.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from asn1crypto import x509 as asn1_x509
from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from nt24.documents.seals import Trust, common_name

DEVELOPMENT_NAME = "NT24 development seal"
DEVELOPMENT_CA_NAME = "NT24 development CA"
DEVELOPMENT_DAYS = 3650
DIGESTS = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
DEVELOPMENT_KEY_FILE = "seal-development.pem"  # private key, certificate, CA certificate
DEVELOPMENT_CA_FILE = "seal-development-ca.pem"  # for auditors to import
TRUSTED_DIR = (
    "trusted-roots"  # PEM files: roots of earlier sealing certificates and of the time-stamping authority
)


class SigningKeyUnusable(Exception):
    """`SIGNING_PKCS12` cannot be read, its password is wrong, or it has no key and certificate."""


class KeptKeySigner(SimpleSigner):
    """Parses the private key once: for RSA, parsing it costs several times the signature."""

    @lru_cache(maxsize=1)  # noqa: B019  one signer lives as long as the process
    def _private_key(self) -> object:
        return serialization.load_der_private_key(self.signing_key.dump(), password=None)

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        key = self._private_key()
        digest = DIGESTS[digest_algorithm]
        mechanism = self.get_signature_mechanism_for_digest(digest_algorithm).signature_algo
        if isinstance(key, ec.EllipticCurvePrivateKey) and mechanism == "ecdsa":
            return key.sign(data, ec.ECDSA(digest))
        if isinstance(key, rsa.RSAPrivateKey) and mechanism == "rsassa_pkcs1v15":
            return key.sign(data, padding.PKCS1v15(), digest)
        signature: bytes = super().sign_raw(data, digest_algorithm)
        return signature


@dataclass(frozen=True, slots=True)
class SealingKey:
    """`roots`: what a verifier must trust to trust this key."""

    signer: KeptKeySigner
    certificate: asn1_x509.Certificate
    roots: tuple[asn1_x509.Certificate, ...]
    is_development: bool

    @property
    def name(self) -> str:
        return common_name(self.certificate)

    @property
    def certificate_sha256(self) -> str:
        fingerprint: bytes = self.certificate.sha256
        return fingerprint.hex()


def sealing_key() -> SealingKey:
    """The configured key, loaded once in a process.

    :raises SigningKeyUnusable: for a PKCS#12 file that cannot be used.
    """
    return _loaded(settings.SIGNING_PKCS12, settings.SIGNING_PASSWORD, Path(settings.KEYS_DIR))


def trust_roots() -> tuple[asn1_x509.Certificate, ...]:
    """The roots of the present key and everything the operator put into `KEYS_DIR/trusted-roots`."""
    return (*sealing_key().roots, *extra_roots())


def extra_roots() -> tuple[asn1_x509.Certificate, ...]:
    """What the operator trusts beside the present key: earlier keys, the time-stamping authority."""
    files = sorted((Path(settings.KEYS_DIR) / TRUSTED_DIR).glob("*.pem"))
    return tuple(
        certificate for file in files for certificate in load_certs_from_pemder_data(file.read_bytes())
    )


def trust() -> Trust:
    """Whose seals are ours, as of now."""
    roots = trust_roots()
    known = [certificate for certificate in sealing_key().signer.cert_registry if certificate not in roots]
    return Trust(
        roots=tuple(certificate.dump() for certificate in roots),
        intermediates=tuple(certificate.dump() for certificate in known),
        now=datetime.now(UTC),
    )


@lru_cache(maxsize=4)
def _loaded(pkcs12_path: str, password: str, keys_dir: Path) -> SealingKey:
    if pkcs12_path:
        return _from_pkcs12(Path(pkcs12_path), password)
    bundle = _development_bundle(keys_dir)
    certificate, *chain = load_certs_from_pemder_data(bundle)
    signer = _signer(certificate, load_private_key_from_pemder_data(bundle, passphrase=None), chain)
    return SealingKey(signer, certificate, tuple(chain), is_development=True)


def _from_pkcs12(path: Path, password: str) -> SealingKey:
    try:
        bundle = pkcs12.load_pkcs12(path.read_bytes(), password.encode() if password else None)
    except (OSError, ValueError) as error:
        raise SigningKeyUnusable(f"SIGNING_PKCS12 {path.name}: {error}") from error
    if bundle.key is None or bundle.cert is None:
        raise SigningKeyUnusable(f"SIGNING_PKCS12 {path.name}: it holds no key with its certificate")
    certificate = _translated(bundle.cert.certificate)
    chain = [_translated(item.certificate) for item in bundle.additional_certs]
    # Without a root in the file, the highest certificate there is what a verifier of ours can trust.
    roots = [item for item in chain if item.self_issued] or chain[-1:] or [certificate]
    private_key = bundle.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = _signer(certificate, PrivateKeyInfo.load(private_key), chain)
    return SealingKey(signer, certificate, tuple(roots), is_development=False)


def _translated(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _signer(
    certificate: asn1_x509.Certificate, key: PrivateKeyInfo, chain: list[asn1_x509.Certificate]
) -> KeptKeySigner:
    """Without the root inside: a verifier takes it from elsewhere, or it proves nothing."""
    return KeptKeySigner(
        signing_cert=certificate,
        signing_key=key,
        cert_registry=SimpleCertificateStore.from_certs(chain),
        embed_roots=False,
    )


def _development_bundle(keys_dir: Path) -> bytes:
    """The development key file, made by whoever comes first; the others wait and read the same one."""
    keys_dir.mkdir(parents=True, exist_ok=True)
    file = keys_dir / DEVELOPMENT_KEY_FILE
    with _locked(keys_dir / f"{DEVELOPMENT_KEY_FILE}.lock"):
        if not file.exists():
            private, public = _new_development_certificate()
            _write(keys_dir / DEVELOPMENT_CA_FILE, public, mode=0o644)
            _write(file, private, mode=0o600)
        return file.read_bytes()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """Whole or not at all: a process killed here leaves no half key under the final name."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # created with mode 0600
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).chmod(mode)
    Path(temporary).replace(path)


def _new_development_certificate() -> tuple[bytes, bytes]:
    """(private key + certificate + CA certificate, CA certificate alone), both PEM."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = _subject(DEVELOPMENT_CA_NAME)
    identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    authority = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    ca = (
        _certificate(ca_name, ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(for_ca=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    # nonRepudiation (content_commitment): validators call a signature without it untrusted.
    leaf = (
        _certificate(_subject(DEVELOPMENT_NAME), ca_name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(for_ca=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(authority, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    ca_pem = ca.public_bytes(serialization.Encoding.PEM)
    return private + leaf.public_bytes(serialization.Encoding.PEM) + ca_pem, ca_pem


def _subject(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "NT24 development"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _certificate(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    start = datetime.now(UTC) - timedelta(hours=1)  # clocks of two machines differ
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=DEVELOPMENT_DAYS))
    )


def _usage(*, for_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not for_ca,
        content_commitment=not for_ca,
        key_cert_sign=for_ca,
        crl_sign=for_ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
