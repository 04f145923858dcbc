"""Endpoints and deliveries by hand: what staff do is what the partner's API then shows, and what his receiver gets."""

from datetime import timedelta

import pytest
from django.utils import timezone

from nt24.actors import system
from nt24.audit.models import Entry
from nt24.events import announce
from nt24.webhooks.models import Delivery, Endpoint
from nt24.webhooks.tasks import deliver_due
from tests.factories.partners import OrganizationFactory, SellerFactory
from tests.servers.receiver import Receiver
from tests.staff.desk import Desk, form_on, member, problems_on

ADD = "/admin/webhooks/endpoint/add/"


def page_of(record) -> str:
    return f"/admin/webhooks/{record._meta.model_name}/{record.pk}/change/"


def move(record, name, item="") -> str:
    return page_of(record).replace("/change/", f"/do/{name}/") + (f"{item}/" if item else "")


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def endpoint(partner, receiver):
    return registered(partner, receiver, "compliance.*")


@pytest.fixture
def failed(seller, endpoint):
    """A delivery whose retries are used up."""
    happens(seller)
    deliver_due()
    Delivery.objects.update(status=Delivery.Status.FAILED, due_at=None)
    return Delivery.objects.get()


def registered(partner, receiver, *events):
    answer = partner.post("/v1/webhooks", {"url": receiver.url, "events": list(events)}).json()
    return Endpoint.objects.get(uuid=answer["id"].removeprefix("wh_"))


def happens(seller):
    """An event of the seller, as an action would announce it."""
    data = {"orderUuid": str(seller.uuid), "decision": "VALID_EXPORT"}
    announce(seller, "rollup.decided", by=system("test"), seller=seller, message=data)


def test_an_endpoint_is_registered_by_hand_and_hears_events(desk, partner, seller, receiver):
    other = SellerFactory(organization=seller.organization)

    shown = desk.presses(
        f"{ADD}?in={seller.organization.pk}",
        status=200,
        url=receiver.url,
        events=["compliance.*"],
        partnerIds=[str(seller.uuid)],
    )
    happens(seller)
    happens(other)
    deliver_due()

    endpoint = Endpoint.objects.get()
    [listed] = partner.get("/v1/webhooks").json()
    assert (listed["id"], listed["events"]) == (endpoint.public_id, ["compliance.*"])
    assert listed["partnerIds"] == [str(seller.uuid)]
    assert shown.context["done"].secrets["Signing secret"].startswith("whsec_")
    assert len(receiver.requests) == 1
    entry = Entry.objects.get(action="endpoint.registered")
    assert (entry.source, entry.actor_label) == ("WEB_APP", "Anna Nowak")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://10.0.0.7/hook", "Use a public address"),
        ("http://93.184.215.14/", "Use an https URL."),
        ("", "required"),
    ],
)
def test_a_url_is_refused_as_the_api_refuses_it(desk, settings, url, words):
    settings.WEBHOOK_ALLOW_PRIVATE = False

    answer = desk.presses(f"{ADD}?in={OrganizationFactory().pk}", url=url, events=["kyc.*"], status=422)

    assert words in " ".join(problems_on(answer))
    assert form_on(answer)["url"] == url
    assert (Endpoint.objects.count(), Entry.objects.count()) == (0, 0)


def test_an_organization_without_an_agreement_registers_nothing(desk, receiver):
    organization = OrganizationFactory(without_dpa=True)

    page = desk.opens(f"{ADD}?in={organization.pk}", 403)
    sent = desk.sends(f"{ADD}?in={organization.pk}", {"url": receiver.url, "events": ["kyc.*"]})

    for text in (page, sent.content.decode()):
        assert "has not accepted the data processing agreement" in text
    assert Endpoint.objects.count() == 0


def test_neither_path_nor_secret_of_an_endpoint_is_on_a_page(desk, partner, endpoint):
    secret_url = "https://hooks.example.com/t0p-path?key=t0p-query"
    Endpoint.objects.update(url=secret_url)

    for url in (page_of(endpoint), move(endpoint, "change"), "/admin/webhooks/endpoint/",
                f"/admin/partners/organization/{endpoint.organization_id}/change/"):  # fmt: skip
        text = desk.opens(url)
        assert "t0p" not in text, url
    assert "https://hooks.example.com/…" in desk.opens(page_of(endpoint))


def test_the_old_signing_secret_is_ended_by_a_button(desk, endpoint, seller, receiver):
    url = move(endpoint, "confirm-secret")
    assert url not in desk.opens(page_of(endpoint))
    desk.presses(move(endpoint, "rotate-secret"), status=200)
    assert url in desk.opens(page_of(endpoint))

    desk.presses(url)
    happens(seller)
    deliver_due()

    assert receiver.requests[-1].headers["x-novatrade-signature"].count("v1=") == 1
    assert url not in desk.opens(page_of(endpoint))
    assert Entry.objects.get(action="endpoint.secret_confirmed").source == "WEB_APP"


def test_two_endpoints_on_one_host_can_be_told_apart_and_show_their_last_error(
    desk, partner, seller, receiver
):
    one, two = registered(partner, receiver, "compliance.*"), registered(partner, receiver, "kyc.*")
    Endpoint.objects.filter(pk=two.pk).update(partner_uuids=[str(seller.uuid)])
    receiver.answers = [418]
    happens(seller)
    deliver_due()

    rows = desk.opens("/admin/webhooks/endpoint/").split("<tbody", 1)[1].split("<tr")
    [of_one] = [row for row in rows if one.public_id in row]
    [of_two] = [row for row in rows if two.public_id in row]
    assert "compliance.*" in of_one
    assert "418" in of_one
    assert "kyc.* of 1 seller" in of_two
    assert "418" not in of_two
    page = desk.opens(page_of(one))
    assert "Last error: <strong>418</strong>" in page
    assert page_of(Delivery.objects.get()) in page
    assert "Last error" not in desk.opens(page_of(two))


@pytest.mark.parametrize(
    ("state", "words"),
    [("ACTIVE", "replay it here"), ("DISABLED", "enable it on"), ("deleted", "was deleted")],
)
def test_a_failed_delivery_says_what_can_be_done(desk, endpoint, failed, state, words):
    if state == "deleted":
        Endpoint.objects.update(deleted_at=timezone.now())
    else:
        Endpoint.objects.update(status=state)

    assert words in desk.opens(page_of(failed))
    assert page_of(endpoint) in desk.opens("/admin/webhooks/delivery/?status__exact=FAILED")


def test_events_and_sellers_change_and_an_empty_url_stays(desk, partner, seller, endpoint):
    url = endpoint.url

    desk.presses(move(endpoint, "change"), events=["kyc.*"], partnerIds=[str(seller.uuid)])
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.events, endpoint.partner_uuids) == (url, ["kyc.*"], [str(seller.uuid)])
    assert form_on(desk.http.get(move(endpoint, "change")))["events"] == ["kyc.*"]
    refused = desk.presses(move(endpoint, "change"), partnerIds=[], status=422)
    desk.presses(move(endpoint, "change"), partnerIds=[], allSellers="on")

    assert "Tick at least one seller" in refused.content.decode()
    [listed] = partner.get("/v1/webhooks").json()
    assert (listed["events"], listed["partnerIds"]) == (["kyc.*"], None)


def test_an_endpoint_is_paused_with_a_reason_and_resumed(desk, partner, seller, endpoint, receiver):
    desk.presses(move(endpoint, "pause"), why="The partner moves his server")
    happens(seller)
    deliver_due()
    assert len(receiver.requests) == 0
    assert "Events are kept and go out when it is resumed." in desk.opens(page_of(endpoint))

    desk.presses(move(endpoint, "resume"))
    deliver_due()

    assert len(receiver.requests) == 1
    assert partner.get("/v1/webhooks").json()[0]["status"] == "ACTIVE"
    entries = Entry.objects.filter(action__in=("endpoint.paused", "endpoint.active")).order_by("pk")
    assert [*entries.values_list("action", "purpose", "actor_kind")] == [
        ("endpoint.paused", "The partner moves his server", "STAFF"),
        ("endpoint.active", "", "STAFF"),
    ]


def test_only_what_the_status_allows_is_offered(desk, endpoint):
    def offered() -> set[str]:
        text = desk.opens(page_of(endpoint))
        return {name for name in ("pause", "resume", "disable", "send-test") if move(endpoint, name) in text}

    assert offered() == {"pause", "disable", "send-test"}
    desk.presses(move(endpoint, "disable"), why="Not needed")
    assert offered() == {"pause", "resume"}
    desk.presses(move(endpoint, "delete"), why="Contract ended")
    assert offered() == set()


def test_what_somebody_else_has_moved_is_not_moved_twice(desk, second_desk, endpoint):
    seen = desk.form(move(endpoint, "disable"))
    second_desk.presses(move(endpoint, "change"), events=["kyc.*"])

    answer = desk.sends(move(endpoint, "disable"), {**seen, "why": "Not needed"})

    assert (answer.status_code, "Bernd Maier" in answer.content.decode()) == (409, True)
    endpoint.refresh_from_db()
    assert endpoint.status == "ACTIVE"


def test_a_deleted_endpoint_is_gone_for_the_partner(desk, partner, endpoint):
    desk.presses(move(endpoint, "delete"), why="Contract ended")

    assert partner.get("/v1/webhooks").json() == []
    assert "DELETED" in desk.opens(page_of(endpoint))
    assert Entry.objects.get(action="endpoint.deleted").purpose == "Contract ended"


def test_a_new_signing_secret_is_shown_once(desk, endpoint):
    shown = desk.presses(move(endpoint, "rotate-secret"), status=200)

    secret = shown.context["done"].secrets["Signing secret"]
    text = desk.opens(page_of(endpoint))
    assert secret not in text
    assert "two secrets" in text


def test_a_test_event_arrives_verbatim(desk, endpoint, receiver):
    answer = desk.presses(
        move(endpoint, "send-test"), eventType="kyc.vies_check_failed", data='{"a": [1, "ü"]}'
    )
    deliver_due()

    delivery = Delivery.objects.get()
    assert answer["Location"] == page_of(delivery)
    [request] = receiver.requests
    assert b'"data":{"a":[1,"\xc3\xbc"]}' in request.body
    text = desk.opens(page_of(delivery))
    assert [
        words for words in ("kyc.vies_check_failed", "Delivered", "&quot;ü&quot;") if words not in text
    ] == []


def test_data_that_is_no_object_is_refused(desk, endpoint):
    answer = desk.presses(move(endpoint, "send-test"), data="[1, 2", status=422)

    assert form_on(answer)["data"] == "[1, 2"
    assert Delivery.objects.count() == 0


def test_a_failed_delivery_is_replayed_from_the_row_and_from_its_page(desk, partner, endpoint, failed):
    assert move(endpoint, "replay", failed.uuid) in desk.opens(page_of(endpoint))

    desk.presses(move(endpoint, "replay", failed.uuid))
    desk.presses(move(failed, "replay"))

    replays = Delivery.objects.filter(replay_of=failed)
    listed = partner.get(f"/v1/webhooks/{endpoint.public_id}/deliveries").json()["data"]
    assert {one["id"] for one in listed} == {failed.public_id, *(one.public_id for one in replays)}
    assert replays.count() == 2
    assert Entry.objects.filter(action="endpoint.replayed", actor_kind="STAFF").count() == 2


def test_what_failed_since_a_time_is_replayed_at_once(desk, endpoint, failed):
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=3))
    desk.presses(move(endpoint, "replay-failed"))
    assert Delivery.objects.count() == 1  # the form starts with the last day

    since = (timezone.now() - timedelta(days=4)).strftime("%Y-%m-%dT%H:%M")
    answer = desk.presses(move(endpoint, "replay-failed"), since=since)

    assert Delivery.objects.filter(replay_of=failed).count() == 1
    assert "1 delivery on the way again." in desk.opens(answer["Location"])


def test_a_form_that_is_sent_twice_replays_once(desk, failed):
    filled = desk.form(move(failed, "replay"))

    assert [desk.sends(move(failed, "replay"), filled).status_code for _ in range(2)] == [302, 302]
    assert Delivery.objects.filter(replay_of=failed).count() == 1


def test_nothing_is_replayed_to_a_disabled_endpoint(desk, endpoint, failed):
    filled = desk.form(move(failed, "replay"))
    desk.presses(move(endpoint, "disable"), why="Not needed")

    assert desk.sends(move(failed, "replay"), filled).status_code == 409
    assert "/do/replay/" not in desk.opens(page_of(endpoint))
    assert Delivery.objects.count() == 1


def test_a_delivery_of_somebody_else_is_not_there(desk, partner, endpoint, failed, receiver):
    other = registered(partner, receiver, "kyc.*")

    filled = desk.form(move(endpoint, "replay", failed.uuid))
    assert desk.sends(move(other, "replay", failed.uuid), filled).status_code == 404
    assert Delivery.objects.count() == 1


def test_many_are_replayed_and_resumed_from_the_list(desk, endpoint, failed):
    desk.presses(move(endpoint, "pause"), why="Away")

    desk.presses(f"/admin/webhooks/delivery/bulk/replay/?ids={failed.pk}", status=200)
    desk.presses(f"/admin/webhooks/endpoint/bulk/resume/?ids={endpoint.pk}", status=200)

    endpoint.refresh_from_db()
    assert (endpoint.status, Delivery.objects.filter(replay_of=failed).count()) == ("ACTIVE", 1)


def test_the_answers_of_a_receiver_are_text_on_our_page(desk, seller, endpoint, receiver):
    receiver.answers, receiver.body = [500], b"<script>alert(1)</script>"
    happens(seller)
    deliver_due()

    text = desk.opens(page_of(Delivery.objects.get()))

    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert(1)" not in text


def test_the_id_that_partners_know_is_found(desk, endpoint, failed):
    def found(url: str) -> list:
        return list(desk.http.get(url).context["cl"].result_list)

    assert found(f"/admin/webhooks/endpoint/?q={endpoint.public_id}") == [endpoint]
    assert found(f"/admin/webhooks/delivery/?q={failed.public_id}") == [failed]
    assert found(f"/admin/webhooks/delivery/?q={failed.message.event_id}") == [failed]
    assert found(f"/admin/webhooks/delivery/?q={endpoint.public_id}") == []


def test_the_page_takes_no_more_queries_for_more_deliveries(
    desk,
    seller,
    endpoint,
    django_assert_max_num_queries,
):
    for _ in range(5):
        happens(seller)
    deliver_due()
    desk.opens(page_of(endpoint))

    with django_assert_max_num_queries(12):
        desk.opens(page_of(endpoint))


def test_a_viewer_sees_and_presses_nothing(endpoint, failed):
    viewer = Desk(member("vera", "webhooks.view_endpoint", "webhooks.view_delivery"))

    for record in (endpoint, failed):
        assert "/do/" not in viewer.opens(page_of(record))
    for name in ("pause", "change", "rotate-secret", "send-test", "delete", "replay-failed"):
        viewer.opens(move(endpoint, name), 403)
    viewer.opens(move(endpoint, "replay", failed.uuid), 403)
    viewer.opens(move(failed, "replay"), 403)
    viewer.opens(ADD, 403)
    viewer.opens(f"/admin/webhooks/delivery/bulk/replay/?ids={failed.pk}", 403)
