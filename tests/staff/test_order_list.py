"""The list of orders says why each one waits, and is filtered by what staff ask for."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from tests.factories.partners import SellerFactory

LIST = "/admin/orders/order/"


def rows_of(page):
    return page.context["cl"].queryset.count()


@pytest.fixture
def some(deal):
    deal.is_judged()
    deal.has_order(
        externalOrderId="OPEN", vins=("WVWZZZ1JZXW000002", "WVWZZZ1JZXW000003"), purchaseDate="2026-03-05"
    )
    deal.has_buyer(vatNumber="FR301", companyName="Autre").has_order(externalOrderId="NEW")
    return deal


def test_each_order_shows_its_reason_total_vins_and_age(desk, some):
    page = desk.opens(LIST)

    for words in (
        "Invoice missing +1",
        "Buyer documents missing +",
        "37,000.00 EUR",
        "WVWZZZ1JZXW000002 +1",
        "Valid export",
    ):
        assert words in page, words


@pytest.mark.parametrize(
    ("decided", "codes", "reason"),
    [
        (
            "VAT_APPLICABLE",
            ["MISSING_CMR", "DESTINATION_NOT_CROSS_BORDER"],
            "Delivered in the departure state +1",
        ),
        ("", ["MISSING_PAYMENT", "AML_FLAGGED", "DOCUMENTS_MISSING"], "AML screening has a hit +2"),
        ("", ["DELIVERY_NOT_CONFIRMED", "MISSING_CMR"], "CMR missing +1"),
        ("VAT_APPLICABLE", [], "Decided by two people"),
    ],
)
def test_the_reason_is_the_most_urgent_blocker_or_why_vat_applies(desk, deal, decided, codes, reason):
    deal.has_buyer().has_order()
    rollup = Order.objects.get().rollup
    type(rollup).objects.filter(pk=rollup.pk).update(decision=decided, blocker_codes=codes)

    assert reason in desk.opens(LIST)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("month=2026-04", 2),
        ("month=2026-03", 1),
        ("month=2025-01", 0),
        ("month=nonsense", 3),
        ("final=due", 1),
        ("final=submitted", 0),
        ("final=nonsense", 3),
        ("status__exact=COMPLIANCE_VALID", 1),
        ("deadline=near", 0),
        ("organization=x", 3),
        ("seller__id__exact=%00", 3),
        ("blocker=MISSING_INVOICE&month=2026-03", 1),
    ],
)
def test_it_is_filtered(admin_client, some, query, count):
    assert rows_of(admin_client.get(f"{LIST}?{query}")) == count


def test_it_is_filtered_by_seller_and_organization(admin_client, some):
    mine, other = some.partner.seller, SellerFactory()

    assert rows_of(admin_client.get(f"{LIST}?seller__id__exact={mine.pk}")) == 3
    assert rows_of(admin_client.get(f"{LIST}?seller__id__exact={other.pk}")) == 0
    assert rows_of(admin_client.get(f"{LIST}?organization={mine.organization_id}")) == 3
    assert rows_of(admin_client.get(f"{LIST}?organization={other.organization_id}")) == 0


@pytest.mark.parametrize("column", range(1, 8))
def test_it_is_sorted_by_its_columns(admin_client, some, column):
    assert admin_client.get(f"{LIST}?o=-{column}").status_code == 200


def test_a_row_more_asks_for_nothing_more(desk, some):
    few = queries_of(desk)
    for number in range(5):
        some.has_order(
            externalOrderId=f"MORE-{number}", vins=(f"WVWZZZ1JZXW00001{number}", f"WVWZZZ1JZXW00002{number}")
        )

    assert queries_of(desk) == few


def queries_of(desk):
    desk.opens(LIST)
    with CaptureQueriesContext(connection) as captured:
        desk.opens(LIST)
    return len(captured)


def test_a_cancelled_order_has_one_badge_and_none_in_amber(desk, deal, case):
    deal.has_buyer().has_order()
    deal.partner.post(f"{deal.path}/cancel", {"reason": "sold elsewhere"})

    for page in (desk.opens(LIST), desk.opens(case.page)):
        assert '<span class="chip neutral">Cancelled</span>' in page
        assert "chip waiting" not in page


@pytest.mark.parametrize("decision", ["VALID_EXPORT", "VAT_APPLICABLE"])
def test_a_verdict_has_one_badge(desk, deal, case, decision):
    deal.is_judged() if decision == "VALID_EXPORT" else deal.has_buyer().has_kyc().has_order().has_invoice(
        marginScheme=True
    ).has_payment().is_ready()
    deal.run_workers()
    head = desk.opens(case.page).partition('<h2 id="modules">')[0]
    badges = head.partition('<div class="chips">')[2].partition("</div>")[0]

    assert badges.count("chip") == 1
    assert {"VALID_EXPORT": "Valid export", "VAT_APPLICABLE": "VAT applicable"}[decision] in badges
