"""What staff see of mail: that it left and what about, not to whom or what it says."""

from uuid import UUID

import pytest
from django.urls import reverse

ABOUT = UUID("0b0e3d86-4a7f-4b57-9f0e-0f3f5f1c2d11")
LIST = "admin:mail_mail_changelist"
# What only the mail knows, so that it is not on the page for another reason.
PERSONAL = (
    "anna.private@bank.example",
    "A private subject",
    "Private words",
    "Private Seller",
    "private-answers",
)


@pytest.fixture
def mail(queue, seller):
    return queue(
        "anna.private@bank.example",
        subject="A private subject",
        text="Private words",
        html="<p>Private words</p>",
        from_name="Private Seller",
        reply_to="private-answers@bank.example",
        organization_id=seller.organization_id,
        about=ABOUT,
    )


def test_staff_find_a_mail_and_read_neither_address_nor_content(admin_client, mail):
    change = reverse("admin:mail_mail_change", args=[mail.pk])

    for path in (reverse(LIST), change):
        page = admin_client.get(path).content.decode()
        assert "test.letter" in page
        assert mail.organization.name in page
        assert [words for words in PERSONAL if words in page] == []


@pytest.mark.parametrize("wanted", ["anna.private@bank.example", str(ABOUT)])
def test_staff_search_by_the_exact_address_or_the_record(admin_client, mail, queue, wanted):
    queue("somebody.else@bank.example")

    page = admin_client.get(reverse(LIST), {"q": wanted})

    assert list(page.context["cl"].result_list) == [mail]


def test_staff_change_no_mail(admin_client, mail):
    change = reverse("admin:mail_mail_change", args=[mail.pk])
    delete = reverse("admin:mail_mail_delete", args=[mail.pk])

    assert admin_client.post(change, {"status": "SENT"}).status_code == 403
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    assert admin_client.get(reverse("admin:mail_mail_add")).status_code == 403
