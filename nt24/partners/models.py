"""Who may use the API: tenants, their OAuth clients and secrets, and the sellers that a tenant acts for."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from nt24.partners.days import DEFAULT_ZONE
from nt24.records import Record

# Hard ceilings of what ENTERPRISE may be given, calls per minute (contract 4.5). One machine carries about
# 1,700 rollup reads a second, so an organization that is allowed more needs a conversation about capacity
# first.
READ_CEILING = 120_000
WRITE_CEILING = 120_000
WEBHOOK_CEILING = 12_000


class RateLimitTier(models.TextChoices):
    STANDARD = "STANDARD"
    HIGH_VOLUME = "HIGH_VOLUME"
    ENTERPRISE = "ENTERPRISE"


# "Is not null" is said aloud: a check that compares with null is neither true nor false, and so would pass.
LIMITS_OF_ITS_OWN = Q(
    rate_limit_tier=RateLimitTier.ENTERPRISE,
    read_limit__isnull=False,
    write_limit__isnull=False,
    webhook_limit__isnull=False,
    read_limit__range=(1, READ_CEILING),
    write_limit__range=(1, WRITE_CEILING),
    webhook_limit__range=(1, WEBHOOK_CEILING),
)
LIMITS_OF_THE_TIER = ~Q(rate_limit_tier=RateLimitTier.ENTERPRISE) & Q(
    read_limit__isnull=True, write_limit__isnull=True, webhook_limit__isnull=True
)

SIGNED = (
    ~Q(storage_key="") & ~Q(sha256="") & ~Q(signer_name="") & ~Q(signer_role="") & Q(signed_on__isnull=False)
)
UNSIGNED = Q(storage_key="", sha256="", signer_name="", signer_role="", signed_on__isnull=True)


class Organization(Record):
    """`IntegrationOrganization`, the API tenant (contract 2); its clients share scope, limits and flags."""

    EVENT_PREFIX: ClassVar[str] = "organization"

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    admin_email = models.EmailField()
    rate_limit_tier = models.CharField(
        max_length=20, choices=RateLimitTier.choices, default=RateLimitTier.STANDARD
    )
    # Calls per minute, set for ENTERPRISE and only there.
    read_limit = models.PositiveIntegerField(null=True, blank=True)
    write_limit = models.PositiveIntegerField(null=True, blank=True)
    webhook_limit = models.PositiveIntegerField(null=True, blank=True)
    allow_marketplace_led_kyc = models.BooleanField(default=False)
    allow_multi_vin_orders = models.BooleanField(default=False)
    allow_contact_personal_data = models.BooleanField(default=False)
    allow_kyc_document_download = models.BooleanField(default=False)
    manage_clients = models.BooleanField(default=False, db_default=False)  # contract 17.16
    dpa_version = models.CharField(max_length=20, blank=True)
    dpa_accepted_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="organization_limits_belong_to_enterprise",
                condition=LIMITS_OF_ITS_OWN | LIMITS_OF_THE_TIER,
            ),
            models.CheckConstraint(
                name="organization_tier_is_known", condition=Q(rate_limit_tier__in=RateLimitTier.values)
            ),
            models.CheckConstraint(
                name="organization_accepted_dpa_has_a_version",
                condition=Q(dpa_accepted_at__isnull=True) | ~Q(dpa_version=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Agreement(Record):
    """A data processing agreement (GDPR, Art. 28) that an organization has accepted: one row each, never rewritten.

    The signed file lies in the storage. An agreement that a command has recorded has neither file nor signer.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="agreements")
    dpa_version = models.CharField(max_length=20)
    signed_on = models.DateField(null=True, blank=True)
    signer_name = models.CharField(max_length=200, blank=True)
    signer_role = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=150, blank=True)  # a label for people, never a path
    content_type = models.CharField(max_length=20, blank=True)
    size = models.PositiveIntegerField(default=0)  # bytes
    sha256 = models.CharField(max_length=64, blank=True)  # lower-case hex
    storage_key = models.CharField(max_length=100, blank=True)
    scan_status = models.CharField(max_length=8, blank=True)  # CLEAN, or SKIPPED without a scanner
    recorded_by = models.CharField(max_length=200)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["storage_key"], condition=~Q(storage_key=""), name="agreement_file_is_its_own"
            ),
            models.CheckConstraint(name="agreement_is_signed_or_has_no_file", condition=SIGNED | UNSIGNED),
        ]

    def __str__(self) -> str:
        return f"agreement {self.dpa_version} of organization {self.organization_id}"

    def is_signed(self) -> bool:
        return bool(self.storage_key)

    def is_released(self) -> bool:
        """Whether the file may be handed out: only a scanned one is ever recorded."""
        return self.is_signed()


class ApiClient(Record):
    """An OAuth 2.0 confidential client of exactly one organization; with an external issuer, its `azp`."""

    EVENT_PREFIX: ClassVar[str] = "client"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="clients")
    client_id = models.CharField(max_length=100, unique=True)  # api-client-{slug}
    label = models.CharField(max_length=200, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API client"
        ordering: ClassVar = ["client_id"]

    def __str__(self) -> str:
        return self.client_id


class ClientSecretQuerySet(models.QuerySet["ClientSecret"]):
    def valid_at(self, moment: datetime) -> "ClientSecretQuerySet":
        """Newest first."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=moment)).order_by("-pk")


class ClientSecret(models.Model):
    """One secret of a client, kept only as a digest.

    The digest is a plain SHA-256: a slow password hash protects guessable input, and a secret of 64 random
    characters (384 bits) is not guessable. Checking it therefore costs microseconds, so the token endpoint is
    no cheap target.
    """

    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, related_name="secrets")
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = ClientSecretQuerySet.as_manager()

    class Meta:
        verbose_name = "client secret"
        constraints: ClassVar = [
            # The newest secret has no end; a rotation gives the one before it an end first.
            models.UniqueConstraint(
                fields=["client"], condition=Q(expires_at__isnull=True), name="client_has_one_current_secret"
            ),
        ]

    def __str__(self) -> str:
        return f"secret {self.pk} of client {self.client_id}"


class Seller(Record):
    """An authorized partner: a `TradePartner` that sells, registered under exactly one organization.

    A dealer who works with two organizations is registered twice: a seller is the root of everything a tenant
    owns, so that no row can ever be reached from two tenants.
    """

    EVENT_PREFIX: ClassVar[str] = "seller"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="sellers")
    name = models.CharField(max_length=200)
    vat_number = models.CharField(max_length=15)  # the requester of VIES checks
    street = models.CharField(max_length=200)
    post_code = models.CharField(max_length=20)
    city = models.CharField(max_length=100)
    country = models.CharField(max_length=2)  # ISO 3166 alpha-2
    admin_email = models.EmailField()
    time_zone = models.CharField(
        max_length=64,
        default=DEFAULT_ZONE,
        db_default=DEFAULT_ZONE,
        help_text="Where it is which day: no date of this seller's orders is in the future there.",
    )
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
