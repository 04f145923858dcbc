"""The numbers of the start page (compliance/overview.py), and that each is the length of the list behind it."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from buyers.invitation_models import Invitation, Prospect
from buyers.models import Buyer, Kyc, VerificationSession, ViesCheck
from buyers.vies import breaker
from compliance.blockers import KIND_OF
from compliance.lists import list_of
from compliance.models import ExportFile, Rollup
from compliance.overview import overview
from nt24.documents.models import Document
from nt24.mail.models import Mail
from nt24.proposals.models import Proposal
from nt24.webhooks.models import Delivery, Endpoint
from orders.models import Order
from transport.models import Milestone


@pytest.fixture
def seen(db):
    def look():
        return overview(timezone.now())

    return look


def sizes(shown):
    return {pile.name: pile.count for pile in shown.waiting if pile.count}


def test_with_nothing_there_every_number_is_zero(seen):
    shown = seen()

    assert [number.count for number in shown.pipeline] == [0] * 9
    assert (shown.blocked, shown.member_states, sizes(shown)) == ((), (), {})
    assert [(week.valid.count, week.taxed.count) for week in shown.weeks] == [(0, 0)] * 12


def test_it_costs_seven_statements_however_much_there_is(seen, deal):
    deal.is_judged()
    deal.has_order(externalOrderId="OPEN", vins=("WVWZZZ1JZXW000002",))

    with CaptureQueriesContext(connection) as statements:
        seen()

    assert len(statements) == 7


def test_orders_are_counted_by_status(seen, deal):
    deal.has_buyer().has_order().has_invoice()
    deal.has_order(externalOrderId="NEW", vins=("WVWZZZ1JZXW000002",))

    counts = {number.label: number.count for number in seen().pipeline}

    assert {label: count for label, count in counts.items() if count} == {
        "Created": 1,
        "Invoice submitted": 1,
    }


def test_an_order_stands_in_the_group_of_each_of_its_blockers(seen, deal):
    deal.has_buyer().has_kyc().has_order()
    first = Order.objects.get()
    Rollup.objects.update(blocked_since=dict.fromkeys(deal.codes(), "2026-03-01T08:00:00Z"))
    deal.has_order(externalOrderId="LATER", vins=("WVWZZZ1JZXW000002",)).has_invoice()

    groups = {group.code: group for group in seen().blocked}

    assert {code: group.count for code, group in groups.items()} == {
        "MISSING_INVOICE": 1,
        "MISSING_PAYMENT": 2,
    }
    payment = groups["MISSING_PAYMENT"]
    assert (payment.since, payment.oldest, payment.oldest_id) == (
        datetime(2026, 3, 1, 8, tzinfo=UTC),
        first.external_order_id,
        first.pk,
    )
    assert [(part.status, part.count) for part in payment.parts] == [("INCOMPLETE", 2)]


def test_what_has_waited_longest_comes_first(seen, deal):
    deal.has_buyer().has_kyc().has_order()
    Rollup.objects.update(
        blocked_since={"MISSING_INVOICE": "2026-03-02T08:00:00Z", "MISSING_PAYMENT": "2026-03-01T08:00:00Z"}
    )

    assert [group.code for group in seen().blocked] == ["MISSING_PAYMENT", "MISSING_INVOICE"]


def test_a_cancelled_order_is_blocked_by_nothing(seen, deal):
    deal.has_buyer().has_order()
    deal.partner.post(f"{deal.path}/cancel", {"reason": "sold elsewhere"})

    assert seen().blocked == ()


def test_the_state_of_vies_is_told_by_country(seen, deal, run_workers):
    deal.has_buyer(vatNumber="PL100").has_order()
    deal.has_buyer(vatNumber="FR301", companyName="Autre").has_order(externalOrderId="B")
    run_workers()
    deal.has_buyer(vatNumber="ELX1", companyName="Hellas").has_order(externalOrderId="C")
    for _ in range(5):
        breaker.note_outage("IT")

    states = {
        state.code: (
            state.answered.count,
            state.unanswered.count,
            state.retrying.count,
            state.waiting.count,
            state.is_held_back,
        )
        for state in seen().member_states
    }

    assert states == {
        "PL": (1, 0, 0, 0, False),
        "FR": (0, 0, 1, 0, False),
        "EL": (0, 0, 0, 1, False),
        "IT": (0, 0, 0, 0, True),
    }
    cache.clear()


def test_verdicts_are_counted_in_their_week(seen, deal):
    deal.is_judged()
    shown = seen()
    assert [week.valid.count for week in shown.weeks] == [0] * 11 + [1]
    assert shown.weeks[-1].starts_at == datetime(2026, 4, 20, tzinfo=UTC)

    Rollup.objects.update(decided_at=datetime(2026, 2, 2, tzinfo=UTC), decision="VAT_APPLICABLE")
    assert [week.taxed.count for week in seen().weeks] == [1] + [0] * 11
    Rollup.objects.update(decided_at=datetime(2026, 2, 1, 23, 59, tzinfo=UTC))
    assert [week.taxed.count for week in seen().weeks] == [0] * 12


@pytest.fixture
def piled(deal):
    """One row on every pile, and beside it one that does not belong there."""
    deal.is_judged()
    now = timezone.now()
    order, seller = Order.objects.get(), deal.partner.seller
    buyer = Buyer.objects.get()
    session = {"buyer": buyer, "expires_at": now}
    VerificationSession.objects.create(scan_ref="a", status="IN_REVIEW", **session)
    VerificationSession.objects.create(scan_ref="b", status="VERIFIED", decided_at=now, **session)
    Kyc.objects.update(aml_status="FLAGGED", exposed_since=now)
    first, second, third = Document.objects.order_by("pk")[:3]
    Document.objects.filter(pk=first.pk).update(scan_status="INFECTED")
    Document.objects.filter(pk=second.pk).update(scan_status="INFECTED", status="ARCHIVED", archived_at=now)
    Document.objects.filter(pk=third.pk).update(scan_status="PENDING", created_at=now - timedelta(minutes=16))
    export = {"decision": "VALID_EXPORT", "reason": "FORCED", "dossier": {}, "order": order}
    for number, status in ((2, "FAILED"), (3, "FAILED"), (4, "PENDING"), (5, "FAILED")):
        ExportFile.objects.create(
            number=number, status=status, created_at=now - timedelta(minutes=16), **export
        )
    link = {"kind": "PROSPECT", "seller": seller, "language": "en"}
    Invitation.objects.create(expires_at=now + timedelta(days=2), **link)
    Invitation.objects.create(expires_at=now + timedelta(days=4), **link)
    hook = {"organization": seller.organization, "events": [], "secret": b""}
    Endpoint.objects.create(url="a", status="PAUSED", paused_at=now, **hook)
    Endpoint.objects.create(url="b", status="PAUSED", paused_at=now, deleted_at=now, **hook)
    failing = Endpoint.objects.create(url="c", failing_since=now, **hook)
    deal.partner.post(
        f"/v1/webhooks/{failing.public_id}/test", {"eventType": "kyc.vies_check_failed", "data": {}}
    )
    Delivery.objects.update(status="FAILED", last_attempt_at=now, due_at=None)
    letter = {"kind": "t", "to": "a@example.com", "subject": "x", "text": b"", "html": b"", "language": "en"}
    Mail.objects.create(status="FAILED", due_at=None, **letter)
    Mail.objects.create(status="FAILED", due_at=None, created_at=now - timedelta(days=8), **letter)
    Proposal.objects.create(
        kind="OVERRIDE_VERDICT", subject_type="order", subject_uuid=order.uuid, order_uuid=order.uuid,
        seller=seller, reason="The carrier's archive burned down", data={"decision": "VAT_APPLICABLE", "seen": []},
        proposed_by_id="7", proposed_by_label="Anna",
    )  # fmt: skip
    who = {"seller": seller, "invitation": Invitation.objects.first(), "address": {}, "language": "en"}
    Prospect.objects.create(type="COMPANY", company_name="Nowak", vat_number="PL1", **who)
    Prospect.objects.create(type="CONSUMER", **who)
    some_are_on_their_way(deal, now)
    return now


def some_are_on_their_way(deal, now):
    """Two orders whose proof of delivery is missing: one soon due, one with a month to go."""
    for number, days in ((2, 80), (3, 60)):
        deal.has_order(externalOrderId=f"ROAD-{number}", vins=(f"WVWZZZ1JZXW00000{number}",))
        deal.has_invoice().has_payment().is_ready().is_picked_up()
        picked_up = Milestone.objects.filter(transport__order__external_order_id=f"ROAD-{number}")
        picked_up.update(occurred_on=now.date() - timedelta(days=days))


def test_each_pile_has_what_belongs_there_and_nothing_else(seen, piled):
    assert sizes(seen()) == {
        "reviews": 1,
        "screening": 1,
        "exposures": 1,
        "proposals": 1,
        "deadlines": 1,
        "final_invoices": 1,
        "prospects": 1,
        "quarantine": 1,
        "unscanned": 1,
        "exports_failed": 1,
        "exports_slow": 1,
        "invitations": 1,
        "paused": 1,
        "failing": 1,
        "deliveries": 1,
        "mail": 1,
    }


def all_numbers(shown):
    for week in shown.weeks:
        yield from ((week.valid.count, week.valid.url), (week.taxed.count, week.taxed.url))
    for state in shown.member_states:
        for number in (state.answered, state.unanswered, state.retrying, state.waiting):
            yield number.count, number.url
    for one in (*shown.pipeline, *shown.waiting, *shown.blocked):
        yield one.count, one.url
    for group in shown.blocked:
        yield from ((part.count, part.url) for part in group.parts)


def test_every_number_is_the_length_of_the_list_behind_it(seen, piled, deal, admin_client):
    deal.has_order(externalOrderId="OPEN", vins=("WVWZZZ1JZXW000002",))
    deal.has_buyer(vatNumber="FR301", companyName="Autre").has_order(externalOrderId="B")
    deal.run_workers()
    numbers = list(all_numbers(seen()))
    assert sum(1 for count, _ in numbers if count) >= 16

    for count, url in numbers:
        page = admin_client.get(url)
        assert page.status_code == 200, url
        assert page.context["cl"].queryset.count() == count, url


# What can be done on the page that the first row of each pile leads to.
DONE_THERE = {
    "reviews": "What iDenfy said about the person",
    "screening": "Identity and screening",
    "exposures": "declared a politically exposed person",
    "proposals": "accept-proposal",
    "deadlines": "file-transport-document",
    "final_invoices": "submit-final-invoice",
    "prospects": "/do/convert/",
    "quarantine": "archive-document",
    "unscanned": "Virus scan pending",
    "exports_failed": "regenerate-export",
    "exports_slow": "Export File",
    "invitations": "/do/revoke/",
    "paused": "/do/resume/",
    "failing": "/do/pause/",
    "deliveries": "/do/replay/",
    "mail": "/do/",
}


def test_every_pile_leads_to_a_page_where_it_is_dealt_with(seen, piled, admin_client):
    Buyer.objects.update(kyc_mode="NT24_LED")
    for pile in seen().waiting:
        changes = admin_client.get(pile.url).context["cl"]
        url = changes.url_for_result(changes.result_list[0])
        page = admin_client.get(url.partition("#")[0], follow=True)
        if page.resolver_match.view_name == "admin:purpose":  # a KYC paper: reading it takes a purpose
            page = admin_client.post(
                page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"],
                {"purpose": "look"},
                follow=True,
            )
        assert page.status_code == 200, pile.name
        assert DONE_THERE[pile.name] in page.content.decode(), pile.name


def test_a_final_invoice_is_due_from_the_verdict_until_it_is_there(seen, deal, admin_client):
    deal.has_buyer().has_kyc().has_order()
    assert "final_invoices" not in sizes(seen())
    deal.has_invoice().has_payment().is_ready().is_picked_up().is_delivered()
    deal.run_workers()
    assert sizes(seen())["final_invoices"] == 1

    final = {"invoiceDate": "2026-04-25", "invoiceNumber": "F-1", "vatIncluded": False}
    deal.partner.post(
        f"{deal.path}/finalization/final-invoice", {**final, "amount": deal.order["totalAmount"]}
    )

    assert "final_invoices" not in sizes(seen())
    submitted = admin_client.get("/admin/orders/order/?final=submitted")
    assert submitted.context["cl"].queryset.count() == 1


def test_a_list_s_address_says_its_look_ups():
    at = datetime(2026, 4, 25, 10, tzinfo=UTC)
    url = list_of(ViesCheck, {"checked_at__gte": at, "status__in": ["A", "B"], "x__isnull": True}, more="1")

    assert dict(parse_qsl(urlsplit(url).query)) == {
        "checked_at__gte": "2026-04-25T10:00:00+00:00",
        "status__in": "A,B",
        "x__isnull": "True",
        "more": "1",
    }


def test_every_blocker_of_the_law_has_its_record():
    tree = ast.parse(Path("compliance/rules.py").read_text())
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Blocker"
    ]

    assert {ast.literal_eval(call.args[1]) for call in calls} == set(KIND_OF)
