"""Several documents on one form: all of them are filed, or none, and each refusal is beside its own file."""

from uuid import uuid4

import pytest
from django.core.files.storage import default_storage

from buyers.models import Buyer
from nt24.documents.models import Document
from tests.ledger import nothing_moves
from tests.papers import pdf
from tests.staff.desk import move_of, newest, paper
from tests.staff.test_preset_types import preset
from tests.staff.world import newest_of

DAY = "2026-04-20"


def document(path, type, content, *, day=DAY, name="scan.pdf"):
    return {f"{path}type": type, f"{path}documentDate": day, f"{path}file": paper(content, name)}


def filed(*types):
    return Document.objects.filter(type__in=types).count()


@pytest.fixture
def paid(deal):
    return deal.has_buyer().has_kyc().has_order().has_invoice().has_payment()


@pytest.fixture
def nothing_stored(monkeypatch):
    """The keys that are stored meanwhile; `left` are those that are still there."""
    keys, save = [], default_storage.save

    def noted(key, *args, **kwargs):
        keys.append(save(key, *args, **kwargs))
        return keys[-1]

    monkeypatch.setattr(default_storage, "save", noted)
    return lambda: [key for key in keys if default_storage.exists(key)]


def test_several_documents_are_filed_by_one_press(desk, case, paid):
    sent = {
        **desk.form(case.move("file-transport-document")),
        **document("", "TRANSPORT_CMR", pdf("One")),
        **document("more[0].", "TRANSPORT_CMR_DELIVERY", pdf("Two"), day="2026-04-21"),
        **document("more[1].", "TRANSPORT_PICTURE_OF_TRANSPORT", pdf("Three")),
        "more-rows": "2",
    }
    assert desk.sends(case.move("file-transport-document"), sent).status_code == 302

    assert filed("TRANSPORT_CMR", "TRANSPORT_CMR_DELIVERY", "TRANSPORT_PICTURE_OF_TRANSPORT") == 3
    assert str(Document.objects.get(type="TRANSPORT_CMR_DELIVERY").document_on) == "2026-04-21"
    said = desk.opens(case.page)
    assert "Filed: CMR consignment note at pickup, CMR consignment note signed at delivery" in said
    assert newest("document.filed").actor_label


def test_pressed_twice_they_are_filed_once(desk, case, paid):
    url = case.move("file-transport-document")
    form = desk.form(url)
    for _ in range(2):
        sent = {**form, **document("", "TRANSPORT_CMR", pdf("One"))}
        sent |= document("more[0].", "TRANSPORT_CMR_DELIVERY", pdf("Two"))
        assert desk.sends(url, sent).status_code == 302

    assert filed("TRANSPORT_CMR", "TRANSPORT_CMR_DELIVERY") == 2


@pytest.mark.parametrize(
    ("second", "where", "sentence"),
    [
        (document("more[0].", "TRANSPORT_CMR", b"no paper at all", name="second.pdf"), "more[0].file", "PDF"),
        (document("more[0].", "TRANSPORT_CMR", b"", name="second.pdf"), "more[0].file", "empty"),
        (document("more[0].", "TRANSPORT_CMR", b"PK\x03\x04" + bytes(40), name="a.zip"), "more[0].file", "PDF"),
        (document("more[0].", "TRANSPORT_CMR", b"%PDF", day="2999-01-01"), "more[0].documentDate", "future"),
        (document("more[0].", "TRANSPORT_CMR", b"%PDF", day=""), "more[0].documentDate", "required"),
        (document("more[0].", "", b"%PDF"), "more[0].type", "required"),
        ({"more[0].type": "TRANSPORT_CMR", "more[0].documentDate": DAY}, "more[0].file", "file"),
    ],
)  # fmt: skip
def test_one_refused_document_keeps_all_out(desk, case, paid, nothing_stored, second, where, sentence):
    url = case.move("file-transport-document")
    sent = {**desk.form(url), **document("", "TRANSPORT_CMR", pdf("One"), name="first.pdf"), **second}
    with nothing_moves():
        answer = desk.sends(url, sent)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page.split(f'id="id_{where}_error"')[1].split("</p>")[0]
    assert "Choose the file again (first.pdf)" in page
    assert nothing_stored() == []


def test_several_refused_documents_are_all_named(desk, case, paid):
    url = case.move("file-transport-document")
    sent = {
        **desk.form(url),
        **document("", "TRANSPORT_CMR", b"x"),
        **document("more[0].", "TRANSPORT_CMR", b"y"),
    }
    page = desk.sends(url, sent).content.decode()

    assert 'id="id_file_error"' in page
    assert 'id="id_more[0].file_error"' in page
    assert "No document was filed." in page


def test_a_document_with_a_wrong_day_is_not_even_stored(desk, case, paid, nothing_stored):
    url = case.move("file-payment-document")
    sent = {**desk.form(url), **document("", "PAYMENT_CONFIRMATION", pdf("One"), day="2999-01-01")}

    assert desk.sends(url, sent).status_code == 422
    assert nothing_stored() == []


def test_a_row_more_is_there_without_javascript_and_ends_at_ten(desk, case, paid):
    url = case.move("file-payment-document")
    for shown, expected in (("1", "2"), ("8", "9"), ("9", "9"), ("9" * 17, "9")):
        sent = {**desk.form(url), "more-rows": shown, "add-row": "more"}
        page = desk.sends(url, sent).content.decode()
        assert f'name="more-rows" value="{expected}"' in page
        assert ('name="add-row"' in page) == (expected != "9")


@pytest.mark.parametrize(
    ("each", "status"), [((900, 900, 900), 302), ((1100,), 413), ((990, 990, 990, 990), 413)]
)
def test_each_file_has_its_limit_and_so_have_all_together(desk, case, paid, settings, each, status):
    settings.DOCUMENT_MAX_BYTES, settings.DOCUMENTS_MAX_BYTES = 1000 * 1024, 3000 * 1024
    url = case.move("file-transport-document")
    sent = {**desk.form(url), "form-id": str(uuid4()), "more-rows": "3"}
    for index, size in enumerate(each):
        path = f"more[{index - 1}]." if index else ""
        sent |= document(
            path, "TRANSPORT_CMR", pdf("One") + b"\n%" + b"x" * (size - 40) * 1024 + b"\n%%EOF\n"
        )

    assert desk.sends(url, sent).status_code == status


def test_kyc_documents_come_with_their_own_last_day(desk, deal):
    deal.has_buyer()
    url = move_of(newest_of(Buyer), "file-kyc-document")
    sent = {
        **desk.form(url),
        **document("", "COC_EXTRACT", pdf("One")),
        **document("more[0].", "CONTACT_ID_CARD", pdf("Two")),
        "more[0].expiresAt": "2030-01-31",
    }
    assert desk.sends(url, sent).status_code == 302
    assert str(Document.objects.get(type="CONTACT_ID_CARD").expires_on) == "2030-01-31"
    assert Document.objects.get(type="COC_EXTRACT").expires_on is None


def test_the_last_documents_of_a_case_need_no_reason_for_each_other(desk, case, deal):
    """The first of them completes the case; the second one was sent before there was a verdict."""
    deal.has_buyer().has_kyc().has_order().has_invoice().has_payment().is_ready()
    desk.presses(case.move("confirm-pickup"), type="COMPANY_TRANSPORT", pickupDate="2026-04-22")
    desk.presses(case.move("confirm-delivery"), deliveryDate="2026-04-24")
    url = case.move("file-transport-document")
    assert preset(desk, case, "file-transport-document") == "TRANSPORT_CMR"
    sent = {
        **desk.form(url),
        **document("", "TRANSPORT_CMR", pdf("One"), day="2026-04-22"),
        **document("more[0].", "TRANSPORT_CMR_DELIVERY", pdf("Two"), day="2026-04-24"),
        **document("more[1].", "TRANSPORT_PICTURE_OF_TRANSPORT", pdf("Three"), day="2026-04-24"),
        "more-rows": "2",
    }
    assert desk.sends(url, sent).status_code == 302
    assert filed("TRANSPORT_PICTURE_OF_TRANSPORT") == 1
