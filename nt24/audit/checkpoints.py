"""Signs the state of the chain with the sealing key, and says whether such a signature holds.

A plain chain can be computed anew by whoever can rewrite the database; a signature cannot.
"""

from base64 import b64decode, b64encode
from datetime import datetime, timedelta

import structlog
from asn1crypto import pem
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from django.db import IntegrityError, transaction
from pyhanko.keys import load_certs_from_pemder_data

from nt24.actors import system
from nt24.audit.form import signed_text, told_of
from nt24.audit.models import Checkpoint, Link
from nt24.documents.certificates import SealingKey, SigningKeyUnusable, sealing_key, trust
from nt24.documents.seals import path_to_us
from nt24.events import announce

EVERY = timedelta(hours=1)
SIGNED = "checkpoint.signed"  # the entry about a checkpoint, written with it
SEALER = system("seal-entries")
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

log = structlog.get_logger(__name__)


def sign_if_due(now: datetime) -> None:
    """Sign the newest link, at most once in `EVERY` and only when the chain has grown; without a key, try again."""
    last = Checkpoint.objects.order_by("-position").first()
    head = Link.objects.order_by("-position").first()
    # The entry about the last checkpoint is no growth: nobody did anything.
    if head is None or (last and (head.position <= last.position + 1 or now < last.signed_at + EVERY)):
        return
    try:
        checkpoint = signed(head, now, sealing_key())
    except SigningKeyUnusable as error:
        log.warning("audit_checkpoint_postponed", position=head.position, error=str(error))
        return
    record(checkpoint)


def signed(head: Link, now: datetime, key: SealingKey) -> Checkpoint:
    between = [item for item in key.signer.cert_registry if not item.self_issued]
    certificates = dict.fromkeys(item.dump() for item in (key.certificate, *between))
    checkpoint = Checkpoint(
        position=head.position,
        chain=head.chain,
        signed_at=now,
        certificate="".join(pem.armor("CERTIFICATE", item).decode() for item in certificates),
    )
    signature = key.signer.sign_raw(signed_text(checkpoint), "sha256")
    checkpoint.signature = b64encode(signature).decode()
    return checkpoint


def record(checkpoint: Checkpoint) -> None:
    """Add the checkpoint and the entry about it, unless somebody else has just signed the same link.

    The log is the witness outside of the database.
    """
    try:
        with transaction.atomic(durable=True):
            checkpoint.save(force_insert=True)
            announce(checkpoint, SIGNED, by=SEALER, changes=told_of(checkpoint))
    except IntegrityError:
        log.info("audit_signed_by_another", position=checkpoint.position)
        return
    log.info("audit_checkpoint_signed", position=checkpoint.position, chain=checkpoint.chain)


def trusted_key(certificates: str) -> PublicKey | None:
    """The public key of the first of these certificates (PEM), if it leads to a root of ours."""
    try:
        certificate, *others = load_certs_from_pemder_data(certificates.encode())
        key = x509.load_der_x509_certificate(certificate.dump()).public_key()
        is_ours = path_to_us(certificate, others, trust()) is not None
    except (ValueError, TypeError, UnsupportedAlgorithm):  # not a certificate any more
        return None
    return key if is_ours and isinstance(key, PublicKey) else None


def is_signed(checkpoint: Checkpoint, key: PublicKey) -> bool:
    try:
        signature, text = b64decode(checkpoint.signature, validate=True), signed_text(checkpoint)
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(signature, text, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):  # ValueError: no base64
        return False
    return True
