"""Orders with their vehicles, invoices and payment, and what was read in their papers."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.functional import cached_property

from nt24.claims import Claimable
from nt24.money import Money
from nt24.prefixes import InByteOrder
from nt24.records import Record
from orders.vin import VinEnd

CURRENCY_LENGTH = 3  # ISO 4217


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, seller_id: int) -> "OrderQuerySet":
        return self.filter(seller_id=seller_id)

    def for_change(self) -> "OrderQuerySet":
        """Lock the row: the first lock of every write about an order, so that its facts are assessed in turn."""
        return self.select_for_update(of=("self",), no_key=True)


class Order(Record):
    """One deal. `status` is never set by hand: it follows from the facts (`compliance.verdict.order_status`)."""

    class Status(models.TextChoices):
        CREATED = "CREATED"
        INVOICE_SUBMITTED = "INVOICE_SUBMITTED"
        PAYMENT_SUBMITTED = "PAYMENT_SUBMITTED"
        READY_FOR_PICKUP = "READY_FOR_PICKUP"
        TRANSPORT_IN_PROGRESS = "TRANSPORT_IN_PROGRESS"
        TRANSPORT_COMPLETED = "TRANSPORT_COMPLETED"
        COMPLIANCE_VALID = "COMPLIANCE_VALID"
        COMPLIANCE_INVALID = "COMPLIANCE_INVALID"
        CANCELLED = "CANCELLED"

    # Everything but cancelling follows from facts, which may be corrected; so the only move made by hand is this one.
    MOVES = {
        Status.CREATED: {Status.CANCELLED},
        Status.INVOICE_SUBMITTED: {Status.CANCELLED},
        Status.PAYMENT_SUBMITTED: {Status.CANCELLED},
        Status.READY_FOR_PICKUP: {Status.CANCELLED},
        Status.TRANSPORT_IN_PROGRESS: {Status.CANCELLED},
        Status.TRANSPORT_COMPLETED: {Status.CANCELLED},
        Status.COMPLIANCE_VALID: set[str](),
        Status.COMPLIANCE_INVALID: set[str](),
        Status.CANCELLED: set[str](),
    }
    EVENT_PREFIX = "order"
    JUDGED = (Status.COMPLIANCE_VALID, Status.COMPLIANCE_INVALID)

    seller = models.ForeignKey("partners.Seller", on_delete=models.PROTECT, related_name="orders")
    buyer = models.ForeignKey("buyers.Buyer", on_delete=models.PROTECT, related_name="orders")
    external_order_id = models.CharField(max_length=100)
    purchase_on = models.DateField()
    responsible_contact = models.JSONField(
        null=True,
        blank=True,
        help_text="first_name, last_name, email and perhaps phone of the seller's person.",
    )
    status = models.CharField(max_length=21, choices=Status.choices, default=Status.CREATED)
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    total_amount = models.PositiveBigIntegerField(help_text="Minor units; the sum of the vehicles.")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=500, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "external_order_id"], name="one_order_per_external_id"),
            models.CheckConstraint(
                condition=Q(status="CANCELLED", cancelled_at__isnull=False)
                | (~Q(status="CANCELLED") & Q(cancelled_at__isnull=True)),
                name="order_cancelled_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "-created_at", "-id"], name="order_newest_first"),
            models.Index(fields=["seller", "status", "-created_at", "-id"], name="order_by_status"),
            models.Index(fields=["buyer", "-created_at", "-id"], name="order_by_buyer"),
            models.Index(fields=["seller", "-updated_at", "-id"], name="order_by_update"),
            models.Index(fields=["status"], name="order_by_status_of_all"),
            models.Index(InByteOrder(Upper("external_order_id")), name="order_by_external_id"),
        ]

    def __str__(self) -> str:
        return self.external_order_id

    @property
    def total(self) -> Money:
        return Money(self.total_amount, self.currency)

    @cached_property
    def vehicles_in_order(self) -> list["Vehicle"]:
        """As they were sent; uses what `prefetch_related("vehicles")` has brought."""
        return sorted(self.vehicles.all(), key=lambda vehicle: vehicle.position)

    @property
    def is_cancelled(self) -> bool:
        return self.status == self.Status.CANCELLED

    @property
    def is_judged(self) -> bool:
        return self.status in self.JUDGED


class Vehicle(models.Model):
    """One VIN of an order."""

    class Compliance(models.TextChoices):
        PENDING = "PENDING"
        TRANSPORT_PENDING = "TRANSPORT_PENDING"
        DELIVERED = "DELIVERED"
        VALID = "VALID"
        INVALID = "INVALID"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="vehicles")
    position = models.PositiveSmallIntegerField()
    vin = models.CharField(max_length=17, db_index=True)
    brand = models.CharField(max_length=100)
    model = models.CharField(max_length=100)
    mileage = models.PositiveIntegerField(null=True, blank=True, help_text="Kilometres.")
    first_registered_on = models.DateField(null=True, blank=True)
    purchase_amount = models.PositiveBigIntegerField(help_text="Minor units of the order's currency.")
    compliance_status = models.CharField(
        max_length=17, choices=Compliance.choices, default=Compliance.PENDING, editable=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "vin"], name="one_vehicle_per_vin_in_an_order"),
            models.UniqueConstraint(fields=["order", "position"], name="one_vehicle_per_position"),
        ]
        indexes = [
            models.Index(InByteOrder("vin"), name="vehicle_by_vin"),
            models.Index(VinEnd("vin"), name="vehicle_by_end_of_vin"),
        ]

    def __str__(self) -> str:
        return self.vin

    @property
    def price(self) -> Money:
        return Money(self.purchase_amount, self.order.currency)


class Invoice(Record):
    """The preliminary or the final invoice. The status follows from its PDF and the checks."""

    class Type(models.TextChoices):
        PRELIMINARY = "PRELIMINARY"
        FINAL = "FINAL"

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "data without PDF"
        SUBMITTED = "SUBMITTED", "PDF there, not yet judged"
        VALID = "VALID"
        INVALID = "INVALID"

    EVENT_PREFIX = "invoice"
    CONTENT = (
        "invoice_on", "invoice_number", "vat_included", "amount", "currency", "margin_scheme", "buyer_name",
        "vat_rate", "vat_amount",
    )  # fmt: skip

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="invoices")
    type = models.CharField(max_length=11, choices=Type.choices)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.DRAFT, editable=False)
    invoice_on = models.DateField()
    invoice_number = models.CharField(max_length=100)
    vat_included = models.BooleanField()
    amount = models.PositiveBigIntegerField(help_text="Minor units.")
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    margin_scheme = models.BooleanField(default=False, help_text="Art. 313 Directive 2006/112/EC.")
    vat_rate = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1900 is 19 %.")
    vat_amount = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Minor units, within amount."
    )
    buyer_name = models.CharField(max_length=200, blank=True)
    final_invoice_required = models.BooleanField(default=False, editable=False)
    final_invoice_received = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "type"], name="one_invoice_per_type")]
        indexes = [
            models.Index(InByteOrder(Upper("invoice_number")), name="invoice_by_number"),
            models.Index(fields=["order"], condition=Q(type="FINAL"), name="invoice_final"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.invoice_number}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def vat(self) -> Money | None:
        """The tax within `money`, where the invoice data states it."""
        return Money(self.vat_amount, self.currency) if self.vat_amount is not None else None


class Payment(Record):
    """How the order was paid, by bank and in cash."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "data without proof"
        SUBMITTED = "SUBMITTED", "proof there, not yet judged"
        VALID = "VALID"
        INVALID = "INVALID"

    EVENT_PREFIX = "payment"
    CONTENT = ("payment_on", "bank_amount", "cash_amount", "currency", "source_iban", "new_source_iban")

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="payment")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.DRAFT, editable=False)
    payment_on = models.DateField()
    bank_amount = models.PositiveBigIntegerField(help_text="Minor units.")
    cash_amount = models.PositiveBigIntegerField(help_text="Minor units.")
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    source_iban = models.CharField(max_length=34, blank=True, db_index=True)
    new_source_iban = models.BooleanField(default=False, help_text="The buyer declared a new account.")
    amount_matches_invoice = models.BooleanField(default=False, editable=False)
    # Decided when the account is stated (contract 16.7), so that another order's later fate cannot change it.
    iban_consistent = models.BooleanField(default=True, editable=False)
    ready_for_pickup_at = models.DateTimeField(null=True, blank=True, editable=False)

    def __str__(self) -> str:
        return f"Payment of {self.order_id}"

    @property
    def bank(self) -> Money:
        return Money(self.bank_amount, self.currency)

    @property
    def cash(self) -> Money:
        return Money(self.cash_amount, self.currency)

    @property
    def is_ready_for_pickup(self) -> bool:
        return self.ready_for_pickup_at is not None


class NameConfirmation(models.Model):
    """Somebody has looked at two similar names and says that both are the buyer's; it holds for all his invoices."""

    buyer = models.ForeignKey("buyers.Buyer", on_delete=models.PROTECT, related_name="+")
    name_on_invoice = models.CharField(max_length=200)
    company_name = models.CharField(max_length=200)
    confirmed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["buyer", "name_on_invoice", "company_name"], name="one_confirmation_per_pair_of_names"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name_on_invoice} is {self.company_name}"


class Reading(Claimable):
    """A look at the text of one paper, for hints to staff (orders/hints.py). Nothing is decided by what it says."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="readings")
    document = models.OneToOneField("documents.Document", on_delete=models.PROTECT, related_name="+")
    hints = models.JSONField(default=list, help_text="[{code, found, sentence}]")
    read_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Reading of {self.document_id}"

    @property
    def findings(self) -> str:
        """The hints as sentences; empty until the paper has been read."""
        return " ".join(hint["sentence"] for hint in self.hints)
