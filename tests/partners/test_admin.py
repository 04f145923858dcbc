"""The pages of tenants show no secret, and take nothing but the forms of their moves (tests/staff)."""

import pytest
from django.urls import reverse

from nt24.partners.models import ClientSecret
from tests.factories.partners import ApiClientFactory, OrganizationFactory, SellerFactory


@pytest.mark.parametrize(
    ("make", "name"),
    [(OrganizationFactory, "organization"), (ApiClientFactory, "apiclient"), (SellerFactory, "seller")],
)
def test_a_plain_form_neither_adds_nor_changes_nor_deletes(admin_client, make, name):
    record = make()
    rows = type(record).objects.count()
    pages = {
        action: reverse(f"admin:partners_{name}_{action}", args=args)
        for action, args in (
            ("changelist", []),
            ("add", []),
            ("change", [record.pk]),
            ("delete", [record.pk]),
        )
    }

    assert admin_client.get(pages["changelist"]).status_code == 200
    assert str(record) in admin_client.get(pages["change"]).content.decode()
    admin_client.post(pages["add"], {"name": "x", "client_id": "x"})
    assert type(record).objects.count() == rows
    assert admin_client.post(pages["change"], {"name": "x"}).status_code == 403
    assert admin_client.post(pages["delete"], {"post": "yes"}).status_code == 403
    unchanged = type(record).objects.get(pk=record.pk)
    assert (unchanged.version, str(unchanged)) == (0, str(record))


def test_no_digest_of_a_secret_is_shown(admin_client):
    client = ApiClientFactory()

    page = admin_client.get(reverse("admin:partners_apiclient_change", args=[client.pk]))

    assert page.status_code == 200
    assert ClientSecret.objects.get().digest not in page.content.decode()
