"""Buyers, what is known about them, every answer of VIES about their VAT number and every identity verification."""

import uuid

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Concat, Substr
from django.utils import timezone

from buyers import invitation_models, names  # noqa: F401  Django knows the models that this module leads to
from nt24.addresses import AddressField
from nt24.claims import Claimable
from nt24.prefixes import InByteOrder
from nt24.records import Record
from nt24.vat_numbers import identity_of


class BuyerQuerySet(models.QuerySet["Buyer"]):
    def visible_to(self, seller_id: int) -> "BuyerQuerySet":
        return self.filter(seller_id=seller_id)

    def identified_by(self, vat_number: str) -> "BuyerQuerySet":
        """Under any spelling of the number (contract 17.12); without those that are another one's twin."""
        return self.filter(vat_identity=identity_of(vat_number), twin_of=None)

    def for_change(self) -> "BuyerQuerySet":
        """Lock the row: the first lock of every write about a buyer, taken before any order of his."""
        return self.select_for_update(of=("self",), no_key=True)


class Buyer(Record):
    """The dealer in another country. Its version covers the business data only; KYC has a record of its own."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        BLOCKED = "BLOCKED"

    class KycMode(models.TextChoices):
        MARKETPLACE_LED = "MARKETPLACE_LED", "Mode A: the marketplace identifies the buyer"
        NT24_LED = "NT24_LED", "Mode B: NT24 identifies the buyer"

    MOVES = {Status.ACTIVE: {Status.BLOCKED}, Status.BLOCKED: {Status.ACTIVE}}
    EVENT_PREFIX = "buyer"
    CONTENT = ("company_name", "address", "kyc_mode")

    seller = models.ForeignKey("partners.Seller", on_delete=models.PROTECT, related_name="buyers")
    vat_number = models.CharField(max_length=15, help_text="With the country prefix, as the partner sent it.")
    # Made by the database, so that no version of the code and no race can write it differently (ADR 0026).
    vat_identity = models.GeneratedField(
        expression=Case(
            When(vat_number__startswith="GR", then=Concat(Value("EL"), Substr("vat_number", 3))),
            default=F("vat_number"),
        ),
        output_field=models.CharField(max_length=15),
        db_persist=True,
    )
    twin_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="twins",
        help_text="The same number under GR and EL from before they were one: the buyer registered first.",
    )
    company_name = models.CharField(max_length=200)
    address = AddressField()
    kyc_mode = models.CharField(max_length=15, choices=KycMode.choices)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.ACTIVE)
    blocked_at = models.DateTimeField(null=True, blank=True)
    reminders_stopped_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when no paper that expires is mailed about."
    )

    objects = BuyerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "vat_identity"],
                condition=models.Q(twin_of__isnull=True),
                name="one_buyer_per_seller_and_vat_identity",
            ),
            models.CheckConstraint(
                condition=models.Q(status="ACTIVE", blocked_at__isnull=True)
                | models.Q(status="BLOCKED", blocked_at__isnull=False),
                name="buyer_blocked_has_a_time",
            ),
        ]
        permissions = [("view_personal_data", "Can read the personal data of buyers' people")]
        indexes = [
            models.Index(fields=["seller", "-created_at"], name="buyer_newest_first"),
            models.Index(InByteOrder("vat_number"), name="buyer_by_vat_number"),
        ]

    def __str__(self) -> str:
        return f"{self.company_name} ({self.vat_number})"

    @property
    def is_blocked(self) -> bool:
        return self.status == self.Status.BLOCKED


class Kyc(Record):
    """What verification and AML screening have said about a buyer. VIES is read from its checks.

    Both statuses follow from the buyer's verification sessions (buyers/verification.py).
    """

    class Verification(models.TextChoices):
        NOT_STARTED = "NOT_STARTED"
        IN_PROGRESS = "IN_PROGRESS"
        VERIFIED = "VERIFIED"
        REJECTED = "REJECTED"

    class Aml(models.TextChoices):
        NOT_APPLICABLE = "NOT_APPLICABLE"
        PENDING = "PENDING"
        CLEAR = "CLEAR"
        FLAGGED = "FLAGGED"

    buyer = models.OneToOneField(Buyer, on_delete=models.PROTECT, related_name="kyc")
    verification_status = models.CharField(
        max_length=11, choices=Verification.choices, default=Verification.NOT_STARTED
    )
    aml_status = models.CharField(max_length=14, choices=Aml.choices, default=Aml.NOT_APPLICABLE)
    exposed_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Since when a declared politically exposed person waits for a review.",
    )

    class Meta:
        verbose_name_plural = "KYC"
        permissions = [
            ("review_verification", "Can decide on a verification that waits for review"),
            ("clear_aml", "Can clear a hit of the AML screening"),
        ]
        indexes = [models.Index(fields=["aml_status"], name="kyc_by_aml_status")]

    def __str__(self) -> str:
        return f"KYC {self.buyer_id}"


class Contact(models.Model):
    """A person at the buyer. Every read is written to the PII access log."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="contacts")
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    email = models.EmailField()
    phone = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"Contact {self.uuid}"


class ViesCheck(Claimable):
    """One question to VIES and its answer with the raw evidence. Rows are never changed once answered."""

    class Status(models.TextChoices):
        QUEUED = "QUEUED"
        IN_PROGRESS = "IN_PROGRESS"
        COMPLETED = "COMPLETED"

    class Result(models.TextChoices):
        VALID = "VALID"
        INVALID = "INVALID"
        UNKNOWN = "UNKNOWN", "VIES gave no answer"

    class Cause(models.TextChoices):
        REQUESTED = "REQUESTED"
        ORDER = "ORDER", "first order of an unchecked buyer"
        READY_FOR_PICKUP = "READY_FOR_PICKUP"
        DAILY = "DAILY"

    URGENT = Q(tries=0) & ~Q(cause="DAILY")  # somebody asked; the daily look at buyers on the move can wait
    MOVES = {
        Status.QUEUED: {Status.IN_PROGRESS, Status.COMPLETED},
        Status.IN_PROGRESS: {Status.QUEUED, Status.COMPLETED},
        Status.COMPLETED: set[str](),
    }

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="vies_checks")
    vat_number = models.CharField(max_length=15, help_text="As asked: GR is written EL.")
    requester_vat_number = models.CharField(max_length=15, blank=True)
    cause = models.CharField(max_length=16, choices=Cause.choices)
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.QUEUED)
    result = models.CharField(max_length=7, choices=Result.choices, blank=True)
    error_code = models.CharField(max_length=60, blank=True, help_text="Why there is no answer yet.")
    consultation_number = models.CharField(max_length=60, blank=True)
    trader_name = models.CharField(max_length=500, blank=True)
    trader_address = models.CharField(max_length=1000, blank=True)
    request_body = models.TextField(blank=True)
    raw_body = models.TextField(blank=True)
    raw_sha256 = models.CharField(max_length=64, blank=True)
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "VIES check"
        constraints = [
            models.UniqueConstraint(
                fields=["buyer"],
                condition=~models.Q(status="COMPLETED"),
                name="one_open_vies_check_per_buyer",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="COMPLETED") | ~models.Q(result=""),
                name="completed_vies_check_has_a_result",
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="vies_check_newest_first"),
            models.Index(fields=["checked_at"], name="vies_check_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.vat_number} {self.status} {self.result}".strip()


class RefusedRequester(models.Model):
    """A seller's VAT number that VIES rejects as the requester's: the seller's checks wait until it is corrected.

    Gone once VIES has answered for the seller, or once the seller has another number (contract 17.14).
    """

    seller = models.ForeignKey("partners.Seller", on_delete=models.PROTECT, related_name="+")
    vat_number = models.CharField(max_length=15)
    since = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "vat_number"], name="one_notice_per_refused_requester")
        ]

    def __str__(self) -> str:
        return f"{self.vat_number} of seller {self.seller_id}"


class VerificationSession(Claimable):
    """One visit of the buyer to iDenfy and its result. The newest session of a buyer counts.

    The claim is for asking iDenfy about a result that never came. `MOVES` allows a correction, because a person at
    iDenfy may overrule the machine; `authority` says whose word the present status is.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", "waits for the buyer"
        IN_REVIEW = "IN_REVIEW", "waits for a decision of staff"
        VERIFIED = "VERIFIED"
        REJECTED = "REJECTED"
        EXPIRED = "EXPIRED", "ended without a result"

    class Authority(models.IntegerChoices):
        """Whose word a result is. Only a higher one changes anything, so order and repetition do not matter."""

        NOBODY = 0
        CLOCK = 1, "time ran out"
        ASKED = 2, "iDenfy, when asked"
        MACHINE = 3, "iDenfy, automatic"
        REVIEWER = 4, "iDenfy, by a person"
        STAFF = 5, "NT24 staff"

    MOVES = {
        Status.OPEN: {Status.IN_REVIEW, Status.VERIFIED, Status.REJECTED, Status.EXPIRED},
        Status.IN_REVIEW: {Status.VERIFIED, Status.REJECTED},
        Status.VERIFIED: {Status.IN_REVIEW, Status.REJECTED},
        Status.REJECTED: {Status.IN_REVIEW, Status.VERIFIED},
        # A result that comes after the time is a result all the same.
        Status.EXPIRED: {Status.IN_REVIEW, Status.VERIFIED, Status.REJECTED},
    }
    ENCRYPTED = ("link", "evidence")  # by nt24/vault.py

    uuid = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="The sessionId; iDenfy's clientId."
    )
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="verification_sessions")
    scan_ref = models.CharField(max_length=64, unique=True, help_text="iDenfy's name of the session.")
    link = models.BinaryField(null=True, help_text="Where the buyer goes; gone when there is a result.")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    authority = models.PositiveSmallIntegerField(choices=Authority.choices, default=Authority.NOBODY)
    aml_status = models.CharField(max_length=14, choices=Kyc.Aml.choices, default=Kyc.Aml.PENDING)
    overall = models.CharField(max_length=20, blank=True, help_text="The result in iDenfy's own word.")
    reason = models.CharField(max_length=200, blank=True, help_text="iDenfy's codes for what did not match.")
    evidence = models.BinaryField(null=True, help_text="What is kept of the callback.")
    raw_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the callback as it came.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["buyer"],
                condition=models.Q(status__in=["OPEN", "IN_REVIEW"]),
                name="one_open_verification_per_buyer",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["VERIFIED", "REJECTED"]) | models.Q(decided_at__isnull=False),
                name="verification_outcome_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="verification_newest_first"),
            models.Index(fields=["status", "created_at"], name="verification_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.uuid} {self.status}"


class SandboxAnswer(models.Model):
    """An answer that tests or staff have laid ready for the sandbox VIES; used once, oldest first."""

    vat_number = models.CharField(max_length=15, db_index=True)
    answer = models.CharField(max_length=60)

    def __str__(self) -> str:
        return f"{self.vat_number}: {self.answer}"
