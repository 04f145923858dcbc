"""Each role against each page and each button: what the table of roles says is what happens, with no exception."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.urls import reverse

from buyers.invitation_models import Invitation, Prospect
from buyers.models import Buyer
from compliance.models import ExportFile
from nt24.documents.models import Document
from nt24.people.roles import ROLES
from nt24.staff.record_admin import RecordAdmin
from orders.models import Order
from tests.ledger import everything
from tests.staff.desk import Desk
from tests.staff.world import newest_of, one_of_everything
from tests.test_admin import SHOWN

NOBODY = "Nobody"  # signed in, without any role
# What a page does for whoever may see it: shows itself, first asks what personal data is needed for, or says that this
# is not possible in the present state.
OPEN = {200, 302, 409}
NO_SUCH_PART = {404, 409}  # a move beside a part, asked for with the id of no part
# Pages beside those of records and moves, and what each of them takes.
BESIDE = {
    "orders_order_people": (Order, ("orders.view_order", "buyers.view_personal_data")),
    "orders_order_folder": (Order, ("orders.view_order", "audit.export_evidence")),
    "compliance_exportfile_download": (ExportFile, ("compliance.view_exportfile",)),
    "compliance_exportfile_verify": (ExportFile, ("compliance.view_exportfile",)),
    "documents_document_preview": (Document, ("documents.view_document",)),
    "documents_document_download": (Document, ("documents.view_document",)),
    "buyers_buyer_contacts": (Buyer, ("buyers.view_buyer", "buyers.view_personal_data")),
    "buyers_buyer_identity": (Buyer, ("buyers.view_buyer", "buyers.view_personal_data")),
    "buyers_invitation_recipient": (Invitation, ("buyers.view_invitation", "buyers.view_personal_data")),
    "buyers_prospect_person": (Prospect, ("buyers.view_prospect", "buyers.view_personal_data")),
}


@pytest.fixture
def world(deal):
    one_of_everything(deal)


def at_the_desk_of(role: str) -> Desk:
    user = User.objects.create(username=role.lower().replace(" ", "-"), is_staff=True)
    if role != NOBODY:
        user.groups.add(Group.objects.get(name=role))
    return Desk(user)


def allowed(role: str, *permissions: str) -> bool:
    return all(permission in ROLES.get(role, ()) for permission in permissions)


def of_model(model: Any, verb: str) -> str:
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}"


def answers(desk: Desk, url: str) -> int:
    return int(desk.http.get(url).status_code)


def record_admins() -> list[RecordAdmin]:
    return [one for one in admin.site._registry.values() if isinstance(one, RecordAdmin)]


def row_for(model: Any) -> Any:
    """An order's paper rather than a buyer's: those ask for a purpose."""
    if model is Document:
        return Document.objects.exclude(module="KYC").latest("pk")
    return Order.objects.earliest("pk") if model is Order else newest_of(model)


@pytest.mark.parametrize("role", [*ROLES, NOBODY])
def test_every_page_and_button_opens_for_exactly_who_may(world, role):
    desk, wrong = at_the_desk_of(role), []

    def expect(url: str, may: bool, opened: set[int] = OPEN) -> None:
        status = answers(desk, url)
        if status not in (opened if may else {403}):
            wrong.append((url, "may" if may else "may not", status))

    for model in SHOWN:
        names, may = (
            f"admin:{model._meta.app_label}_{model._meta.model_name}",
            allowed(role, of_model(model, "view")),
        )
        expect(reverse(f"{names}_changelist"), may)
        expect(reverse(f"{names}_change", args=[row_for(model).pk]), may)
    for one in record_admins():
        names, row = f"admin:{one.opts.app_label}_{one.opts.model_name}", row_for(one.model)
        may_make = one.creation is not None and allowed(role, one.creation.permission)
        expect(reverse(f"{names}_add"), may_make)
        for move in one.moves:
            item = uuid4() if move.of_item else None
            may = allowed(role, of_model(one.model, "view"), move.permission)
            expect(one.url_of_move(row, move, item), may, NO_SUCH_PART if move.of_item else OPEN)
    for name, (model, permissions) in BESIDE.items():
        expect(reverse(f"admin:{name}", args=[row_for(model).pk]), allowed(role, *permissions))
    expect(reverse("admin:exports"), allowed(role, "audit.export_evidence"))

    assert wrong == []


@pytest.mark.parametrize("role", [*ROLES, NOBODY])
def test_a_page_shows_the_buttons_of_what_its_reader_may(world, role):
    desk, chief = (
        at_the_desk_of(role),
        Desk(User.objects.create(username="chief", is_staff=True, is_superuser=True)),
    )

    for one in record_admins():
        if one.page_template is None or not allowed(role, of_model(one.model, "view")):
            continue
        url = reverse(
            f"admin:{one.opts.app_label}_{one.opts.model_name}_change", args=[row_for(one.model).pk]
        )
        shown, possible = moves_on(desk.http.get(url)), moves_on(chief.http.get(url))
        may = {
            (each.opts.app_label, each.opts.model_name, move.name)
            for each in record_admins()
            for move in each.moves
            if allowed(role, move.permission)
        }
        assert shown == possible & may, url


def moves_on(response: Any) -> set[tuple[str, ...]]:
    """App, model and name of each move that the page leads to."""
    return set(re.findall(r"/admin/(\w+)/(\w+)/\d+/do/([a-z-]+)/", response.content.decode()))


@pytest.mark.parametrize("role", [*ROLES, NOBODY])
def test_what_is_not_allowed_moves_nothing_when_it_is_sent_all_the_same(world, role):
    desk, before = at_the_desk_of(role), everything()

    for one in record_admins():
        row = row_for(one.model)
        for move in one.moves:
            if not allowed(role, of_model(one.model, "view"), move.permission):
                url = one.url_of_move(row, move, uuid4() if move.of_item else None)
                assert desk.sends(url, {"form-id": str(uuid4()), "reason": "x"}).status_code == 403, url
        if one.creation is not None and not allowed(role, one.creation.permission):
            url = reverse(f"admin:{one.opts.app_label}_{one.opts.model_name}_add")
            assert desk.sends(url, {"form-id": str(uuid4())}).status_code == 403, url

    assert everything() == before


def test_there_is_something_in_the_matrix():
    moves = sum(len(one.moves) for one in record_admins())

    assert len(record_admins()) >= 8
    assert moves >= 50
