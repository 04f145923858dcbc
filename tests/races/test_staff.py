"""Two handlers and an API client on one order at once: nobody's change is lost silently (contract 4.4)."""

import pytest

from orders.models import Invoice, Order
from tests.papers import pdf
from tests.races import bodies
from tests.races.crowd import at_once
from tests.races.proofs import assert_rollups_are_current
from tests.staff.desk import Desk, member, paper

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desks(db):
    return [Desk(member(name, everything=True, first_name=name)) for name in ("Anna", "Bernd", "Cora")]


def move(order, name: str) -> str:
    return f"/admin/orders/order/{Order.objects.get(uuid=order['uuid']).pk}/do/{name}/"


def test_of_three_changes_at_once_one_is_taken_and_the_others_are_told(desks, partner, order, path):
    assert partner.post(f"{path}/invoice", bodies.invoice()).status_code == 201
    url, version = move(order, "change-invoice"), partner.get(f"{path}/invoice").json()["version"]
    forms = [desk.form(url) for desk in desks[:2]]

    answers = at_once(
        [
            lambda: desks[0].sends(url, {**forms[0], "invoiceNumber": "INV-ANNA"}),
            lambda: desks[1].sends(url, {**forms[1], "invoiceNumber": "INV-BERND"}),
            lambda: partner.patch(f"{path}/invoice", {"invoiceNumber": "INV-API"}, version=version),
        ]
    )

    statuses = [answer.status_code for answer in answers]
    taken = [status in (200, 302) for status in statuses]
    assert taken.count(True) == 1
    assert statuses.count(409) == 2
    winner = ("INV-ANNA", "INV-BERND", "INV-API")[taken.index(True)]
    invoice = Invoice.objects.get()
    assert (invoice.invoice_number, invoice.version) == (winner, version + 1)
    for answer, is_taken in zip(answers[:2], taken[:2], strict=True):
        assert is_taken or winner in answer.content.decode()
    assert_rollups_are_current()


def test_one_form_sent_by_five_impatient_presses_is_carried_out_once(desks, partner, order, path):
    url = move(order, "file-order-document")
    form = {**desks[0].form(url), "type": "ORDER_PURCHASING_CONTRACT", "documentDate": "2026-03-01"}
    presses = [Desk(desks[0].user) for _ in range(5)]

    answers = at_once(
        [lambda desk=desk: desk.sends(url, {**form, "file": paper(pdf("contract"))}) for desk in presses]
    )

    assert {answer.status_code for answer in answers} == {302}
    assert partner.get(f"{path}/documents").json()["pagination"]["totalElements"] == 1


def test_cancelling_races_an_invoice_and_a_cancelled_order_never_has_one(desks, partner, order, path):
    cancel, submit = move(order, "cancel"), move(order, "submit-invoice")
    first, second = desks[0].form(cancel), desks[1].form(submit)
    data = {"invoiceDate": "2026-03-01", "invoiceNumber": "INV-1"}

    answers = at_once(
        [
            lambda: desks[0].sends(cancel, {**first, "reason": "withdrawn"}),
            lambda: desks[1].sends(submit, {**second, **data}),
        ]
    )

    now = partner.get(path).json()
    invoices = Invoice.objects.count()
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [302, 409]
    assert (now["status"], invoices) in (("CANCELLED", 0), ("INVOICE_SUBMITTED", 1))
