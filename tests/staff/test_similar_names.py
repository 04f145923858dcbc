"""A similar name blocks nothing; staff see it in the case and confirm it (contract 17.15)."""

import pytest
from django.urls import reverse

from nt24.audit.models import Entry
from orders.models import NameConfirmation, Order
from tests.deal import taken
from tests.ledger import nothing_moves

CUT = "Auto Handel Kowalski Sp. z"
NOTE = "Similar name, please confirm."


@pytest.fixture
def order(deal):
    return deal.has_buyer().has_kyc().has_order().has_invoice()


def named(deal, name):
    invoice = taken(deal.partner.get(f"{deal.path}/invoice"), 200)
    answer = deal.partner.patch(f"{deal.path}/invoice", {"buyerName": name}, version=invoice["version"])
    taken(answer, 200)


def page(admin_client):
    url = reverse("admin:orders_order_change", args=[Order.objects.get().pk])
    return admin_client.get(url).content.decode()


@pytest.mark.parametrize(
    "name", [CUT, "Auto Handel Kowalsky Sp. z o.o.", "Auto Handel Kowalski S.A.", "Аuto Handel Kowalski"]
)
def test_a_similar_name_is_a_note_and_no_blocker(admin_client, order, name):
    named(order, name)

    assert "BUYER_NAME_MISMATCH" not in order.codes()
    assert NOTE in page(admin_client)


@pytest.mark.parametrize(
    "name",
    ["KOWALSKI AUTO HANDEL", "Auto-Handel Kowalski sp. z o. o.", "auto  handel kowalski SPÓŁKA Z O.O."],
)
def test_the_same_name_is_no_note(admin_client, order, name):
    named(order, name)

    assert "BUYER_NAME_MISMATCH" not in order.codes()
    assert NOTE not in page(admin_client)


@pytest.mark.parametrize("name", ["Auto Handel Nowak Sp. z o.o.", "Kowalski", "Аuto Handel Nowak"])
def test_another_name_blocks_and_cannot_be_confirmed(admin_client, order, name):
    named(order, name)

    assert "BUYER_NAME_MISMATCH" in order.codes()
    assert NOTE not in page(admin_client)


def test_a_confirmed_name_is_asked_about_once_for_this_buyer(deal, order, case, desk):
    named(deal, CUT)
    desk.presses(case.move("confirm-buyer-name"))

    assert NameConfirmation.objects.get().name_on_invoice == CUT
    entry = Entry.objects.get(action="invoice.name_confirmed")
    changes = {"buyer_name": [CUT, "Auto Handel Kowalski Sp. z o.o."]}
    assert (entry.source, entry.changes) == ("WEB_APP", changes)
    assert NOTE not in desk.opens(case.page)
    with nothing_moves():
        assert desk.press(case.move("confirm-buyer-name")).status_code == 409
