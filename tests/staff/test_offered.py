"""Whatever a page offers can be done: in each state of each record every button is pressed, and none is refused by the
state. What is not offered is refused, with the reason in place of the form."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils import timezone

from buyers.invitation_models import Invitation, Prospect
from buyers.models import Buyer
from nt24.people.models import Handling
from nt24.people.roles import ADMINISTRATOR, AUDITOR, CASE_HANDLER, VIEWER
from nt24.staff.record_admin import RecordAdmin
from nt24.webhooks.models import Delivery, Endpoint
from orders.models import Order
from tests.buyers.links import fills_in, invited, linked
from tests.compliance.staff import VAT_APPLICABLE, overrides, proposes, proposes_end
from tests.factories.partners import SellerFactory
from tests.ledger import everything
from tests.papers import pdf
from tests.staff.desk import Desk, form_on, page_of, paper, problems_on

BUTTON = re.compile(r'href="(/admin/\w+/\w+/(?:\d+/do/[a-z-]+/(?:[0-9a-f-]{36}/)?|add/\?in=\d+))"')
# What a person would enter; only what the form has is sent.
ENTERED = {
    "reason": "Because it is so.",
    "why": "Because it is so.",
    "decision": VAT_APPLICABLE,
    "label": "Website",
    "recipientEmail": "eva@example.com",
    "kycMode": "NT24_LED",
    "vatNumber": "FR40303265045",
    "companyName": "Auto Lyon SARL",
    "address.street": "Rue 1",
    "address.postCode": "69001",
    "address.city": "Lyon",
    "address.country": "FR",
    "externalOrderId": "BY-HAND-1",
    "totalAmount.value": "100.00",
    "vins[0].vin": "WVWZZZ1JZXW123456",
    "vins[0].brand": "VW",
    "vins[0].model": "Golf",
    "vins[0].purchaseAmount.value": "100.00",
    "invoiceNumber": "R-17",
    "invoiceDate": "2026-04-20",
    "paymentDate": "2026-04-20",
    "sourceIban": "DE89370400440532013000",
    "documentDate": "2026-04-20",
    "pickupDate": "2026-04-22",
    "deliveryDate": "2026-04-24",
    "driverIdentification": "DE-FR-2026-1234",
    "firstName": "Eva",
    "lastName": "Blum",
    "email": "eva@example.com",
    "url": "https://8.8.8.8/hook",
    "events": ["order.*"],
    "name": "Autohaus Neu",
    "slug": "autohaus-neu",
    "adminEmail": "eva@example.com",
    "signedOn": "2026-04-01",
    "signerName": "Eva Blum",
    "signerRole": "Director",
    "displayName": "Neu",
    "replyTo": "eva@example.com",
}
ON_OTHER_PAGES = {"add-contact"}  # beside the people, whom one sees for a purpose


@contextmanager
def undone() -> Iterator[None]:
    """The database as before, so that the next button is pressed in the same state."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def someone(name: str, role: str) -> Desk:
    user = User.objects.create(username=name, first_name=name.capitalize(), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return Desk(user)


class Press:
    """Presses what is offered; `done` are the moves that went through somewhere, `wrong` what a state has refused."""

    def __init__(self) -> None:
        self.boss = someone("boss", ADMINISTRATOR)
        self.handler = someone("handler", CASE_HANDLER)
        self.onlookers = [someone("auditor", AUDITOR), someone("viewer", VIEWER)]
        self.done: set[str] = set()
        self.wrong: list[Any] = []

    def tries(self, record: Any, state: str, *, by: Desk | None = None) -> set[str]:
        """Every button of the record's page, as it is offered now to this person; the names of those."""
        desk = by or self.boss
        found = dict.fromkeys(BUTTON.findall(desk.opens(page_of(record))))
        for url in found:
            with undone():
                self.try_one(desk, url, state)
        for other in self.onlookers if by is None else ():
            if shown := BUTTON.findall(other.get(page_of(record)).content.decode()):
                self.wrong.append((state, other.user.username, shown))
        if by is None:
            self.tries_absent(record, found, state)
        return {name_of(url) for url in found}

    def try_one(self, desk: Desk, url: str, state: str) -> None:
        page = desk.http.get(url)
        if page.status_code != 200:
            self.wrong.append((state, url, page.status_code))
            return
        form, html = form_on(page), page.content.decode()
        answer = desk.sends(url, form | filled(html, form))
        if answer.status_code in (200, 302):
            self.done.add(name_of(url))
        elif answer.status_code != 422:
            self.wrong.append((state, url, answer.status_code, problems_on(answer)))

    def tries_absent(self, record: Any, found: Any, state: str) -> None:
        """Moves of this record that its page does not offer show no form, and refuse one that is sent."""
        here: Any = admin.site.get_model_admin(type(record))
        offered, before = {name_of(url) for url in found}, everything()
        for move in here.moves:
            if move.of_item or move.name in offered | ON_OTHER_PAGES:
                continue
            url = here.url_of_move(record, move)
            sent = self.boss.sends(url, {"form-id": str(uuid4()), "reason": "x", "why": "x"})
            if sent.status_code not in (403, 409):
                self.wrong.append((state, "absent", url, sent.status_code))
        assert everything() == before, state


def filled(html: str, form: dict[str, Any]) -> dict[str, Any]:
    """What has no value yet; of choices the first one."""
    there = set(re.findall(r'name="([^"]+)"', html))
    values = {name: value for name, value in ENTERED.items() if name in there and not form.get(name)}
    for name in ("type", "despite", "vins"):
        if name in there and not form.get(name):
            part = html.split(f'name="{name}"', 1)
            tag = part[0].rsplit("<", 1)[1] + part[1]
            first = re.search(r'value="([^"]+)"', tag)
            values[name] = first[1] if first else ""
    if "file" in there:
        values["file"] = paper(pdf("by hand"))
    return values


def name_of(url: str) -> str:
    return url.split("/do/")[1].split("/")[0] if "/do/" in url else f"new {url.split('/')[3]}"


@pytest.fixture
def press(db):
    one = Press()
    yield one
    assert one.wrong == []


def the_order() -> Order:
    return Order.objects.latest("pk")


def the_buyer() -> Buyer:
    return Buyer.objects.latest("pk")


def handled(desk: Desk) -> None:
    """Somebody else has had this account in hand."""
    Handling.objects.create(user=desk.user, what=Handling.What.PASSWORD, by_id="0", by_label="Someone")


# --- Orders --------------------------------------------------------------------------------------------------------


def test_an_order_on_its_way(deal, press):
    steps = [
        ("placed", lambda: deal.has_buyer().has_kyc().has_order()),
        ("invoiced", deal.has_invoice),
        ("paid", deal.has_payment),
        ("ready", deal.is_ready),
        ("picked up", deal.is_picked_up),
        ("delivered, judged", lambda: (deal.is_delivered(), deal.run_workers())),
    ]
    for state, step in steps:
        step()
        press.tries(the_order(), state)
    offered = press.tries(the_order(), "judged", by=press.handler)

    assert {"submit-final-invoice", "regenerate-export", "propose-override", "revoke-delivery"} <= offered
    assert "cancel" not in offered
    assert {
        "submit-invoice", "submit-payment", "ready-for-pickup", "confirm-pickup", "confirm-delivery",
        "submit-final-invoice", "revoke-pickup", "revoke-delivery", "cancel", "file-transport-document",
        "archive-document", "propose-override", "regenerate-export",
    } <= press.done  # fmt: skip


def test_an_order_that_ends_otherwise(deal, press):
    deal.has_buyer().has_kyc().has_order()
    deal.partner.post(f"{deal.path}/cancel", {"reason": "the buyer stepped back"})
    assert press.tries(the_order(), "cancelled") == set()

    deal.has_order(externalOrderId="TAXED").has_invoice(marginScheme=True).has_payment().is_ready()
    deal.is_picked_up().is_delivered()
    deal.partner.post(f"{deal.buyer_path}/block")
    press.tries(the_order(), "taxed, buyer blocked")


@pytest.mark.parametrize("step", ["proposed", "overtaken", "ended"])
def test_an_order_that_two_people_decide(deal, press, step):
    deal.is_judged()
    offered = {"accept-proposal", "decline-proposal"}
    if step == "ended":
        overrides(VAT_APPLICABLE)
        press.tries(the_order(), "overridden")
        proposes_end()
    else:
        proposes(VAT_APPLICABLE)
    if step == "overtaken":
        changed = deal.partner.patch(
            f"{deal.path}/payment", {"cashAmount": {"value": 7, "currency": "EUR"}}, if_match='"2"'
        )
        assert changed.status_code == 200, changed.content
        offered.remove("accept-proposal")

    assert press.tries(the_order(), step) & {"accept-proposal", "decline-proposal"} == offered
    handled(press.handler)
    assert not press.tries(the_order(), step, by=press.handler) & {"accept-proposal", "decline-proposal"}
    page = press.handler.opens(page_of(the_order()))
    assert "does not count as one of two people yet" in page
    assert "propose-override" not in page


def test_what_nobody_sets_aside_is_not_proposed(deal, press):
    """VAT applies, the vehicles are at the buyer's, and the buyer is blocked: no other verdict is left."""
    deal.has_buyer().has_kyc().has_order().has_invoice(marginScheme=True).has_payment().is_ready()
    assert deal.rollup()["decision"] == VAT_APPLICABLE
    deal.partner.post(f"{deal.buyer_path}/block")

    assert "propose-override" not in press.tries(the_order(), "blocked")
    url = page_of(the_order()).replace("/change/", "/do/propose-override/")
    assert "No override sets this aside" in press.boss.opens(url, 409)


# --- Buyers and links ----------------------------------------------------------------------------------------------


def test_a_buyer_in_every_state(deal, press, client):
    deal.has_buyer(vatNumber="PL1111111111")
    assert {"new order", "invite", "block", "file-kyc-document"} <= press.tries(the_buyer(), "mode A")
    deal.partner.post(f"{deal.buyer_path}/block")
    offered = press.tries(the_buyer(), "blocked")
    assert "new order" not in offered
    assert "unblock" in offered

    deal.has_buyer(vatNumber="PL2222222222", kycMode="NT24_LED")
    press.tries(the_buyer(), "mode B")
    for overall, about in (("SUSPECTED", {}), ("APPROVED", {"aml_hit": "on"})):
        url = deal.partner.post(f"{deal.buyer_path}/kyc/verify").json()["idenfyUrl"]
        client.post(url.removeprefix("http://testserver"), {"overall": overall, **about})
        press.tries(the_buyer(), overall)
        if overall == "SUSPECTED":
            reject = f"/admin/buyers/buyer/{the_buyer().pk}/do/reject-verification/"
            press.handler.press(reject, reason="another face")
            press.tries(the_buyer(), "rejected")
    press.handler.press(f"/admin/buyers/buyer/{the_buyer().pk}/do/propose-clearing/", reason="a namesake")
    assert "accept-proposal" in press.tries(the_buyer(), "clearing proposed")
    assert "withdraw-proposal" in press.tries(the_buyer(), "one's own", by=press.handler)
    handled(press.boss)
    assert not {"accept-proposal", "decline-proposal"} & press.tries(
        the_buyer(), "not confirmed", by=press.boss
    )

    assert {
        "new order",
        "invite",
        "start-verification",
        "approve-verification",
        "accept-proposal",
    } <= press.done


def shuts_out(organization: Any, **terms: Any) -> None:
    for name, value in terms.items():
        setattr(organization, name, value)
    organization.save()


SHUT_OUT = [
    ({"dpa_version": "", "dpa_accepted_at": None}, "has not accepted the data processing agreement"),
    ({"dpa_version": "2020-01"}, "data processing agreement"),
    ({"disabled_at": datetime(2026, 4, 1, tzinfo=UTC)}, "is disabled"),
]


@pytest.mark.parametrize(("terms", "why"), SHUT_OUT)
def test_nothing_new_is_offered_for_whom_the_api_would_refuse(deal, press, terms, why, settings):
    settings.DPA_VERSION, settings.DPA_VERSION_SINCE = "2026-01", "2026-01-01"
    deal.has_buyer()
    prospect = fills_in(linked(deal.partner), vat_number="PL7777777777")
    shuts_out(deal.partner.seller.organization, **terms)

    for record in (the_buyer(), prospect):
        assert not {"new order", "invite", "convert"} & press.tries(record, why)
        assert why in press.boss.opens(page_of(record))
    status = 403
    for below in (f"buyers/buyer/add/?in={deal.partner.seller.pk}", f"orders/order/add/?in={the_buyer().pk}"):
        if "buyer/add" in below and "disabled_at" in terms:
            continue  # who is disabled is not among the sellers at all
        assert why in press.boss.opens(f"/admin/{below}", status)
    assert why in press.boss.opens("/admin/orders/order/add/")
    if "disabled_at" not in terms:
        press.tries(deal.partner.seller.organization, why)


def test_an_order_for_a_blocked_buyer_shows_why_not_and_takes_none(deal, press):
    deal.has_buyer()
    deal.partner.post(f"{deal.buyer_path}/block")
    url, before = f"/admin/orders/order/add/?in={the_buyer().pk}", everything()

    assert "blocked" in press.boss.opens(url, 409)
    assert press.boss.sends(url, ENTERED | {"form-id": str(uuid4())}).status_code == 409
    assert url not in press.boss.opens("/admin/orders/order/add/")
    assert everything() == before


def test_only_granted_capabilities_are_offered(deal, press):
    deal.has_buyer()
    shuts_out(deal.partner.seller.organization, allow_marketplace_led_kyc=False, allow_multi_vin_orders=False)

    assert "MARKETPLACE_LED" not in press.boss.opens(f"/admin/buyers/buyer/add/?in={deal.partner.seller.pk}")
    assert 'value="vins"' not in press.boss.opens(f"/admin/orders/order/add/?in={the_buyer().pk}")


def test_links_in_every_state(deal, press):
    deal.has_buyer()
    link = invited(deal.partner, deal.buyer)
    assert {"show-link", "resend", "revoke"} == press.tries(link, "open")
    assert "resend" not in press.tries(linked(deal.partner), "without a recipient")

    Invitation.objects.filter(pk=link.pk).update(expires_at=timezone.now())
    assert press.tries(link, "run out") == {"revoke"}
    for state in ("USED", "EXPIRED"):
        Invitation.objects.filter(pk=link.pk).update(status=state, last_used_at=timezone.now(), usage_count=1)
        assert press.tries(link, state) == set()

    company = fills_in(linked(deal.partner), vat_number="PL7777777777")
    consumer = fills_in(linked(deal.partner), type=Prospect.Type.CONSUMER)
    assert press.tries(company, "company") == {"convert"}
    assert press.tries(consumer, "consumer") == set()


def test_a_mailbox_that_has_had_enough_gets_no_button(deal, press):
    deal.has_buyer()
    link = invited(deal.partner, deal.buyer)
    for _ in range(9):
        resend = f"{deal.buyer_path}/kyc/self-service-invitations/{link.uuid}/resend"
        assert deal.partner.post(resend).status_code == 202

    assert "resend" not in press.tries(link, "ten mails")
    assert "Call the buyer" in press.boss.opens(page_of(link))


# --- Tenants and webhooks ------------------------------------------------------------------------------------------


def test_tenants_in_every_state(deal, press):
    organization, client = deal.partner.seller.organization, deal.partner.client
    press.boss.press(f"/admin/partners/apiclient/{client.pk}/do/rotate-secret/")
    press.tries(client, "with two secrets")
    press.tries(organization, "open")
    press.tries(deal.partner.seller, "open")
    for record in (client, deal.partner.seller, organization):
        shuts_out(record, disabled_at=timezone.now())
        press.tries(record, "disabled")

    assert {"disable", "enable", "confirm-secret", "add-seller", "add-client"} <= press.done
    assert press.tries(SellerFactory(), "of another organization")


@pytest.mark.parametrize("status", ["ACTIVE", "PAUSED", "DISABLED", "DELETED"])
def test_webhooks_in_every_state(deal, press, status):
    hook = deal.partner.post("/v1/webhooks", {"url": "https://8.8.8.8/", "events": ["kyc.*"]})
    deal.partner.post(f"{hook['Location']}/test", {"eventType": "kyc.vies_check_failed", "data": {}})
    Delivery.objects.update(status=Delivery.Status.FAILED, last_attempt_at=timezone.now())
    about = {"deleted_at": timezone.now()} if status == "DELETED" else {"status": status}
    Endpoint.objects.update(**about, **({"paused_at": timezone.now()} if status == "PAUSED" else {}))

    press.tries(Endpoint.objects.get(), status)
    press.tries(Delivery.objects.get(), status)
    assert bool(press.done) == (status != "DELETED")


def test_every_kind_of_record_with_buttons_is_walked():
    """A new kind of record belongs into this file."""
    walked = {
        "order",
        "buyer",
        "invitation",
        "prospect",
        "organization",
        "apiclient",
        "seller",
        "endpoint",
        "delivery",
    }
    elsewhere = {
        "document",
        "mail",
        "sellerbranding",
        "entry",
        "exportfile",
    }  # no button that a state refuses
    models = {one.opts.model_name for one in admin.site._registry.values() if isinstance(one, RecordAdmin)}

    assert models == walked | elsewhere
