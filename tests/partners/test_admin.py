"""Staff read the facts of tenants; the pages show no secret and change nothing."""

import pytest
from django.urls import reverse

from nt24.partners.models import ClientSecret
from tests.factories.partners import ApiClientFactory, OrganizationFactory, SellerFactory


@pytest.mark.parametrize(
    ("make", "name"),
    [(OrganizationFactory, "organization"), (ApiClientFactory, "apiclient"), (SellerFactory, "seller")],
)
def test_staff_read_but_neither_add_nor_change_nor_delete(admin_client, make, name):
    record = make()
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
    assert admin_client.get(pages["add"]).status_code == 403
    assert admin_client.post(pages["change"], {"name": "x"}).status_code == 403
    assert admin_client.post(pages["delete"], {"post": "yes"}).status_code == 403
    unchanged = type(record).objects.get(pk=record.pk)
    assert (unchanged.version, str(unchanged)) == (0, str(record))


def test_no_digest_of_a_secret_is_shown(admin_client):
    client = ApiClientFactory()

    page = admin_client.get(reverse("admin:partners_apiclient_change", args=[client.pk]))

    assert page.status_code == 200
    assert ClientSecret.objects.get().digest not in page.content.decode()
