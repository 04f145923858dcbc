"""The one way for a mail to leave: it is written down here, and sent after the commit."""

from uuid import UUID

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
