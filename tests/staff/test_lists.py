"""Every list: as many queries for one row as for many."""

from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.deal import Deal
from tests.staff.world import one_of_everything
from tests.test_admin import SHOWN


def queries_of(desk, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        desk.opens(url)
    return len(captured)


def test_no_list_asks_once_more_for_each_row(desk, deal, monkeypatch):
    one_of_everything(deal)
    for number, vat in enumerate(("PL1132191233", "PL5213017228")):
        more = Deal(deal.partner, deal.run_workers)
        more.has_buyer(vatNumber=vat, companyName=f"Auto {number}").has_kyc()
        more.has_order(externalOrderId=f"MORE-{number}").has_invoice().has_payment().is_ready().is_picked_up()
        more.is_delivered()
        deal.run_workers()
    growing = {}

    for model in SHOWN:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        desk.opens(url)  # what is asked once per process
        monkeypatch.setattr(admin.site.get_model_admin(model), "list_per_page", 1)
        for_one = queries_of(desk, url)
        monkeypatch.setattr(admin.site.get_model_admin(model), "list_per_page", 100)
        if (for_all := queries_of(desk, url)) != for_one:
            growing[model.__name__] = (for_one, for_all)

    assert growing == {}


def test_every_column_of_every_list_sorts(admin_client):
    for model, page in admin.site._registry.items():
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for number in range(1, len(page.list_display) + 1):
            assert admin_client.get(f"{url}?o=-{number}").status_code == 200, (url, number)
