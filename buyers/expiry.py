"""Reminders of papers that expire: by mail, at most weekly, about all of them at once, until somebody stops them.

That a paper no longer counts needs no reminder and no task: it follows from its last day (contract 11).
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from buyers.branding import branding_of
from buyers.invitation_models import Invitation
from buyers.kyc import NEEDS
from buyers.links import LinkUnknown, public_link
from buyers.models import Buyer, Contact
from nt24.actors import Actor, ActorKind
from nt24.audit.access import note_access
from nt24.documents.models import Document
from nt24.documents.types import DocumentType, Module
from nt24.events import announce
from nt24.languages import language_of_country
from nt24.mail.actions import queue_mail
from nt24.mail.models import Mail
from nt24.mail.rendering import render_mail
from nt24.records import action

EXPIRY_REMINDER = "buyers.expiry_reminder"
DAYS_BEFORE, DAYS_AFTER = 30, 90
REMINDED_EVERY_DAYS = 7
SALT = "nt24.buyers.expiry"
TITLES: dict[str, Promise] = {
    DocumentType.COC_EXTRACT: _("Company register extract"),
    DocumentType.VAT_CERTIFICATE: _("Proof of VAT registration"),
    DocumentType.CONTACT_ID_CARD: _("Identity card"),
    DocumentType.CONTACT_PASSPORT: _("Passport"),
    DocumentType.CONTACT_DRIVING_LICENCE: _("Driving licence"),
    DocumentType.CONTACT_POWER_OF_ATTORNEY: _("Power of attorney"),
    DocumentType.TP_TRADE_LICENCE: _("Trade licence"),
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Personal data. `link` is empty when the buyer has no open invitation."""

    email: str
    language: str
    link: str = ""


# --- Who is reminded of what ---------------------------------------------------------------------------------------


def buyers_concerned(today: date) -> QuerySet[Buyer]:
    """Those with a paper that ends soon or has ended lately; it may have been renewed, which `ending_papers` says."""
    ending = Document.objects.counting(today - timedelta(days=DAYS_AFTER)).filter(
        module=Module.KYC, expires_on__lte=today + timedelta(days=DAYS_BEFORE)
    )
    return Buyer.objects.filter(
        uuid__in=ending.values("subject_uuid"),
        status=Buyer.Status.ACTIVE,
        reminders_stopped_at=None,
        seller__disabled_at=None,
        seller__organization__disabled_at=None,
    ).order_by("pk")


def ending_papers(buyer: Buyer, today: date) -> list[Document]:
    """The papers to renew, first to end first. Of those that serve one need, the one that lasts longest counts."""
    groups: defaultdict[str, list[Document]] = defaultdict(list)
    counting = Document.objects.of(Module.KYC, buyer.uuid).counting(today - timedelta(days=DAYS_AFTER))
    for paper in counting.order_by("pk"):
        groups[need_served(buyer, paper)].append(paper)
    lasting = [max(papers, key=last_day_of) for papers in groups.values()]
    ending = [paper for paper in lasting if last_day_of(paper) <= today + timedelta(days=DAYS_BEFORE)]
    return sorted(ending, key=last_day_of)


def need_served(buyer: Buyer, paper: Document) -> str:
    """The need that the paper meets, so that a passport stands in for an identity card; else its own type."""
    needs = (need.name for need in NEEDS[buyer.kyc_mode] if need.is_met_by([paper.type]))
    return next(needs, paper.type)


def last_day_of(paper: Document) -> date:
    return paper.expires_on or date.max


def recipient_of(buyer: Buyer) -> Recipient | None:
    """Where the last invitation went, else the first contact person; None when nobody is known."""
    invitations = Invitation.objects.filter(buyer=buyer, kind=Invitation.Kind.KYC)
    if (last := invitations.order_by("-pk").first()) is not None:
        is_open = last.status == Invitation.Status.ACTIVE and last.expires_at > timezone.now()
        return Recipient(last.recipient_email, last.language, public_link(last) if is_open else "")
    contact = Contact.objects.filter(buyer=buyer).order_by("pk").first()
    language = language_of_country(buyer.address["country"])
    return Recipient(contact.email, language) if contact else None


# --- Reminding -----------------------------------------------------------------------------------------------------


@action
def remind_of_expiry(buyer: Buyer, *, by: Actor) -> bool:
    """Mail the buyer about all papers to renew, unless he was mailed within a week; true when a mail is queued."""
    today = timezone.localdate()
    # Two runs at once stand in line here; the second one finds the mail of the first.
    locked = Buyer.objects.for_change().select_related("seller").get(pk=buyer.pk)
    papers = ending_papers(locked, today)
    if not papers or locked.is_blocked or locked.reminders_stopped_at or was_reminded(locked, today):
        return False
    recipient = recipient_of(locked)
    if recipient is None:
        log.info("expiry_reminder_without_address", buyer=str(locked.uuid))
        return False
    mail_reminder(locked, papers, recipient, today)
    note_access(locked, "contact.reminded", by=by, seller=locked.seller)
    announce(
        locked,
        "buyer.reminded_of_expiry",
        by=by,
        seller=locked.seller,
        changes={paper.type: [None, last_day_of(paper).isoformat()] for paper in papers},
    )
    return True


def was_reminded(buyer: Buyer, today: date) -> bool:
    """Within the last week, counted in days: the hour at which the task happens to run does not matter."""
    since = datetime.combine(today - timedelta(days=REMINDED_EVERY_DAYS - 1), time.min, UTC)
    return Mail.objects.filter(about=buyer.uuid, kind=EXPIRY_REMINDER, created_at__gte=since).exists()


def mail_reminder(buyer: Buyer, papers: list[Document], recipient: Recipient, today: date) -> None:
    branding = branding_of(buyer.seller)
    content = render_mail(
        "expiry_reminder",
        {
            "seller": branding.display_name,
            "contact": branding.contact,
            "accent": branding.accent,
            "buyer": buyer.company_name,
            "papers": [
                {
                    "title": TITLES[paper.type],
                    "last_day": paper.expires_on,
                    "has_ended": last_day_of(paper) < today,
                }
                for paper in papers
            ],
            "link": recipient.link,
            "stop_link": stop_link(buyer),
        },
        language=recipient.language,
    )
    queue_mail(
        EXPIRY_REMINDER,
        to=recipient.email,
        content=content,
        organization_id=buyer.seller.organization_id,
        about=buyer.uuid,
        from_name=f"{branding.display_name} via NT24",
        reply_to=branding.reply_to,
    )


# --- Stopping ------------------------------------------------------------------------------------------------------


@action
def stop_reminders(buyer: Buyer, *, by: Actor, reason: str = "") -> None:
    """No more reminders to this buyer; repeating it changes nothing."""
    if Buyer.objects.filter(pk=buyer.pk, reminders_stopped_at=None).update(
        reminders_stopped_at=timezone.now()
    ):
        announce(buyer, "buyer.reminders_stopped", by=by, seller=buyer.seller, reason=reason)


@action
def resume_reminders(buyer: Buyer, *, by: Actor, reason: str) -> None:
    """Take a stop back, for a buyer who asks for it; repeating it changes nothing."""
    if Buyer.objects.filter(pk=buyer.pk, reminders_stopped_at__isnull=False).update(
        reminders_stopped_at=None
    ):
        announce(buyer, "buyer.reminders_resumed", by=by, seller=buyer.seller, reason=reason)


def stop_link(buyer: Buyer) -> str:
    """A link that can do nothing but stop these mails. Its token stands where logs hide it (buyers/pages/urls.py)."""
    token = Signer(salt=SALT, sep=".").sign(buyer.uuid.hex)
    return f"{settings.PUBLIC_URL}{reverse('buyer-stop', args=[token])}"


def buyer_to_stop(token: str) -> Buyer:
    """The buyer whose reminders the link stops.

    :raises LinkUnknown: we have not signed this token.
    """
    try:
        uuid = UUID(hex=Signer(salt=SALT, sep=".").unsign(token))
    except (BadSignature, ValueError):
        raise LinkUnknown from None
    buyer = Buyer.objects.select_related("seller").filter(uuid=uuid).first()
    if buyer is None:
        raise LinkUnknown
    return buyer


def holder_of_link(buyer: Buyer) -> Actor:
    """Whoever has got the mail. Who that is stays out of the trail."""
    return Actor(ActorKind.BUYER_LINK, str(buyer.uuid), "Stop link of a reminder")
