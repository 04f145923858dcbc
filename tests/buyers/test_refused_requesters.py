"""VIES does not take the seller's own number: the cause is named, and the checks wait for a corrected one (17.14)."""

import pytest
import time_machine

from buyers import checks
from buyers.models import RefusedRequester, ViesCheck
from nt24.actors import system
from nt24.mail.models import Mail
from nt24.partners.actions import update_seller
from nt24.vault import decrypt
from tests.buyers.test_buyers import KOWALSKI
from tests.deal import Deal, taken
from tests.factories.partners import ApiClientFactory
from tests.ledger import messages, renew
from tests.partner import Partner

BY = system("test")


@pytest.fixture
def clock():
    with time_machine.travel("2026-04-25T10:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def partner(clock, seller, vies_server):
    return Partner(ApiClientFactory(organization=seller.organization), seller)


def buyer_asked_about(partner, vat_number):
    buyer = taken(partner.post("P/buyers", {**KOWALSKI, "vatNumber": vat_number}), 201)
    path = f"P/buyers/{buyer['uuid']}/kyc"
    taken(partner.post(f"{path}/vies-check"), 202)
    return path


def shown(partner, path):
    return taken(partner.get(path), 200)["viesResult"]


def refuse(vies_server, times=1):
    vies_server.says_error("INVALID_REQUESTER_INFO", times=times)


def test_the_result_stays_pending_however_long_it_takes(partner, clock, vies_server):
    path = buyer_asked_about(partner, "PL5260001246")
    refuse(vies_server)
    checks.ask_due()

    for _ in range(5):
        clock.shift(86_400)
        checks.ask_due()
    renew(partner)

    assert shown(partner, path) == "PENDING"
    assert len(vies_server.asked) == 1
    (check,) = taken(partner.get(f"{path}/vies-checks"), 200)["data"]
    assert (check["status"], check["errorCode"]) == ("QUEUED", "INVALID_REQUESTER_INFO")
    assert messages() == []


def test_the_sellers_admin_is_mailed_once_whatever_the_number_of_buyers(partner, seller, vies_server):
    refuse(vies_server, times=4)
    path = ""
    for number in ("PL5260001246", "NL123456789B01", "IT00743110157"):
        path = buyer_asked_about(partner, number)
        checks.ask_due()
    taken(partner.post(f"{path}/vies-check"), 202)
    checks.ask_due()

    (mail,) = Mail.objects.filter(kind="buyers.requester_refused")
    assert mail.to == seller.admin_email
    assert "DE123456789" in decrypt(mail.text)
    assert RefusedRequester.objects.count() == 1


@pytest.mark.parametrize("corrected", ["DE136695976", "ATU12345675", "FR40303265045"])
def test_a_corrected_number_is_asked_with_at_once(partner, seller, vies_server, corrected):
    path = buyer_asked_about(partner, "PL5260001246")
    refuse(vies_server)
    checks.ask_due()

    update_seller(seller, vat_number=corrected, by=BY)
    checks.ask_due()

    assert shown(partner, path) == "VALID"
    (check,) = taken(partner.get(f"{path}/vies-checks"), 200)["data"]
    assert check["requesterVatNumber"] == corrected
    assert vies_server.asked[-1].members["requesterNumber"] == corrected[2:]
    assert not RefusedRequester.objects.exists()


def test_a_number_that_is_wrong_again_is_mailed_about_again(partner, seller, vies_server):
    buyer_asked_about(partner, "PL5260001246")
    refuse(vies_server, times=2)
    checks.ask_due()
    update_seller(seller, vat_number="DE999999999", by=BY)
    checks.ask_due()

    assert Mail.objects.filter(kind="buyers.requester_refused").count() == 2
    assert RefusedRequester.objects.get().vat_number == "DE999999999"


def test_a_number_corrected_while_the_question_was_on_its_way_is_noticed(partner, seller, vies_server):
    path = buyer_asked_about(partner, "PL5260001246")
    check = ViesCheck.objects.get()
    refuse(vies_server)
    answer_of = checks.ask

    def ask_slowly(question):
        answer = answer_of(question)
        update_seller(seller, vat_number="DE136695976", by=BY)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "ask", ask_slowly)
        checks.run_check(check)
    assert shown(partner, path) == "PENDING"
    checks.ask_due()

    assert shown(partner, path) == "VALID"


def test_the_order_says_whose_number_is_wrong_and_no_code_is_new(partner, vies_server):
    refuse(vies_server)
    deal = Deal(partner, checks.ask_due).has_buyer().has_order()
    checks.ask_due()

    blockers = {one["code"]: one["message"] for one in deal.rollup()["blockers"] if one["module"] == "buyer"}
    assert set(blockers) == {"DOCUMENTS_MISSING", "VIES_NOT_CHECKED"}
    assert "the seller's own VAT number" in blockers["VIES_NOT_CHECKED"]


def test_an_earlier_answer_stays_while_the_sellers_number_is_refused(partner, vies_server):
    path = buyer_asked_about(partner, "PL5260001246")
    checks.ask_due()
    refuse(vies_server)
    taken(partner.post(f"{path}/vies-check"), 202)
    checks.ask_due()

    assert shown(partner, path) == "VALID"


def test_staff_see_the_notice_where_they_look(admin_client, partner, seller, vies_server):
    path = buyer_asked_about(partner, "PL5260001246")
    refuse(vies_server)
    checks.ask_due()
    buyer = ViesCheck.objects.get().buyer_id
    pages = ("/admin/", f"/admin/buyers/buyer/{buyer}/change/")

    for page in pages:
        assert "VIES rejects" in admin_client.get(page).content.decode()
    update_seller(seller, vat_number="DE136695976", by=BY)
    checks.ask_due()
    for page in pages:
        assert "VIES rejects" not in admin_client.get(page).content.decode()
    assert shown(partner, path) == "VALID"
