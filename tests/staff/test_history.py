"""The history on the pages of cases and buyers: in amounts and words, and back to its beginning."""

import re

import pytest

from buyers.invitation_models import SellerBranding
from nt24.audit.models import Entry
from nt24.mail.models import Mail
from nt24.staff.timeline import SHOWN
from nt24.webhooks.models import Endpoint
from orders.models import Order
from tests.buyers.links import fills_in, linked
from tests.staff.desk import page_of


def history(page):
    return page.partition('<h2 id="trail">')[2]


def test_it_speaks_in_amounts_and_words(desk, deal, case):
    deal.is_judged()
    told = history(desk.opens(case.page))

    for words in (
        "Preliminary invoice submitted",
        "18,500.00 EUR",
        "Document filed: CMR consignment note signed at delivery",
        "Marked ready for pickup",
        "Valid export",
    ):
        assert words in told, words
    assert not re.search(r"1850000|VALID_EXPORT|SHIPMENT_|rollup|[{]", told)


@pytest.mark.parametrize("of", ["case", "buyer"])
def test_it_leads_to_its_beginning(desk, deal, case, of):
    deal.has_buyer().has_order()
    order = Order.objects.select_related("buyer").get()
    about = {"subject_type": "buyer", "subject_uuid": order.buyer.uuid, "order_uuid": order.uuid}
    who = {"actor_kind": "SYSTEM", "actor_id": "x", "actor_label": "NT24"}
    Entry.objects.bulk_create(
        Entry(action=f"made.up{number:03d}", **about, **who) for number in range(2 * SHOWN)
    )
    url = page = case.page if of == "case" else page_of(order.buyer)
    seen = []
    while page:
        told = history(desk.opens(page))
        seen += re.findall(r"<strong>(Made up\d+|Buyer registered)", told)
        older = re.search(r'href="([?]before=\d+)#trail">Older entries', told)
        assert ("Newest entries" in told) == (page != url)
        page = url + older[1] if older else ""

    assert seen[0] == f"Made up{2 * SHOWN - 1:03d}"
    assert seen[-1] == "Buyer registered"
    assert len(seen) == len(set(seen)) == 2 * SHOWN + 1


RECORDS = ["seller", "organization", "client", "endpoint", "invitation", "prospect", "branding", "mail"]


@pytest.mark.parametrize("of", RECORDS)
def test_every_record_leads_to_the_beginning_of_its_history(desk, deal, of):
    record = made(deal, of)
    Entry.objects.bulk_create(
        Entry(
            action=f"made.up{number:03d}", subject_type=of, subject_uuid=record.uuid,
            actor_kind="SYSTEM", actor_id="x", actor_label="NT24",
        )
        for number in range(SHOWN + 5)
    )  # fmt: skip

    newest = history(desk.opens(page_of(record)))
    (older,) = re.findall(r'href="([?]before=\d+)#trail">Older entries', newest)
    told = history(desk.opens(page_of(record) + older))

    assert "Made up000" not in newest
    assert "Made up000" in told
    assert "Older entries" not in told


def made(deal, of):
    """One record of this kind."""
    seller = deal.partner.seller
    match of:
        case "seller":
            return seller
        case "organization":
            return seller.organization
        case "client":
            return deal.partner.client
        case "endpoint":
            deal.partner.post("/v1/webhooks", {"url": "https://8.8.8.8/", "events": ["kyc.*"]})
            return Endpoint.objects.get()
        case "invitation":
            return linked(deal.partner)
        case "prospect":
            return fills_in(linked(deal.partner))
        case "branding":
            return SellerBranding.objects.create(
                seller=seller, display_name="X", accent="#000000", reply_to="x@example.com"
            )
        case _:
            return Mail.objects.create(
                kind="test", to="a@example.com", subject="x", text=b"", html=b"", language="en"
            )


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "%00", "1.5", ""])
def test_a_place_that_is_none_is_the_beginning(desk, deal, case, before):
    deal.has_buyer().has_order()

    assert "Order placed" in history(desk.opens(f"{case.page}?before={before}"))
