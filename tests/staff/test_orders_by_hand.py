"""An order taken through its life by hand, and the same one by the API: what partners then see is the same."""

from typing import Any

from buyers.models import Buyer
from nt24.audit.models import Entry
from nt24.proposals.models import Proposal
from nt24.staff.timeline import sentence_of
from orders.models import Order
from tests.deal import BERLIN, WARSAW, Deal, money
from tests.ledger import messages, nothing_moves
from tests.papers import pdf
from tests.staff.desk import form_on, paper
from tests.staff.twins import order_shown, twin_of


def address(prefix: str, where: dict[str, str]) -> dict[str, str]:
    return {f"{prefix}.{name}": value for name, value in where.items()}


def by_hand(desk: Any, deal: Deal, case: Any) -> None:
    """The same deal as `Deal.is_judged`, by forms alone."""
    buyer = Buyer.objects.get(uuid=deal.buyer["uuid"])
    added = desk.presses(
        f"/admin/orders/order/add/?in={buyer.pk}",
        externalOrderId="BY-HAND-1",
        purchaseDate="2026-04-18",
        totalAmount__value="18.500,00",
        **{"vins[0].vin": "wvwzzz1jzxw000001", "vins[0].brand": "Volkswagen", "vins[0].model": "Golf",
           "vins[0].purchaseAmount.value": "18500"},
    )  # fmt: skip
    deal.order = {"uuid": str(Order.objects.get(external_order_id="BY-HAND-1", buyer=buyer).uuid)}
    assert added["Location"] == case.page
    desk.presses(case.move("submit-invoice"), invoiceDate="2026-04-18", invoiceNumber="INV-1")
    files(desk, case, "invoice", "SHIPMENT_PRELIMINARY_INVOICE")
    desk.presses(
        case.move("submit-payment"), paymentDate="2026-04-20", sourceIban="DE89 3704 0044 0532 0130 00"
    )
    files(desk, case, "payment", "PAYMENT_CONFIRMATION")
    desk.presses(case.move("ready-for-pickup"))
    deal.run_workers()
    desk.presses(
        case.move("confirm-pickup"),
        type="COMPANY_TRANSPORT",
        pickupDate="2026-04-22",
        driverIdentification="DE-FR-2026-1234",
        **address("collectionAddress", BERLIN),
    )
    files(desk, case, "transport", "TRANSPORT_CMR")
    desk.presses(
        case.move("confirm-delivery"), deliveryDate="2026-04-24", **address("deliveryAddress", WARSAW)
    )
    files(desk, case, "transport", "TRANSPORT_CMR_DELIVERY")
    deal.run_workers()


def files(desk: Any, case: Any, module: str, type: str) -> None:
    desk.presses(
        case.move(f"file-{module}-document"), type=type, documentDate="2026-04-18", file=paper(pdf(type))
    )


def test_an_order_by_hand_shows_partners_what_its_twin_by_api_shows(desk, case, deal):
    deal.has_buyer().has_kyc()
    twin = twin_of(deal).has_buyer().has_kyc()
    twin.has_order(externalOrderId="BY-HAND-1").has_invoice().has_payment().is_ready()
    twin.is_picked_up().is_delivered().run_workers()

    by_hand(desk, deal, case)

    shown = order_shown(deal)
    assert shown == order_shown(twin)
    assert shown["/compliance"]["decision"] == "VALID_EXPORT"
    assert shown["/finalization/export-file"]["status"] == "READY"


def test_what_staff_do_stands_in_the_trail_and_in_events_as_theirs(desk, case, deal):
    deal.has_buyer().has_kyc()

    by_hand(desk, deal, case)

    entries = Entry.objects.filter(order_uuid=deal.order["uuid"], actor_kind="STAFF")
    told = list(entries.order_by("pk").values_list("action", flat=True))
    assert [action for action in told if action.startswith(("order.", "payment.", "transport."))] == [
        "order.placed",
        "payment.submitted",
        "payment.ready_for_pickup",
        "transport.pickup_confirmed",
        "transport.delivery_confirmed",
    ]
    assert set(entries.values_list("actor_label", flat=True)) == {"Anna Nowak"}
    decided = messages("compliance.decision_made")
    assert [event["source"] for event in decided] == ["WEB_APP"]


def test_the_page_offers_exactly_what_is_possible_now(desk, case, deal):
    deal.has_buyer().has_kyc().has_order()
    page = desk.opens(case.page)

    assert "do/submit-invoice/" in page
    assert "do/confirm-pickup/" not in page
    assert "do/submit-final-invoice/" not in page

    deal.has_invoice().has_payment().is_ready()
    page = desk.opens(case.page)

    assert "do/submit-invoice/" not in page
    assert "do/confirm-pickup/" in page
    assert "do/cancel/" in page


def test_a_form_that_is_sent_twice_is_carried_out_once(desk, case, deal):
    deal.has_buyer().has_kyc().has_order()
    url = case.move("file-order-document")
    form = desk.form(url)
    fields = {"type": "ORDER_PURCHASING_CONTRACT", "documentDate": "2026-04-18"}

    first = desk.sends(url, {**form, **fields, "file": paper(pdf("contract"))})
    again = desk.sends(url, {**form, **fields, "file": paper(pdf("contract"))})

    assert (first.status_code, again.status_code) == (302, 302)
    assert "Nothing was done twice" in desk.opens(again["Location"])
    listed = deal.partner.get(f"{deal.path}/documents").json()
    assert listed["pagination"]["totalElements"] == 1


def test_a_second_press_of_what_is_no_longer_possible_says_that_it_was_done(desk, case, deal):
    deal.has_buyer().has_kyc().has_order()
    url = case.move("submit-invoice")
    form = {**desk.form(url), "invoiceDate": "2026-04-18", "invoiceNumber": "INV-1"}

    first, again = desk.sends(url, form), desk.sends(url, form)

    assert (first.status_code, again.status_code) == (302, 302)
    assert "Nothing was done twice" in desk.opens(again["Location"])


def test_a_form_without_its_version_is_not_taken(desk, case, deal):
    deal.has_buyer().has_kyc().has_order().has_invoice()
    url = case.move("change-invoice")
    form = {**desk.form(url), "invoiceNumber": "INV-2", "seen-version": ""}

    with nothing_moves():
        answer = desk.sends(url, form)

    assert answer.status_code == 400
    assert "Open it again" in answer.content.decode()


def test_wrong_values_stand_beside_their_fields_and_nothing_typed_is_lost(desk, case, deal):
    deal.has_buyer().has_kyc()
    buyer = Buyer.objects.get()

    answer = desk.presses(
        f"/admin/orders/order/add/?in={buyer.pk}",
        status=422,
        externalOrderId="WRONG-1",
        totalAmount__value="18.500",
        **{"vins[0].vin": "TOO-SHORT", "vins[0].brand": "Škoda", "vins[0].purchaseAmount.value": "18500.00"},
    )

    page = answer.content.decode()
    assert "Write the amount with a point before the decimals" in page
    assert "A VIN has 17 characters" in page
    assert 'value="Škoda"' in page
    assert 'value="TOO-SHORT"' in page
    assert not Order.objects.exists()


def test_a_row_more_is_given_without_judging_what_is_typed(desk, deal):
    deal.has_buyer().has_kyc()
    url = f"/admin/orders/order/add/?in={Buyer.objects.get().pk}"

    answer = desk.sends(url, {**desk.form(url), "vins[0].vin": "WVWZZZ1JZXW000001", "add-row": "vins"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="vins[1].vin"' in page
    assert 'value="WVWZZZ1JZXW000001"' in page
    assert "Please correct" not in page


def test_two_vehicles_need_the_capability_of_the_organization(desk, deal):
    deal.has_buyer().has_kyc()
    buyer = Buyer.objects.get()
    organization = buyer.seller.organization
    organization.allow_multi_vin_orders = False
    organization.save()
    url = f"/admin/orders/order/add/?in={buyer.pk}"
    fields = {"externalOrderId": "TWO", "totalAmount.value": "2000.00", "vins-rows": "2"}
    for index, vin in enumerate(("WVWZZZ1JZXW000001", "WVWZZZ1JZXW000002")):
        row = {"vin": vin, "brand": "VW", "model": "Golf", "purchaseAmount.value": "1000.00",
               "purchaseAmount.currency": "EUR"}  # fmt: skip
        fields |= {f"vins[{index}].{name}": value for name, value in row.items()}

    answer = desk.sends(url, {**desk.form(url), **fields})

    assert answer.status_code == 403
    assert "allowMultiVinOrders" in answer.content.decode()
    assert not Order.objects.exists()


def test_an_order_without_buyer_begins_with_finding_the_buyer(desk, deal):
    deal.has_buyer()
    deal.has_buyer(vatNumber="FR40303265045", companyName="Garage Lumière")

    page = desk.opens("/admin/orders/order/add/?q=garage")

    assert "Garage Lumière" in page
    assert "Kowalski" not in page
    assert f'href="?in={Buyer.objects.get(vat_number="FR40303265045").pk}"' in page


# --- Two at once ---------------------------------------------------------------------------------------------------


def test_the_loser_of_two_handlers_sees_what_changed_and_keeps_what_he_typed(desk, second_desk, case, deal):
    deal.has_buyer().has_kyc().has_order().has_invoice()
    url = case.move("change-invoice")
    mine, theirs = desk.form(url), second_desk.form(url)

    assert second_desk.sends(url, {**theirs, "invoiceNumber": "INV-2"}).status_code == 302
    answer = desk.sends(url, {**mine, "invoiceNumber": "INV-3"})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Nothing was overwritten" in page
    assert "Bernd Maier" in page
    assert "INV-2" in page
    assert 'value="INV-3"' in page
    assert deal.partner.get(f"{deal.path}/invoice").json()["invoiceNumber"] == "INV-2"


def test_what_was_refused_as_stale_goes_through_once_it_was_seen(desk, second_desk, case, deal):
    deal.has_buyer().has_kyc().has_order().has_invoice()
    url = case.move("change-invoice")
    mine = desk.form(url)
    second_desk.presses(url, invoiceNumber="INV-2")
    seen = form_on(desk.sends(url, {**mine, "invoiceNumber": "INV-3"}))
    answer = desk.sends(url, seen)

    assert answer.status_code == 302
    assert deal.partner.get(f"{deal.path}/invoice").json()["invoiceNumber"] == "INV-3"


def test_a_handler_does_not_write_over_what_an_api_client_changed(desk, case, deal):
    deal.has_buyer().has_kyc().has_order().has_invoice().has_payment()
    url = case.move("change-payment")
    mine = desk.form(url)
    version = deal.partner.get(f"{deal.path}/payment").json()["version"]
    deal.partner.patch(f"{deal.path}/payment", {"cashAmount": money(100)}, version=version)

    answer = desk.sends(url, {**mine, "paymentDate": "2026-04-19"})

    assert answer.status_code == 409
    assert sentence_of("payment.updated") in answer.content.decode()
    assert deal.partner.get(f"{deal.path}/payment").json()["paymentDate"] == "2026-04-20"


# --- After a verdict -----------------------------------------------------------------------------------------------


def test_a_change_after_the_verdict_says_why(desk, case, deal):
    deal.is_judged()

    refused = desk.presses(case.move("change-invoice"), status=422, invoiceNumber="INV-9")
    desk.presses(case.move("change-invoice"), invoiceNumber="INV-9", why="Typing error on our side.")

    assert "Say why." in refused.content.decode()
    entry = Entry.objects.get(action="invoice.updated")
    assert (entry.purpose, entry.actor_label) == ("Typing error on our side.", "Anna Nowak")


def test_staff_may_revoke_a_proven_delivery_with_a_reason(desk, case, deal):
    deal.is_judged()

    desk.presses(case.move("revoke-delivery"), reason="The CMR belongs to another car.")

    assert deal.rollup()["complianceStatus"] == "INCOMPLETE"
    assert deal.partner.get(deal.path).json()["status"] == "TRANSPORT_IN_PROGRESS"


def test_a_cancelled_order_offers_nothing_more(desk, case, deal):
    deal.has_buyer().has_kyc().has_order()
    desk.presses(case.move("cancel"), reason="Sold to somebody else.")

    page = desk.opens(case.page)

    assert "Sold to somebody else." in page
    assert "/do/" not in page
    assert desk.sends(case.move("submit-invoice"), {}).status_code == 409


# --- People --------------------------------------------------------------------------------------------------------


def test_people_and_accounts_are_shown_after_the_purpose_and_noted(desk, case, deal):
    deal.has_buyer().has_kyc().has_order(
        responsibleContact={"firstName": "Erika", "lastName": "Muster", "email": "erika@example.com"}
    ).has_invoice().has_payment()
    page = desk.opens(case.page)
    assert "Erika" not in page
    assert "DE89370400440532013000" not in page
    people = case.page.replace("change", "people")

    asked = desk.http.get(people)
    shown = desk.http.post(asked["Location"], {"purpose": "calling the seller back"}, follow=True)

    text = shown.content.decode()
    assert "Erika" in text
    assert "DE89370400440532013000" in text
    entry = Entry.objects.get(action="order_people.read")
    assert (entry.purpose, entry.retention) == ("calling the seller back", "PII_ACCESS")
    assert "erika@example.com" not in str(entry.changes)


# --- Four eyes -----------------------------------------------------------------------------------------------------


def test_a_verdict_is_overridden_by_two_people_on_the_page_of_the_case(desk, second_desk, case, deal):
    deal.is_judged()
    desk.presses(case.move("propose-override"), decision="VAT_APPLICABLE", reason="The dealer never left.")
    proposal = str(Proposal.objects.get().uuid)
    mine, theirs = desk.opens(case.page), second_desk.opens(case.page)
    assert f"withdraw-proposal/{proposal}" in mine
    assert f"accept-proposal/{proposal}" not in mine
    assert f"accept-proposal/{proposal}" in theirs
    assert f"withdraw-proposal/{proposal}" not in theirs
    assert deal.rollup()["decision"] == "VALID_EXPORT"

    alone = desk.sends(case.move("accept-proposal", proposal), {})
    second_desk.presses(case.move("accept-proposal", proposal))

    assert alone.status_code == 409
    assert deal.rollup()["decision"] == "VAT_APPLICABLE"
    entry = Entry.objects.get(action="verdict.overridden")
    assert entry.changes["proposedBy"] == [None, "Anna Nowak"]
    assert entry.changes["decidedBy"] == [None, "Bernd Maier"]
    assert "Verdict set to VAT applicable" in desk.opens(case.page)


def test_the_final_invoice_needs_no_excuse(desk, case, deal):
    deal.is_judged()

    desk.presses(case.move("submit-final-invoice"), invoiceDate="2026-04-24", invoiceNumber="INV-2")

    assert deal.partner.get(f"{deal.path}/invoice").json()["type"] == "FINAL"
