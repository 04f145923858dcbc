"""One move for many: each record on its own, and a line for each that says what became of it."""

import pytest
from django.urls import reverse

from buyers.models import Buyer
from nt24.audit.models import Entry
from nt24.mail.models import Mail
from nt24.staff.bulk import MOST
from tests.buyers.links import invited, linked
from tests.ledger import nothing_moves
from tests.staff.desk import Desk, member, move_of

LIST = "/admin/buyers/buyer/"


@pytest.fixture
def buyers(deal):
    for number in ("PL5260001246", "PL1111111111", "PL2222222222"):
        deal.has_buyer(vatNumber=number)
    return list(Buyer.objects.order_by("pk"))


def bulk(model, name, records):
    page = reverse(f"admin:buyers_{model}_bulk", args=[name])
    return f"{page}?ids={'.'.join(str(record.pk) for record in records)}"


def form_of(desk, url):
    page = desk.http.get(url)
    versions = {f"version-{choice.record.pk}": choice.version for choice in page.context["choices"]}
    return {"form-id": page.context["form_id"], **versions}


def lines(response):
    assert response.status_code == 200, response.context["form"].errors
    return {
        outcome.record.pk: (outcome.is_done, outcome.sentence) for outcome in response.context["outcomes"]
    }


def test_what_is_ticked_in_the_list_is_asked_about_and_nothing_else(berta, buyers):
    ticked = {"action": "block", "index": "0", "_selected_action": [row.pk for row in buyers[:2]]}
    response = berta.http.post(LIST, {**ticked, "select_across": "1"}, follow=True)

    assert {choice.record.pk for choice in response.context["choices"]} == {row.pk for row in buyers[:2]}
    assert Buyer.objects.filter(status="BLOCKED").count() == 0


def test_each_is_done_on_its_own_and_says_so(berta, buyers):
    first, second, third = buyers
    berta.press(move_of(second, "block"), why="before")
    url = bulk("buyer", "block", buyers)
    response = berta.http.post(url, form_of(berta, url) | {"why": "one owner, unpaid"})

    assert lines(response) == {
        first.pk: (True, "Buyer blocked."),
        second.pk: (
            False,
            "This cannot be done now. Somebody may have done it already: go back and reload the page.",
        ),
        third.pk: (True, "Buyer blocked."),
    }
    entries = Entry.objects.filter(action="buyer.blocked", purpose="one owner, unpaid")
    assert {entry.subject_uuid for entry in entries} == {first.uuid, third.uuid}
    assert {(entry.source, entry.actor_label) for entry in entries} == {("WEB_APP", "Berta")}


def test_a_record_that_somebody_has_changed_meanwhile_is_left_as_it_is(berta, carl, buyers):
    url = bulk("buyer", "block", buyers)
    form = form_of(berta, url)
    carl.press(move_of(buyers[1], "change"), companyName="Kowalski i Syn", why="renamed")

    response = berta.http.post(url, form | {"why": "unpaid"})

    assert lines(response)[buyers[1].pk] == (
        False,
        "Somebody has changed it since it was chosen; nothing was overwritten.",
    )
    assert list(Buyer.objects.order_by("pk").values_list("status", flat=True)) == [
        "BLOCKED",
        "ACTIVE",
        "BLOCKED",
    ]


def test_sent_twice_it_is_done_once(berta, buyers):
    url = bulk("buyer", "check-vies", buyers)
    form = form_of(berta, url)
    berta.http.post(url, form)

    with nothing_moves():
        again = berta.http.post(url, form)
    assert {is_done for is_done, _ in lines(again).values()} == {False}
    assert Entry.objects.filter(action="vies_check.requested").count() == 3


def test_without_a_reason_nothing_is_done(berta, buyers):
    url = bulk("buyer", "block", buyers)

    with nothing_moves():
        response = berta.http.post(url, form_of(berta, url) | {"why": " "})
    assert response.status_code == 422
    assert len(response.context["choices"]) == 3


def test_a_form_that_is_not_ours_does_nothing(berta, buyers):
    with nothing_moves():
        response = berta.http.post(bulk("buyer", "check-vies", buyers), {"form-id": "x"})
    assert response.status_code == 422


@pytest.mark.parametrize("ids", ["", "x", "0", "all"])
def test_nothing_or_too_much_leads_back_to_the_list(berta, buyers, ids):
    for extra in range(MOST):
        Buyer.objects.create(
            seller=buyers[0].seller,
            vat_number=f"PL{extra}",
            company_name="x",
            address={},
            kyc_mode="NT24_LED",
        )
    if ids == "all":
        ids = ".".join(str(pk) for pk in Buyer.objects.values_list("pk", flat=True))
    response = berta.http.get(f"{reverse('admin:buyers_buyer_bulk', args=['block'])}?ids={ids}")

    assert (response.status_code, response["Location"]) == (302, LIST)


def test_who_may_not_is_neither_offered_nor_allowed_it(buyers):
    viewer = Desk(member("vera", "buyers.view_buyer"))

    assert viewer.get(LIST).context["action_form"] is None
    with nothing_moves():
        assert viewer.http.post(bulk("buyer", "block", buyers), {"why": "x"}).status_code == 403
    assert viewer.http.get(reverse("admin:buyers_buyer_bulk", args=["nothing"])).status_code == 404


def test_invitations_are_mailed_again_where_there_is_somebody_to_mail(berta, deal):
    deal.has_buyer()
    mailed, published = invited(deal.partner, deal.buyer), linked(deal.partner)
    url = bulk("invitation", "resend", [mailed, published])
    response = berta.http.post(url, form_of(berta, url))

    assert {pk: is_done for pk, (is_done, _) in lines(response).items()} == {
        mailed.pk: True,
        published.pk: False,
    }
    assert Mail.objects.count() == 2


def test_invitations_are_revoked_together_with_one_reason(berta, deal):
    deal.has_buyer()
    chosen = [invited(deal.partner, deal.buyer), invited(deal.partner, deal.buyer)]
    url = bulk("invitation", "revoke", chosen)
    berta.http.post(url, form_of(berta, url) | {"reason": "left the company"})

    assert {(one.status, one.revocation_reason) for one in type(chosen[0]).objects.all()} == {
        ("REVOKED", "left the company")
    }
