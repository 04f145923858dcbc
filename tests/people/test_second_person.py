"""One administrator is never two people, whatever he does to accounts (contract 14, ADR 0033)."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client

from buyers import checks
from nt24.audit.models import Entry
from nt24.people.models import Handling
from nt24.people.roles import ADMINISTRATOR, CASE_HANDLER, VIEWER
from nt24.proposals.models import Proposal
from orders.models import Order
from tests.deal import Deal
from tests.people.conftest import PASSWORD, member
from tests.staff.desk import Desk

USERS = "/admin/auth/user/"
NEW = "another-long-passphrase"


@pytest.fixture
def boss(db):
    return Desk(member("boss", ADMINISTRATOR))


@pytest.fixture
def deputy(db):
    return Desk(member("deputy", ADMINISTRATOR))


@pytest.fixture
def colleague(db):
    """A case handler who has been with us for years."""
    return member("colleague", CASE_HANDLER)


@pytest.fixture
def case(april, partner):
    Deal(partner, checks.ask_due).is_judged()
    return f"/admin/orders/order/{Order.objects.get().pk}"


def proposes(desk, case):
    return desk.press(f"{case}/do/propose-override/", decision="VAT_APPLICABLE", reason="It never left.")


def accepts(desk, case):
    proposal = Proposal.objects.get()
    return desk.press(f"{case}/do/accept-proposal/{proposal.uuid}/")


def is_decided():
    return not Proposal.objects.pending().exists()


def confirms(desk, user):
    return desk.press(f"{USERS}{user.pk}/confirm/")


# --- What he may try -----------------------------------------------------------------------------------------------


def makes_an_account(boss, name="second", role=CASE_HANDLER):
    boss.press(
        f"{USERS}add/",
        username=name,
        usable_password="true",
        password1=PASSWORD,
        password2=PASSWORD,
        groups=[Group.objects.get(name=role).pk],
    )
    return User.objects.get(username=name)


def sets_a_password(boss, colleague):
    boss.press(f"{USERS}{colleague.pk}/password/", usable_password="true", password1=NEW, password2=NEW)
    return User.objects.get(pk=colleague.pk)  # the hash of its sessions has changed


def removes_factors(boss, colleague):
    boss.http.post(USERS, {"action": "remove_second_factors", "_selected_action": [colleague.pk]})
    return colleague


def moves_the_address(boss, colleague):
    boss.press(f"{USERS}{colleague.pk}/change/", email="boss+colleague@nt24.example")
    return colleague


def wakes_a_sleeper(boss, colleague):
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    boss.press(f"{USERS}{colleague.pk}/change/", is_active="on")
    return colleague


TRIES = [
    lambda boss, colleague: makes_an_account(boss),
    lambda boss, colleague: makes_an_account(boss, "third", ADMINISTRATOR),
    sets_a_password,
    removes_factors,
    moves_the_address,
    wakes_a_sleeper,
]
NAMES = ["makes", "makes-an-administrator", "password", "factors", "address", "wakes"]


@pytest.mark.parametrize("takes_hold", TRIES, ids=NAMES)
def test_who_had_an_account_in_hand_does_not_accept_with_it(boss, colleague, case, takes_hold):
    assert proposes(boss, case).status_code == 302
    other = Desk(takes_hold(boss, colleague))

    answer = accepts(other, case)

    assert answer.status_code == 403
    assert "does not count as one of two people yet" in answer.content.decode()
    assert not is_decided()


@pytest.mark.parametrize("takes_hold", TRIES, ids=NAMES)
def test_nor_propose_with_it_and_accept_himself(boss, colleague, case, takes_hold):
    other = Desk(takes_hold(boss, colleague))

    assert proposes(other, case).status_code == 403

    assert not Proposal.objects.exists()


def test_nor_between_two_accounts_of_his(boss, case):
    one, two = Desk(makes_an_account(boss, "one")), Desk(makes_an_account(boss, "two"))

    assert proposes(one, case).status_code == 403
    proposes(boss, case)
    assert accepts(two, case).status_code == 403


def test_nor_by_confirming_it_himself_or_through_a_chain(boss, case):
    first = makes_an_account(boss, "first", ADMINISTRATOR)
    second = makes_an_account(Desk(first), "second")

    for desk, user in ((boss, first), (Desk(first), first), (Desk(first), second), (Desk(second), first)):
        answer = desk.http.post(f"{USERS}{user.pk}/confirm/", {"seen": Handling.objects.latest("pk").pk})
        assert answer.status_code in (403, 409)
        assert (
            "Confirm that the person alone holds it"
            not in desk.http.get(f"{USERS}{user.pk}/confirm/").content.decode()
        )

    assert {row.user_id for row in Handling.objects.all()} == {first.pk, second.pk}


def test_the_first_who_made_it_confirms_nothing_after_somebody_else_did_something(boss, deputy):
    user = makes_an_account(boss)
    sets_a_password(deputy, user)

    assert confirms(boss, user).status_code == 409
    assert confirms(deputy, user).status_code == 409
    third = Desk(member("third", ADMINISTRATOR))
    assert confirms(third, user).status_code == 302
    assert not Handling.objects.exists()


# --- How it is meant -----------------------------------------------------------------------------------------------


def test_another_administrator_confirms_the_account_and_then_it_counts(boss, deputy, case):
    user = makes_an_account(boss)
    proposes(boss, case)
    page = deputy.opens(f"{USERS}{user.pk}/confirm/")
    assert "boss made the account" in page
    assert f"{USERS}{user.pk}/confirm/" in deputy.opens(f"{USERS}{user.pk}/change/")

    assert confirms(deputy, user).status_code == 302

    assert accepts(Desk(user), case).status_code == 302
    assert is_decided()
    entry = Entry.objects.get(action="user.confirmed")
    assert (entry.actor_label, entry.changes) == ("deputy", {"handled": [["boss made the account"], []]})


def test_what_happened_meanwhile_is_not_confirmed_unseen(boss, deputy, colleague):
    user = makes_an_account(boss)
    seen = deputy.form(f"{USERS}{user.pk}/confirm/")
    sets_a_password(boss, user)

    answer = deputy.sends(f"{USERS}{user.pk}/confirm/", seen)

    assert answer.status_code == 409
    assert "look at it again" in answer.content.decode()
    assert Handling.objects.filter(user=user).count() == 2


def gives_a_role(boss, colleague):
    boss.press(f"{USERS}{colleague.pk}/change/", groups=[Group.objects.get(name=ADMINISTRATOR).pk])


def renames(boss, colleague):
    boss.press(f"{USERS}{colleague.pk}/change/", last_name="Nowak")


def changes_nothing(boss, colleague):
    boss.press(f"{USERS}{colleague.pk}/change/")


def resets_at_the_machine(boss, colleague):
    call_command("remove_second_factors", "colleague", reason="lost phone")


def changes_the_own_password(boss, colleague):
    person = Client()
    person.post("/admin/login/", {"username": "colleague", "password": PASSWORD})
    person.post("/admin/account/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})


@pytest.mark.parametrize(
    "act", [gives_a_role, renames, changes_nothing, resets_at_the_machine, changes_the_own_password]
)
def test_what_gives_nobody_the_account_changes_nothing(boss, colleague, case, act):
    proposes(boss, case)

    act(boss, colleague)

    assert accepts(Desk(User.objects.get(pk=colleague.pk)), case).status_code == 302
    assert is_decided()


def test_administrators_of_the_command_line_confirm_each_others_accounts(db):
    for name in ("one", "two"):
        call_command("add_administrator", name)
    one, two = (Desk(User.objects.get(username=name)) for name in ("one", "two"))

    user = makes_an_account(one)

    assert confirms(two, user).status_code == 302


def test_the_list_shows_who_waits(boss, deputy):
    user = makes_an_account(boss)

    waiting = deputy.opens(f"{USERS}?handlings__isempty=0")

    assert user.username in waiting
    assert f"{USERS}{deputy.user.pk}/change/" not in waiting.split("<tbody", 1)[1].split("</tbody>")[0]


@pytest.mark.parametrize("role", [CASE_HANDLER, VIEWER, "Auditor"])
def test_only_who_changes_users_confirms(boss, role):
    user = makes_an_account(boss)
    somebody = Desk(member("somebody", role))

    assert somebody.http.post(f"{USERS}{user.pk}/confirm/", {"seen": "99"}).status_code == 403
    assert Handling.objects.exists()


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 40, "１"])
def test_a_form_that_was_never_shown_confirms_nothing(boss, deputy, seen):
    user = makes_an_account(boss)

    assert deputy.http.post(f"{USERS}{user.pk}/confirm/", {"seen": seen}).status_code == 409
    assert Handling.objects.exists()
