"""Filters that people keep under a name, above each list."""

import pytest

from nt24.staff.saved_filters import LONGEST_NAME, SavedFilter
from tests.staff.desk import Desk, member

LIST, SAVE = "/admin/orders/order/", "/admin/filters/orders/order/"


def saves(desk, query, name="Urgent", **more):
    return desk.http.post(SAVE, {"name": name, "query": query, **more})


def kept():
    return list(SavedFilter.objects.order_by("pk").values_list("place", "name", "query", "is_shared"))


def test_a_filter_is_saved_and_opened(desk):
    answer = saves(desk, "status__exact=CREATED&q=deal+1&blocker=MISSING_CMR")

    assert kept() == [("orders.order", "Urgent", "status__exact=CREATED&q=deal+1&blocker=MISSING_CMR", False)]
    assert answer["Location"] == f"{LIST}?status__exact=CREATED&q=deal+1&blocker=MISSING_CMR"
    page = desk.opens(LIST)
    assert '<a href="?status__exact=CREATED&amp;q=deal+1&amp;blocker=MISSING_CMR">Urgent</a>' in page


def test_only_parameters_of_the_list_are_kept(desk):
    saves(desk, "status__exact=CREATED&p=7&evil=1&buyer__contacts__email=x&next=//evil.example")

    assert kept() == [("orders.order", "Urgent", "status__exact=CREATED", False)]


def test_a_name_that_is_there_already_is_replaced(desk):
    saves(desk, "status__exact=CREATED")
    saves(desk, "status__exact=CANCELLED", shared="on")

    assert kept() == [("orders.order", "Urgent", "status__exact=CANCELLED", True)]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "Urgent"),
        ("evil=1", "Urgent"),
        ("q=" + "x" * 1200, "Urgent"),
        ("q=x", ""),
        ("q=x", "n" * (LONGEST_NAME + 1)),
        ("&".join(f"q={n}" for n in range(40)), "Urgent"),
    ],
)
def test_what_is_no_filter_is_not_saved(desk, query, name):
    assert saves(desk, query, name).status_code == 302
    assert kept() == []


def test_others_see_what_is_shared_and_cannot_delete_it(desk, second_desk):
    saves(desk, "status__exact=CREATED", "Mine")
    saves(desk, "status__exact=CREATED", "Ours", shared="on")
    page = second_desk.opens(LIST)

    assert ("Ours" in page, "Mine" in page, "of Anna Nowak" in page) == (True, False, True)
    for saved in SavedFilter.objects.all():
        second_desk.http.post(f"{SAVE}{saved.pk}/forget/")
    assert len(kept()) == 2


def test_a_filter_is_deleted_by_a_post(desk):
    saves(desk, "status__exact=CREATED")
    address = f"{SAVE}{SavedFilter.objects.get().pk}/forget/"

    assert desk.http.get(address).status_code == 405
    assert len(kept()) == 1
    desk.http.post(address)
    assert kept() == []


def test_who_may_not_see_a_list_saves_nothing_of_it(db):
    stranger = Desk(member("carla"))

    assert saves(stranger, "status__exact=CREATED").status_code == 403
    assert stranger.http.post("/admin/filters/orders/nothing/", {}).status_code == 404
    assert kept() == []
