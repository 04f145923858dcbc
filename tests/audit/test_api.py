"""What a partner reads of the trail: one order's, and everything that was done in its organization's name."""

import pytest
from django.utils import timezone

from nt24.actors import Actor, ActorKind
from nt24.audit.chain import seal_new
from nt24.audit.models import Entry
from tests.audit.trails import ANNA, SUBJECT, entry
from tests.deal import taken
from tests.factories.partners import ApiClientFactory, SellerFactory
from tests.ledger import fields_of, refused
from tests.partner import Partner
from tests.test_query_counts import statements

AUDIT = "/v1/audit"


def data(response):
    return taken(response, 200)["data"]


def actions(response):
    return [row["action"] for row in data(response)]


@pytest.fixture
def order(deal):
    return deal.has_buyer().has_order()


@pytest.fixture
def stranger(db):
    seller = SellerFactory()
    return Partner(ApiClientFactory(organization=seller.organization), seller)


def put(partner, action="order.updated", **about):
    """An entry of the partner's organization."""
    return entry(action, organization_id=partner.seller.organization_id, **about)


# --- One order


def test_the_trail_of_an_order_has_its_entries_newest_first(order):
    taken(order.partner.patch(order.path, {"purchaseDate": "2026-04-17"}, version=0), 200)
    taken(order.partner.post(f"{order.path}/cancel", {"reason": "Sold elsewhere"}), 200)

    found = actions(order.partner.get(f"{order.path}/audit"))

    assert found == ["order.cancelled", "order.updated", "order.placed"]


def test_an_entry_says_who_did_what_when_and_why(order):
    response = order.partner.post(
        f"{order.path}/cancel", {"reason": "Sold elsewhere"}, X_Request_Id="trace-of-cancel"
    )
    taken(response, 200)
    seal_new()

    [shown] = data(order.partner.get(f"{order.path}/audit?size=1"))

    written = Entry.objects.get(action="order.cancelled")
    client = order.partner.client.client_id
    assert shown == {
        "uuid": str(written.uuid),
        "at": written.at.isoformat().replace("+00:00", "Z"),
        "actor": {"kind": "API_CLIENT", "id": client, "label": client},
        "source": "API",
        "action": "order.cancelled",
        "subject": {"type": "order", "uuid": order.order["uuid"]},
        "orderUuid": order.order["uuid"],
        "partnerUuid": str(order.partner.seller.uuid),
        "changes": {"status": {"old": "CREATED", "new": "CANCELLED"}},
        "purpose": "Sold elsewhere",
        "retention": "RECORD",
        "traceId": "trace-of-cancel",
        "position": written.link.position,
    }


def test_members_that_have_nothing_to_say_are_left_out(partner):
    put(partner)

    [shown] = data(partner.get(f"{AUDIT}?subjectUuid={SUBJECT}"))
    assert set(shown) == {"uuid", "at", "actor", "source", "action", "subject", "retention"}


def test_changes_have_the_names_of_the_api(order):
    taken(order.partner.patch(order.path, {"purchaseDate": "2026-04-17"}, version=0), 200)

    [shown] = data(order.partner.get(f"{order.path}/audit?size=1"))
    assert shown["changes"] == {"purchaseDate": {"old": "2026-04-18", "new": "2026-04-17"}}


def test_names_inside_a_change_are_those_of_the_api_too(partner):
    put(partner, changes={"address": [None, {"post_code": "1", "lines": [{"line_one": "x"}]}]})

    [shown] = data(partner.get(f"{AUDIT}?subjectUuid={SUBJECT}"))
    assert shown["changes"] == {"address": {"new": {"postCode": "1", "lines": [{"lineOne": "x"}]}}}


def test_an_account_number_is_masked(order):
    order.has_payment()

    changes = next(
        row["changes"]
        for row in data(order.partner.get(f"{order.path}/audit"))
        if row["action"] == "payment.submitted"
    )
    assert changes["sourceIban"] == {"new": "DE••3000"}


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("STAFF", {"label": "NT24 staff"}),
        ("BUYER_LINK", {"id": "7", "label": "Buyer, by invitation link"}),
    ],
)
def test_people_have_no_name_outside(partner, kind, shown):
    by = Actor(ActorKind(kind), ANNA.id, ANNA.label)
    put(partner, by=by)

    response = partner.get(f"{AUDIT}?subjectUuid={SUBJECT}")
    assert data(response)[0]["actor"] == {"kind": kind, **shown}
    assert data(response)[0]["source"] == "WEB_APP"
    assert "anna" not in response.content.decode()


@pytest.mark.parametrize(
    ("kind", "action", "is_told"),
    [
        ("STAFF", "order.cancelled", True),
        ("STAFF", "aml.cleared", False),
        ("STAFF", "verification.rejected", False),
        ("SYSTEM", "verification.rejected", True),
    ],
)
def test_what_staff_write_about_a_suspicion_stays_inside(partner, kind, action, is_told):
    put(partner, by=Actor(ActorKind(kind), "7", "x"), action=action, purpose="why")

    [shown] = data(partner.get(f"{AUDIT}?subjectUuid={SUBJECT}"))
    assert shown.get("purpose") == ("why" if is_told else None)


def test_another_order_s_entries_are_not_there(order):
    first = order.path
    order.has_order(externalOrderId="OTHER")

    assert actions(order.partner.get(f"{first}/audit")) == ["order.placed"]


# --- An organization


def test_an_organization_reads_what_was_done_in_its_name(order, stranger):
    put(stranger)
    entry("checkpoint.signed")  # of nobody

    found = taken(order.partner.get(f"{AUDIT}?size=100"), 200)

    organization = order.partner.seller.organization_id
    rows = Entry.objects.filter(organization_id=organization).order_by("-at", "-pk")
    assert [row["uuid"] for row in found["data"]] == [str(row.uuid) for row in rows]
    assert found["pagination"]["totalElements"] == rows.count() > 2


def test_a_stranger_sees_nothing(order, stranger):
    assert taken(stranger.get(AUDIT), 200)["pagination"]["totalElements"] == 0
    refused(stranger.get(stranger.path(f"{order.path}/audit")), 404, "not-found")
    refused(stranger.get(order.partner.path(f"{order.path}/audit")), 403, "forbidden")


def test_reading_personal_data_is_found_by_its_retention(partner, deal):
    deal.has_buyer()
    person = {"firstName": "Jan", "lastName": "Kowalski", "email": "jan@example.com"}
    contact = taken(partner.post(f"{deal.buyer_path}/contacts", person, X_Purpose="Onboarding"), 201)

    [shown] = data(partner.get(f"{AUDIT}?retention=PII_ACCESS"))
    assert (shown["action"], shown["purpose"]) == ("contact.added", "Onboarding")
    assert shown["changes"] == {"contact": {"new": contact["uuid"]}}
    assert shown["subject"] == {"type": "buyer", "uuid": deal.buyer["uuid"]}


def test_since_is_inclusive(partner):
    put(partner, "a.first")
    moment = timezone.now()
    second = put(partner, "a.second")
    put(partner, "a.third")

    stamp = second.at.isoformat().replace("+00:00", "Z")
    assert actions(partner.get(f"{AUDIT}?since={stamp}")) == ["a.third", "a.second"]
    assert actions(partner.get(f"{AUDIT}?since={moment:%Y-%m-%dT%H:%M:%S}&sort=at,asc")) == [
        "a.first", "a.second", "a.third",
    ]  # fmt: skip


def test_entries_of_the_same_moment_keep_their_order_from_page_to_page(partner):
    now = timezone.now()
    rows = [
        Entry.objects.create(
            at=now, actor_kind="SYSTEM", action=f"a.{number}", subject_uuid=SUBJECT,
            organization_id=partner.seller.organization_id,
        )
        for number in range(5)
    ]  # fmt: skip

    pages = [partner.get(f"{AUDIT}?subjectUuid={SUBJECT}&size=2&page={page}") for page in range(3)]
    assert [uuid for page in pages for uuid in [row["uuid"] for row in data(page)]] == [
        str(row.uuid) for row in reversed(rows)
    ]
    assert taken(pages[0], 200)["pagination"] == {
        "page": 0, "size": 2, "totalElements": 5, "totalPages": 3, "hasNext": True, "hasPrevious": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=yesterday", "since"),
        ("retention=FOREVER", "retention"),
        ("subjectUuid=7", "subjectUuid"),
        ("sort=action", "sort"),
        ("size=101", "size"),
        ("actor=anna", "actor"),
    ],
)
def test_an_unknown_filter_or_value_is_refused(order, query, field):
    for path in (AUDIT, f"{order.path}/audit"):
        assert fields_of(refused(order.partner.get(f"{path}?{query}"), 422, "validation-error")) == [field]


def test_reading_costs_the_same_for_few_and_for_many(order):
    few = [statements(lambda p=path: order.partner.get(p))[1] for path in (AUDIT, f"{order.path}/audit")]
    order.has_invoice().has_payment().is_ready()
    seal_new()
    many = [statements(lambda p=path: order.partner.get(p))[1] for path in (AUDIT, f"{order.path}/audit")]

    assert [len(sql) for sql in many] == [len(sql) for sql in few] == [4, 5]
