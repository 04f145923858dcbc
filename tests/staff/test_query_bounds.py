"""How many queries a page takes: bounded, and the same however much belongs to the record."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from buyers.models import Buyer
from nt24.people.roles import CASE_HANDLER
from tests.papers import pdf
from tests.staff.desk import Desk, member

MOST = 20  # wanted of the start page and the case; tests/staff/test_scale.py has the former, among 100,000 orders


@pytest.fixture
def handler(db):
    user = member("hanna")
    user.groups.add(Group.objects.get(name=CASE_HANDLER))
    return Desk(user)


def queries_of(desk, url: str) -> int:
    desk.opens(url)  # what is asked once per process
    with CaptureQueriesContext(connection) as captured:
        desk.opens(url)
    return len(captured)


def test_the_case_takes_the_same_bounded_number_of_queries(handler, case, deal):
    deal.has_buyer().has_kyc().has_order(vins=("WVWZZZ1JZXW000001",))
    deal.has_invoice().has_payment().is_ready().is_picked_up().is_delivered()
    deal.run_workers()
    page = case.page
    few = queries_of(handler, page)

    for number in range(5):
        deal.uploads(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT", pdf(f"contract {number}"))
    deal.partner.post(f"{deal.buyer_path}/kyc/vies-check")
    deal.run_workers()

    assert queries_of(handler, page) == few
    assert few < MOST


def test_more_vehicles_ask_for_nothing_more(handler, case, deal):
    deal.has_buyer().has_kyc().has_order(vins=("WVWZZZ1JZXW000001",), externalOrderId="ONE")
    one = queries_of(handler, case.page)

    many = tuple(f"WVWZZZ1JZXW0001{number:02d}" for number in range(20))
    deal.has_order(vins=many, externalOrderId="MANY")

    assert queries_of(handler, case.page) == one


def test_the_buyer_takes_a_bounded_number_of_queries(handler, deal):
    deal.has_buyer(kycMode="NT24_LED").has_kyc()
    page = f"/admin/buyers/buyer/{Buyer.objects.get().pk}/change/"
    few = queries_of(handler, page)
    for number in range(5):
        deal.has_order(externalOrderId=f"ORDER-{number}")
        deal.uploads(f"{deal.buyer_path}/kyc/documents", "COC_EXTRACT", pdf(f"extract {number}"))

    assert queries_of(handler, page) == few
    assert few < 2 * MOST
