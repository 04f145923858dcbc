"""Days and times of the portal are written one way; those of buyers' pages stay as each language writes them."""

import time_machine
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from nt24.mail.models import Mail
from tests.buyers.links import invited
from tests.buyers.visitor import Visitor
from tests.factories.partners import OrganizationFactory


def test_lists_and_pages_write_iso_dates_in_utc(desk):
    with time_machine.travel("2026-11-05T21:47:12Z"):
        Mail.objects.create(kind="test", to="a@example.com", subject="x", text=b"", html=b"", language="en")

        text = desk.opens(reverse("admin:mail_mail_changelist"))

    assert "2026-11-05 21:47" in text
    assert "Nov. 5, 2026" not in text
    assert 'lang="en-150"' in text


def test_a_page_for_buyers_writes_days_in_their_way(deal):
    deal.has_buyer()

    page = Visitor(invited(deal.partner, deal.buyer, language="en")).get().content.decode()

    assert "This link works until 9 May 2026." in page


def test_the_language_ends_with_the_answer(desk):
    desk.opens(reverse("admin:index"))

    assert translation.get_language() == "en"
    assert date_format(OrganizationFactory().created_at.date()).count("-") == 0
