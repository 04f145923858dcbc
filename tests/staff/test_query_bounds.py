"""How many queries a page takes: bounded, and the same however much belongs to the record."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.papers import pdf

MOST = 20


def queries_of(desk, url: str) -> int:
    desk.opens(url)  # what is asked once per process
    with CaptureQueriesContext(
        connection,
    ) as captured:
        desk.opens(url)
    return len(captured)


def test_the_case_takes_the_same_bounded_number_of_queries(desk, case, deal):
    deal.has_buyer().has_kyc().has_order(vins=("WVWZZZ1JZXW000001",))
    deal.has_invoice().has_payment().is_ready().is_picked_up().is_delivered()
    deal.run_workers()
    few = queries_of(desk, case.page)

    for number in range(5):
        deal.uploads(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT", pdf(f"contract {number}"))
    deal.partner.post(f"{deal.buyer_path}/kyc/vies-check")
    deal.run_workers()

    assert queries_of(desk, case.page) == few
    assert few < MOST
