"""What stands behind the links that a seller hands out: invitations, drafts, prospects and the seller's look."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from nt24 import languages
from nt24.addresses import Address, AddressField
from nt24.documents.models import HEIC, ContentType, ScanStatus
from nt24.documents.types import DocumentType, Module, types_of
from nt24.records import Record


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, seller_id: int) -> "InvitationQuerySet":
        return self.filter(seller_id=seller_id)

    def for_change(self) -> "InvitationQuerySet":
        """Lock the row; the buyer's lock, if there is a buyer, is taken before it."""
        return self.select_for_update(of=("self",), no_key=True)


class Invitation(Record):
    """A link to one page: for a buyer's papers (KYC, usable once) or for anybody's form (PROSPECT, reusable).

    The link itself is stored nowhere: `buyers/links.py` makes it from the uuid and the secret key.
    """

    class Kind(models.TextChoices):
        KYC = "KYC"
        PROSPECT = "PROSPECT"

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        USED = "USED"
        REVOKED = "REVOKED"
        EXPIRED = "EXPIRED"

    # A PROSPECT link never becomes USED. Between `expires_at` and the task that moves it a link is ACTIVE and shut.
    MOVES: ClassVar[dict[str, set[str]]] = {
        Status.ACTIVE: {Status.USED, Status.REVOKED, Status.EXPIRED},
        Status.USED: set(),
        Status.REVOKED: set(),
        Status.EXPIRED: set(),
    }
    EVENT_PREFIX: ClassVar[str] = "invitation"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    seller = models.ForeignKey("partners.Seller", on_delete=models.PROTECT, related_name="invitations")
    buyer = models.ForeignKey(
        "buyers.Buyer", on_delete=models.PROTECT, related_name="invitations", null=True, blank=True
    )
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.ACTIVE)
    recipient_email = models.EmailField(blank=True)  # personal data; a PROSPECT link need not have one
    label = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=languages.LONGEST_CODE, choices=languages.choices)
    expires_at = models.DateTimeField()
    usage_count = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revocation_reason = models.CharField(max_length=500, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="KYC", buyer__isnull=False) & ~Q(recipient_email="")
                | Q(kind="PROSPECT", buyer__isnull=True),
                name="invitation_kyc_has_a_buyer",
            ),
            models.CheckConstraint(
                condition=Q(status="REVOKED", revoked_at__isnull=False)
                | Q(status__in=["ACTIVE", "USED", "EXPIRED"], revoked_at__isnull=True),
                name="invitation_revoked_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="USED") | Q(kind="KYC", last_used_at__isnull=False, usage_count=1),
                name="invitation_used_once_has_a_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["seller", "kind", "-created_at"], name="invitation_newest_first"),
            models.Index(fields=["buyer", "-created_at"], name="invitation_of_buyer"),
            models.Index(fields=["expires_at"], name="invitation_to_expire", condition=Q(status="ACTIVE")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} invitation {self.uuid}"


class Draft(models.Model):
    """A file that was uploaded behind a KYC link and not yet submitted. The files for one need become one `Document`;
    what was said about it (type, dates) stands with each of them and is the same.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    invitation = models.ForeignKey(Invitation, on_delete=models.PROTECT, related_name="drafts")
    need = models.CharField(max_length=100)  # `Need.name` of buyers/kyc.py
    type = models.CharField(max_length=40, choices=[(type.value, type.value) for type in DocumentType])
    document_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True)
    is_exposed = models.BooleanField(
        default=False, db_default=False
    )  # a declaration that names such a person
    file_name = models.CharField(max_length=150)  # a label for people, never a path
    content_type = models.CharField(max_length=20, choices=[*ContentType.choices, (HEIC, "Heic")])
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)  # lower-case hex
    storage_key = models.CharField(max_length=100, unique=True)
    scan_status = models.CharField(max_length=8, choices=ScanStatus.choices)
    pages = models.PositiveIntegerField(default=1, db_default=1)
    position = models.PositiveSmallIntegerField(default=0, db_default=0)  # among the files for one need
    turned = models.PositiveSmallIntegerField(default=0, db_default=0)  # degrees clockwise, by the buyer
    waits_for_date = models.BooleanField(default=False, db_default=False)
    # The same file stands for another need as well, and the buyer has said that this is right.
    is_meant_twice = models.BooleanField(default=False, db_default=False)
    remarks = models.CharField(
        max_length=60, blank=True, default="", db_default=""
    )  # of `first_look`, by commas
    thumbnail = models.BinaryField(null=True)  # a small JPEG
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["invitation", "need", "sha256"], name="one_draft_per_invitation_need_and_file"
            ),
            models.CheckConstraint(
                condition=Q(turned__in=[0, 90, 180, 270]), name="draft_is_turned_by_quarters"
            ),
            models.CheckConstraint(
                condition=Q(type__in=[type.value for type in types_of(Module.KYC)]),
                name="draft_is_a_kyc_paper",
            ),
            models.CheckConstraint(
                condition=Q(scan_status__in=["PENDING", "CLEAN", "SKIPPED"]), name="draft_is_not_infected"
            ),
        ]

    def __str__(self) -> str:
        return f"Draft {self.uuid}"


class ProspectQuerySet(models.QuerySet["Prospect"]):
    def visible_to(self, seller_id: int) -> "ProspectQuerySet":
        return self.filter(seller_id=seller_id)

    def for_change(self) -> "ProspectQuerySet":
        """Lock the row, before the buyer that it may become."""
        return self.select_for_update(of=("self",), no_key=True)


class Prospect(Record):
    """Somebody who has filled the form behind a PROSPECT link and would like to buy."""

    class Type(models.TextChoices):
        COMPANY = "COMPANY"
        CONSUMER = "CONSUMER"

    class Status(models.TextChoices):
        SUBMITTED = "SUBMITTED"
        CONVERTED = "CONVERTED"

    MOVES: ClassVar[dict[str, set[str]]] = {Status.SUBMITTED: {Status.CONVERTED}, Status.CONVERTED: set()}
    EVENT_PREFIX: ClassVar[str] = "prospect"

    seller = models.ForeignKey("partners.Seller", on_delete=models.PROTECT, related_name="prospects")
    invitation = models.ForeignKey(Invitation, on_delete=models.PROTECT, related_name="prospects")
    type = models.CharField(max_length=8, choices=Type.choices)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.SUBMITTED)
    company_name = models.CharField(max_length=200, blank=True)
    vat_number = models.CharField(max_length=15, blank=True)
    address = AddressField()  # a consumer's is personal data
    # Personal data; every read over the API is written to the access log.
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    email = models.EmailField()
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=languages.LONGEST_CODE, choices=languages.choices)
    submitted_at = models.DateTimeField(default=timezone.now, editable=False)
    buyer = models.ForeignKey(
        "buyers.Buyer", on_delete=models.PROTECT, related_name="prospects", null=True, blank=True
    )

    objects = ProspectQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(type="COMPANY") & ~Q(company_name="") & ~Q(vat_number="")
                | Q(type="CONSUMER", company_name="", vat_number=""),
                name="prospect_company_has_a_name_and_vat_number",
            ),
            models.CheckConstraint(
                condition=Q(status="SUBMITTED", buyer__isnull=True)
                | Q(status="CONVERTED", type="COMPANY", buyer__isnull=False),
                name="prospect_converted_is_a_buyer",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["seller", "-submitted_at"], name="prospect_newest_first"),
            models.Index(fields=["status", "submitted_at"], name="prospect_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.type} prospect {self.uuid}"

    @property
    def company_address(self) -> Address | None:
        """Where a company is; a consumer's address is where a person lives."""
        return self.address if self.type == self.Type.COMPANY else None


class SellerBranding(Record):
    """How a seller looks to his buyers. Without a row the seller's own name and our colours stand."""

    EVENT_PREFIX: ClassVar[str] = "branding"

    seller = models.OneToOneField("partners.Seller", on_delete=models.PROTECT, related_name="branding")
    display_name = models.CharField(max_length=100)
    logo_png = models.BinaryField(null=True)  # made by us from what was uploaded, see buyers/branding.py
    accent = models.CharField(max_length=7)  # #rrggbb, readable on white
    reply_to = models.EmailField()
    # Whom a buyer can ask; what is empty is not shown, and without an address answers go to `reply_to`.
    contact_name = models.CharField(max_length=100, blank=True, db_default="")
    contact_phone = models.CharField(max_length=40, blank=True, db_default="")
    contact_email = models.EmailField(blank=True, db_default="")
    arrival_mails_stopped = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name_plural = "seller brandings"

    def __str__(self) -> str:
        return f"Branding of {self.display_name}"
