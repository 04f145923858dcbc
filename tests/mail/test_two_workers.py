"""Two workers look for mail at the same moment: each mail leaves once."""

from collections import Counter

import pytest

from nt24.mail.models import Mail
from tests.races.crowd import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def test_each_of_sixty_mails_is_sent_by_one_of_two_workers(smtp, queue, send):
    for number in range(60):
        queue(f"person-{number}@bank.example")

    at_once([send, send])

    assert Counter(smtp.recipients) == {f"person-{number}@bank.example": 1 for number in range(60)}
    assert Mail.objects.filter(status="SENT", tries=1).count() == 60
