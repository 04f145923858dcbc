"""TLS certificates for local servers, issued by an authority that only `trusting` trusts."""

import ssl
import tempfile
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@cache
def authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, signed(key, "Test authority", key, "Test authority", is_authority=True)


def signed(
    key: ec.EllipticCurvePrivateKey,
    name: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    issuer: str,
    *,
    expired: bool = False,
    is_authority: bool = False,
) -> x509.Certificate:
    now = datetime.now().astimezone()
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now - timedelta(days=1) if expired else now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name.replace(" ", "-"))]), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256())


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(name: str, *, expired: bool = False, self_signed: bool = False) -> ssl.SSLContext:
    """A server's side of TLS under this host name."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer_key = key if self_signed else authority()[0]
    issued = signed(key, name, issuer_key, name if self_signed else "Test authority", expired=expired)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder) / "both.pem"
        both.write_bytes(as_pem(key) + issued.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(both)
    return context


def as_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def trusting() -> ssl.SSLContext:
    """A client's side of TLS that trusts the authority of these tests."""
    text = authority()[1].public_bytes(serialization.Encoding.PEM).decode()
    return ssl.create_default_context(cadata=text)
