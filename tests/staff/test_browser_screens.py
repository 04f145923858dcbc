"""Every screen of the portal under axe: each state, light and dark, on a desk and on a phone."""

from typing import Any

import pytest
from django.urls import reverse

from buyers.invitation_models import Invitation, Prospect
from buyers.models import Buyer
from compliance.models import ExportFile
from nt24.audit.models import Entry
from nt24.documents.models import Document
from nt24.mail.models import Mail
from nt24.partners.models import ApiClient
from nt24.webhooks.models import Delivery, Endpoint
from orders.models import Order
from tests.buyers.browser import DESKTOP
from tests.buyers.conftest import browser, open_tab  # noqa: F401  fixtures
from tests.people.conftest import member
from tests.staff.colleague import Colleague, elsewhere
from tests.staff.desk import move_of, page_of
from tests.staff.world import newest_of, one_of_everything

pytestmark = pytest.mark.django_db(transaction=True)
LISTS = ("orders/order", "buyers/buyer", "webhooks/endpoint", "webhooks/delivery", "audit/entry",
         "documents/document", "compliance/exportfile", "partners/organization", "auth/user")  # fmt: skip
RECORDS = (Endpoint, Delivery, Invitation, Prospect, ApiClient, Entry, Mail)


@pytest.fixture
def run_workers(run_workers):
    return lambda: elsewhere(run_workers)


@pytest.fixture
def world(deal):
    one_of_everything(deal)
    return deal


def screens(seller: Any) -> dict[str, str]:
    """Each page by a name, with its address."""
    order = Order.objects.get()
    invited, judged = Buyer.objects.latest("pk"), order.buyer
    paper = Document.objects.exclude(module="KYC").latest("pk")
    version = ExportFile.objects.filter(status="READY").latest("pk")
    lists = {f"list of {name.partition('/')[2]}": f"/admin/{name}/" for name in LISTS}
    records = (order, judged, invited, paper, seller, seller.organization, *map(newest_of, RECORDS))
    pages = {f"{one._meta.verbose_name} {one.pk}": page_of(one) for one in records}
    forms = {
        name: move_of(record, name)
        for record, name in (
            (order, "change-invoice"),
            (order, "propose-override"),
            (judged, "change"),
            (judged, "block"),
            (judged, "invite"),
            (seller.organization, "change-terms"),
        )
    }
    return {
        "start": "/admin/",
        "search": "/admin/search/",
        "search with results": "/admin/search/?q=kowalski",
        "search without": "/admin/search/?q=nobody",
        "orders, none found": "/admin/orders/order/?q=nothing-like-this",
        "orders, filtered": "/admin/orders/order/?status__exact=COMPLETED",
        **lists,
        **pages,
        **forms,
        "choose the buyer": "/admin/orders/order/add/",
        "new order": f"/admin/orders/order/add/?in={judged.pk}",
        "new buyer": f"/admin/buyers/buyer/add/?in={seller.pk}",
        "not possible now": move_of(order, "submit-payment"),
        "purpose": reverse("admin:buyers_buyer_contacts", args=[judged.pk]),
        "seal": reverse("admin:compliance_exportfile_verify", args=[version.pk]),
        "exports": reverse("admin:exports"),
    }


def with_errors(anna: Colleague) -> None:
    anna.tab.goto(f"/admin/buyers/buyer/add/?in={Buyer.objects.earliest('pk').seller_id}")
    anna.presses("Register the buyer")


def conflict(anna: Colleague) -> None:
    """Somebody else has changed the invoice since the form was opened."""
    order = Order.objects.get()
    anna.tab.goto(move_of(order, "change-invoice"))
    order.invoices.earliest("pk").save_changes("invoice_number")
    anna.fills({"Invoice number": "INV-3", "Why": "A typing error"})
    anna.presses("Correct the preliminary invoice")
    assert "Nothing was overwritten" in anna.tab.inner_text("main")


def shown_once(anna: Colleague) -> None:
    anna.tab.goto(move_of(ApiClient.objects.latest("pk"), "rotate-secret"))
    anna.presses("Make a new secret")


def contacts(anna: Colleague) -> None:
    anna.tab.goto(reverse("admin:buyers_buyer_contacts", args=[Buyer.objects.earliest("pk").pk]))
    anna.says_why("Looking at the page")


STATES = (with_errors, conflict, shown_once, contacts)


def test_axe_finds_nothing_on_any_screen_and_every_page_fits(open_tab, world):  # noqa: F811
    member("anna", "Administrator", first_name="Anna", last_name="Nowak")
    tab = open_tab(**DESKTOP)
    tab.set_default_timeout(8000)
    anna = Colleague(tab, "anna")
    anna.signs_in()

    for name, url in screens(world.partner.seller).items():
        tab.goto(url)
        anna.looks_in_every_light(name)
    for state in STATES:
        state(anna)
        anna.looks_in_every_light(state.__name__)

    assert (anna.found, anna.too_wide, tab.complaints) == ({}, [], [])
