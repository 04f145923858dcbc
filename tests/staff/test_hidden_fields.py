"""Fields that our pages fill in, sent back with anything in them: a plain refusal, and never an error of ours."""

from itertools import cycle
from typing import Any

import pytest

from buyers.models import Buyer
from nt24.staff.record_admin import RecordAdmin
from nt24.webhooks.models import Endpoint
from tests.ledger import nothing_moves
from tests.staff.desk import Desk, form_on, move_of
from tests.staff.test_matrix import record_admins, row_for
from tests.staff.world import newest_of, one_of_everything

GARBAGE = [
    "",
    "x",
    "-1",
    "1e9",
    "9" * 30,
    "9" * 5000,
    "\x00",
    "٣",
    "1.5",
    "[]",
    "null",
    "' OR 1=1 --",
    "a" * 100_000,
]
DOUBLED = [["1", "x"], ["x", "1"], ["", ""]]
HIDDEN = (
    "form-id",
    "seen-version",
    "seen-entry",
    "seen",
    "add-row",
    "vins-rows",
    "contacts-rows",
    "more-rows",
)
# A form that only asks for a press may be carried out, and its record may be gone with it.
REFUSED = {200, 302, 400, 404, 409, 413, 422}


@pytest.fixture
def world(deal):
    one_of_everything(deal)


def forms_of(desk: Desk) -> list[tuple[str, dict[str, Any]]]:
    """Each form that can be opened now, with what it holds."""
    urls = [
        one.url_of_move(row_for(one.model) if one.model._default_manager.exists() else None, move)
        for one in record_admins()
        for move in one.moves
        if not move.of_item
    ]
    urls += [add_url(one) for one in record_admins() if one.creation is not None]
    pages = [(url, desk.http.get(url)) for url in urls]
    return [(url, form_on(page)) for url, page in pages if page.status_code == 200]


def add_url(one: RecordAdmin) -> str:
    parent = "" if one.parent_model is None else f"?in={newest_of(one.parent_model).pk}"
    return f"/admin/{one.opts.app_label}/{one.opts.model_name}/add/{parent}"


def test_no_hidden_field_can_break_a_form(desk, world):
    wrong, values = [], cycle([*GARBAGE, *DOUBLED])

    for url, form in forms_of(desk):
        # What is visible is left out, so that nothing is carried out meanwhile.
        hidden = {name: held for name, held in form.items() if name in HIDDEN}
        tried = [{**hidden, name: next(values)} for name in [*hidden, *hidden, "add-row"]]
        tried += [{name: held for name, held in hidden.items() if name != gone} for gone in hidden]
        for sent in tried:
            status = desk.sends(url, sent).status_code
            if status not in REFUSED:
                wrong.append((url, sent, status))

    assert wrong == []


@pytest.mark.parametrize("value", ["x", "-1", "9" * 30, "1.5"])
def test_a_number_of_rows_that_is_none_is_refused_in_words(desk, deal, value):
    deal.has_buyer()
    url = f"/admin/orders/order/add/?in={newest_of(Buyer).pk}"

    with nothing_moves():
        answer = desk.sends(url, {**desk.form(url), "vins-rows": value})

    assert answer.status_code == 400
    assert "Open it again" in answer.content.decode()


def test_no_address_can_break_a_page(desk, world):
    wrong = []

    for one in record_admins():
        base = f"/admin/{one.opts.app_label}/{one.opts.model_name}"
        for number in ("9" * 30, "9" * 5000, "-1", "x", "٣", "1%00"):
            for url in (
                f"{base}/{number}/change/",
                f"{base}/add/?in={number}",
                f"{base}/bulk/replay/?ids={number}",
            ):
                status = desk.http.get(url).status_code
                if status not in {200, 302, 400, 403, 404}:
                    wrong.append((url[:80], status))

    assert wrong == []


def test_no_object_typed_as_text_can_break_a_form(desk, world):
    url = move_of(newest_of(Endpoint), "send-test")

    for text in ("[" * 100_000, '{"a": ' * 5000, "NaN", '{"a":1}{"b":2}', "\x00", "9" * 5000):
        assert desk.sends(url, {**desk.form(url), "data": text}).status_code == 422, text[:20]


def test_a_body_of_another_kind_is_refused(desk, deal):
    deal.has_buyer()
    url = f"/admin/orders/order/add/?in={newest_of(Buyer).pk}"

    for type in ("application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x"):
        assert desk.http.post(url, data=b"{}", content_type=type).status_code in {400, 422}, type
