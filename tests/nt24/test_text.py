"""Text has one spelling: NFC, without blanks around it and without what cannot be seen (contract 17.9)."""

import pytest

from buyers.models import Buyer
from nt24.text import tidy
from orders.models import Order

NFC, NFD = "D\u00c9AL-\u00fc", "DE\u0301AL-u\u0308"
SPELLINGS = [
    NFD, f" {NFC}", f"{NFC}\u00a0", f"\u3000{NFD}\t", f"\ufeff{NFC}", "D\u00ad\u00c9AL-\u00fc", f"{NFC}\u200b\r\n",
    f"\u200e{NFD}\u202c ", f"\u2007{NFC}\u2060\u205f", f"\u0085{NFC}",
]  # fmt: skip


@pytest.mark.parametrize("text", SPELLINGS)
def test_one_order_has_one_external_id_in_every_spelling(deal, text):
    deal.has_buyer().has_order(externalOrderId=NFC)

    again = deal.partner.post(
        "P/orders",
        {
            "externalOrderId": text, "buyerId": deal.buyer["uuid"], "purchaseDate": "2026-04-18",
            "vins": [{name: deal.order["vins"][0][name] for name in ("vin", "brand", "model", "purchaseAmount")}],
            "totalAmount": deal.order["totalAmount"],
        },
    )  # fmt: skip

    assert (again.status_code, again.json()) == (200, deal.order)
    found = deal.partner.http.get(
        deal.partner.path("P/orders"), {"externalOrderId": text}, headers=deal.partner.headers({})
    )
    assert [row["externalOrderId"] for row in found.json()["data"]] == [NFC]
    assert Order.objects.get().external_order_id == NFC


@pytest.mark.parametrize("text", SPELLINGS)
def test_what_is_stored_is_in_one_spelling(deal, text):
    deal.has_buyer(
        companyName=text, address={"street": text, "postCode": text, "city": text, "country": "PL"}
    )
    deal.has_order().has_invoice(invoiceNumber=text, buyerName=text)

    assert (deal.buyer["companyName"], deal.buyer["address"]["city"]) == (NFC, NFC)
    invoice = deal.partner.get(f"{deal.path}/invoice").json()
    assert (invoice["invoiceNumber"], invoice["buyerName"]) == (NFC, NFC)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("block", {"reason": "a\x01b"}, "reason"),
        ("block", {"reason": "\u200b\u00a0"}, "reason"),
        ("block", {"reason": "\x7f"}, "reason"),
        ("kyc/self-service-invitations", {"recipientEmail": "a@example.com", "label": "a\x1bb"}, "label"),
        ("kyc/self-service-invitations", {"recipientEmail": "a\u009f@example.com"}, "recipientEmail"),
        ("contacts", {"firstName": "\ufeff", "lastName": "B", "email": "a@example.com"}, "firstName"),
        ("contacts", {"firstName": "A", "lastName": "B\x00", "email": "a@example.com"}, "lastName"),
    ],
)
def test_text_without_anything_to_see_and_control_characters_are_refused(deal, path, body, field):
    deal.has_buyer()

    refused = deal.partner.post(f"{deal.buyer_path}/{path}", body)

    assert refused.status_code == 422, refused.content
    assert [error["field"] for error in refused.json()["errors"]] == [field]


def test_line_breaks_joiners_and_other_scripts_stay(deal):
    reason = "Erste Zeile\nзвонил\tمی\u200cخواهم"
    deal.has_buyer(companyName="Ștefan – «Авто» 株式会社")

    assert deal.buyer["companyName"] == "Ștefan – «Авто» 株式会社"
    assert deal.partner.post(f"{deal.buyer_path}/block", {"reason": reason}).status_code == 200


def test_an_address_of_mail_is_cleaned_and_checked(deal):
    deal.has_buyer()
    person = {"firstName": "A", "lastName": "B", "email": "\u00a0anna@example.com\u200b", "phone": " 1 "}

    added = deal.partner.post(f"{deal.buyer_path}/contacts", person)

    assert (added.json()["email"], added.json()["phone"]) == ("anna@example.com", "1")
    assert deal.partner.post(f"{deal.buyer_path}/contacts", {**person, "email": "anna@"}).status_code == 422


def test_a_secret_of_the_partner_is_taken_as_it_is(partner):
    secret = " spaces belong to this secret "
    made = partner.post(
        "/v1/webhooks", {"url": "https://hooks.invalid/ ", "events": [" kyc.* "], "secret": secret}
    )

    assert made.json()["secret"] == secret
    assert (made.json()["url"], made.json()["events"]) == ("https://hooks.invalid/", ["kyc.*"])


def test_filters_of_buyers_find_every_spelling(deal):
    deal.has_buyer(companyName="M\u00fcller")

    for query in ({"q": "Mu\u0308ller"}, {"vatNumber": " PL5260001246\u00a0"}, {"sort": " companyName,asc "}):
        found = deal.partner.http.get(deal.partner.path("P/buyers"), query, headers=deal.partner.headers({}))
        assert len(found.json()["data"]) == Buyer.objects.count() == 1


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\ufeff\u00a0\u2029", "a", "\u200d a \u200d"])
def test_tidying_twice_is_tidying_once(text):
    assert tidy(tidy(text)) == tidy(text)
