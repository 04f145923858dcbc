"""The trail as it is read in the portal: found by whole ids, narrowed by what it is about, proven entry by entry."""

from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.utils import timezone

from nt24.actors import Actor, ActorKind, system
from nt24.audit import triggers
from nt24.audit.chain import seal_new
from nt24.audit.filters import FAMILIES
from nt24.audit.models import Entry
from nt24.events import announce
from nt24.partners.actions import disable_organization
from nt24.records import Record
from tests.factories.partners import OrganizationFactory
from tests.staff.desk import Desk, member

LIST = "/admin/audit/entry/"
KNOWN = {prefix for prefixes in FAMILIES.values() for prefix in prefixes}


def page_of(entry: Entry) -> str:
    return f"{LIST}{entry.pk}/change/"


def found(desk: Desk, query: str) -> set[str]:
    """The actions on the list behind this query."""
    response = desk.http.get(f"{LIST}?{query}")
    assert response.status_code == 200
    return {entry.action for entry in response.context["cl"].result_list}


@pytest.fixture
def told(db):
    organization = OrganizationFactory()
    by = Actor(ActorKind.STAFF, "7", "Erika Mustermann")
    disable_organization(organization, by=by, reason="Contract <ended>")
    announce(organization, "endpoint.tested", by=system("test"), organization_id=organization.pk)
    return Entry.objects.get(action="organization.disabled")


def test_a_page_says_who_did_what_why_and_that_it_is_sealed(desk, told):
    assert "Not sealed yet" in desk.opens(page_of(told))
    seal_new()

    text = desk.opens(page_of(told))

    for words in ("Organization disabled", "Erika Mustermann", "“Contract &lt;ended&gt;”", str(told.subject_uuid),
                  told.link.digest, "It is as it was sealed. Its place is signed."):  # fmt: skip
        assert words in text


def test_changes_stand_old_beside_new(desk):
    organization = OrganizationFactory()
    announce(organization, "organization.updated", by=system("test"), changes={"name": ["Old & Co", "New"]})

    text = desk.opens(page_of(Entry.objects.get()))

    assert "Old &amp; Co" in text
    assert "<td>New</td>" in text


@pytest.mark.django_db(transaction=True)
def test_an_altered_entry_is_said_to_be_altered(desk, told):
    seal_new()
    with connection.cursor() as cursor:
        for statement in triggers.to_remove(connection.vendor):
            cursor.execute(statement)
        cursor.execute("UPDATE audit_entry SET purpose = 'Nothing to see' WHERE id = %s", [told.pk])
        for statement in triggers.to_add(connection.vendor):
            cursor.execute(statement)

    text = desk.opens(page_of(told))

    assert "This is not what was sealed: the entry was altered." in text
    assert "It is as it was sealed" not in text


def test_whole_ids_are_found_and_parts_are_not(desk, told):
    wanted = {"organization.disabled", "endpoint.tested"}

    assert found(desk, f"q={told.subject_uuid}") == wanted
    assert found(desk, f"q={told.subject_uuid.hex}") == wanted
    assert found(desk, f"q={told.uuid}") == {"organization.disabled"}
    assert found(desk, f"q={str(told.subject_uuid)[:20]}") == set()
    assert found(desk, "q=Erika") == set()


def test_all_of_one_request_is_found_by_its_trace_id(desk, deal):
    answer = deal.partner.get("/v1/nothing")
    deal.has_buyer()
    entry = Entry.objects.get(action="buyer.registered")

    assert entry.trace_id
    assert "buyer.registered" in found(desk, f"q={entry.trace_id}")
    assert found(desk, f"q={answer.json()['traceId']}") == set()


def test_the_list_is_narrowed_by_what_it_is_about_who_and_when(desk, told):
    with time_machine.travel(timezone.now() - timedelta(days=20)):
        announce(OrganizationFactory(), "client.created", by=system("test"))

    assert found(desk, "family=Tenants") == {"organization.disabled", "client.created"}
    assert found(desk, "family=Webhooks+and+mail") == {"endpoint.tested"}
    assert found(desk, "period=7") == {"organization.disabled", "endpoint.tested"}
    assert found(desk, "family=Tenants&period=30") == {"organization.disabled", "client.created"}
    assert found(desk, "family=Tenants&actor_kind__exact=STAFF&period=30") == {"organization.disabled"}


def test_every_entry_of_a_whole_deal_belongs_to_a_family(deal):
    deal.is_judged()
    seal_new()
    prefixes = {model.EVENT_PREFIX for model in apps.get_models() if issubclass(model, Record)}

    actions = set(Entry.objects.values_list("action", flat=True))

    assert len(actions) > 15
    assert {action.partition(".")[0] for action in actions} - KNOWN == set()
    assert prefixes - KNOWN - {""} == set()


def test_the_list_asks_for_no_list_of_values(desk, told, django_assert_max_num_queries):
    desk.opens(LIST)

    with django_assert_max_num_queries(8) as queries:
        desk.opens(LIST)
    assert [query["sql"] for query in queries if "DISTINCT" in query["sql"]] == []


def test_only_who_may_read_the_trail_does(told):
    nobody = Desk(member("nora", "partners.view_organization"))
    reader = Desk(member("rita", "audit.view_entry", "audit.view_link", "audit.view_checkpoint"))

    for url in (LIST, page_of(told), "/admin/audit/link/", "/admin/audit/checkpoint/"):
        nobody.opens(url, 403)
        reader.opens(url)
    assert "Export selected" not in reader.opens(LIST)
