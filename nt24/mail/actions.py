"""The one way for a mail to leave: it is written down here, and sent after the commit."""

from uuid import UUID

from django.utils import timezone

from nt24.actors import Actor
from nt24.claims import database_time
from nt24.errors import StateConflict
from nt24.events import announce
from nt24.lifecycle import move_quietly
from nt24.mail.models import Mail
from nt24.mail.rendering import Content, one_line
from nt24.nudges import nudge
from nt24.records import action
from nt24.tracing import trace_id
from nt24.vault import encrypt


@action
def queue_mail(
    kind: str,
    *,
    to: str,
    content: Content,
    organization_id: int | None = None,
    about: UUID | None = None,
    from_name: str = "",
    reply_to: str = "",
    logo_png: bytes | None = None,
) -> Mail:
    """Queue one mail. It is a part of the action that calls it, whose entry in the trail tells of both.

    An address that no mail server could be given refuses nothing here: the mail becomes FAILED, the action stands.
    """
    from nt24.mail.tasks import send_due

    mail = Mail.objects.create(
        kind=kind,
        due_at=database_time(),
        to=to,
        subject=content.subject,
        text=encrypt(content.text),
        html=encrypt(content.html),
        language=content.language,
        from_name=one_line(from_name),
        reply_to=reply_to,
        logo_png=logo_png,
        organization_id=organization_id,
        about=about,
        trace_id=trace_id(),
    )
    nudge(send_due)
    return mail


@action
def try_again(mail: Mail, *, by: Actor) -> None:
    """Send it at the next look, on a plan that starts anew; also one that was given up. `mail` is locked and fresh.

    :raises StateConflict: it has left, its content is forgotten, or somebody is sending it at this moment.
    """
    from nt24.mail.tasks import send_due

    if not mail.can_be_tried(timezone.now()):
        raise StateConflict("This mail has left, is being sent, or its content is gone.")
    was = mail.status
    if was != Mail.Status.QUEUED:
        move_quietly(mail, Mail.Status.QUEUED)
    mail.due_at, mail.leased_until, mail.tries = database_time(), None, 0
    mail.save(update_fields=["status", "due_at", "leased_until", "tries"])
    announce(
        mail,
        "mail.tried_again",
        by=by,
        organization_id=mail.organization_id,
        changes={"status": [was, mail.status]},
    )
    nudge(send_due)
