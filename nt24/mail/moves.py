"""What staff do about a mail that does not leave. They read neither to whom it goes nor what it says."""

from typing import Any

from django.utils import timezone

from nt24.mail.actions import try_again
from nt24.mail.models import Mail
from nt24.staff.moves import Done, Move


class TryAgain(Move[Mail]):
    name, label = "try-again", "Try again now"
    about = "Sends the same e-mail to the same address again. Fix the cause first."
    permission = "mail.change_mail"

    def is_possible(self) -> bool:
        return self.record.can_be_tried(timezone.now())

    def run(self, data: dict[str, Any]) -> Done:
        try_again(self.record, by=self.by)
        return Done("The e-mail is being sent; its status shows the result.")
