"""Users and groups in the admin: nobody gives more than he has, nobody is deleted, and the trail hears of it."""

import pytest
from django.contrib.auth.models import Group, Permission, User

from nt24.audit.models import Entry
from nt24.people.roles import ADMINISTRATOR, CASE_HANDLER, VIEWER, named
from nt24.people.staff import person_of, role_of
from tests.people.conftest import PASSWORD, member, sign_in, told

USERS = "/admin/auth/user/"


@pytest.fixture
def boss(db):
    return member("boss", ADMINISTRATOR)


@pytest.fixture
def asks(client, boss):
    client.force_login(boss)
    return client


def form_of(user: User, **changes) -> dict:
    return {
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "is_active": "on",
        "groups": [group.pk for group in user.groups.all()],
        "user_permissions": [row.pk for row in user.user_permissions.all()],
        **changes,
    }


def changes_to(asks, user: User, **changes):
    return asks.post(f"{USERS}{user.pk}/change/", form_of(user, **changes))


def role(name: str) -> Group:
    return Group.objects.get(name=name)


def permission(codename: str) -> Permission:
    return Permission.objects.get(codename=codename)


def test_somebody_is_added_with_a_role_and_comes_in(asks):
    answer = asks.post(
        f"{USERS}add/",
        {
            "username": "new",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "first_name": "Nina",
            "groups": [role(CASE_HANDLER).pk],
        },
    )

    new = User.objects.get(username="new")
    assert answer.status_code == 302
    assert (new.is_staff, new.is_superuser, new.groups.get().name) == (True, False, CASE_HANDLER)
    assert sign_in("new")[1].status_code == 302
    entry = Entry.objects.get(action="user.created")
    assert (entry.subject_uuid, entry.actor_label) == (person_of(new).uuid, "boss")
    assert entry.changes["roles"] == [None, [CASE_HANDLER]]
    assert "Nina" not in str(entry.changes)


def test_a_change_of_role_and_permissions_is_told(asks, anna):
    changes_to(
        asks,
        anna,
        groups=[role(VIEWER).pk],
        user_permissions=[permission("view_contact").pk],
        last_name="Nowak",
    )

    entry = Entry.objects.get(action="user.changed")
    assert entry.changes == {
        "roles": [[CASE_HANDLER], [VIEWER]],
        "permissions": [[], ["buyers.view_contact"]],
        "details": [None, ["last_name"]],
    }


def test_saving_without_a_change_tells_nothing(asks, anna):
    assert changes_to(asks, anna).status_code == 302
    assert told() == []


def test_somebody_is_deactivated_and_never_deleted(asks, anna):
    changes = form_of(anna)
    del changes["is_active"]
    asks.post(f"{USERS}{anna.pk}/change/", changes)

    assert not User.objects.get(pk=anna.pk).is_active
    assert Entry.objects.get().changes == {"is_active": [True, False]}
    assert asks.post(f"{USERS}{anna.pk}/delete/", {"post": "yes"}).status_code == 403
    asks.post(USERS, {"action": "delete_selected", "_selected_action": [anna.pk], "post": "yes"})
    assert User.objects.filter(pk=anna.pk).exists()


def test_nobody_makes_a_superuser(asks, anna):
    changes_to(asks, anna, is_superuser="on")

    assert not User.objects.get(pk=anna.pk).is_superuser


def test_nobody_gives_what_he_does_not_have(asks, anna):
    strong = Group.objects.create(name="Strong")
    strong.permissions.add(permission("delete_user"))

    answers = [
        changes_to(asks, anna, user_permissions=[permission("delete_user").pk]),
        changes_to(asks, anna, groups=[strong.pk]),
    ]

    errors = [answer.context["adminform"].form.errors for answer in answers]
    assert [list(error) for error in errors] == [["user_permissions"], ["groups"]]
    anna = User.objects.get(pk=anna.pk)
    assert not anna.has_perm("auth.delete_user")
    assert told() == []


def test_the_permissions_offered_are_the_givers_own(asks, boss, anna):
    form = asks.get(f"{USERS}{anna.pk}/change/").context["adminform"].form

    offered = form.fields["user_permissions"].queryset.select_related("content_type")
    assert {named(row) for row in offered} == boss.get_all_permissions()


@pytest.mark.parametrize("what", ["superuser", "more"])
def test_whoever_may_more_is_out_of_reach(asks, what):
    other = member("other", is_superuser=what == "superuser")
    other.user_permissions.add(permission("delete_user"))
    paths = (f"{USERS}{other.pk}/change/", f"{USERS}{other.pk}/password/")

    assert asks.get(paths[0]).status_code == 200  # to read
    assert changes_to(asks, other, first_name="Mine").status_code == 403
    answer = asks.post(paths[1], {"password1": "a-new-passphrase", "password2": "a-new-passphrase"})
    assert answer.status_code == 403
    other = User.objects.get(pk=other.pk)
    assert (other.first_name, other.check_password(PASSWORD)) == ("", True)


def test_of_oneself_only_the_name_changes(asks, boss):
    changes_to(
        asks,
        boss,
        first_name="Bea",
        email="other@nt24.example",
        is_active="",
        groups=[],
        user_permissions=[permission("view_order").pk],
    )

    boss = User.objects.get(pk=boss.pk)
    assert (boss.first_name, boss.email, boss.is_active) == ("Bea", "boss@nt24.example", True)
    assert boss.groups.get().name == ADMINISTRATOR
    assert not boss.user_permissions.exists()


def test_a_new_password_for_somebody_is_told_and_ends_his_sessions(asks, anna):
    inside, _ = sign_in("anna")
    new = "another-long-passphrase"

    asks.post(f"{USERS}{anna.pk}/password/", {"usable_password": "true", "password1": new, "password2": new})

    assert User.objects.get(pk=anna.pk).check_password(new)
    assert inside.get("/admin/").status_code == 302
    assert told().count("user.password_set") == 1


def test_ones_own_password_is_changed_where_the_old_one_is_asked_for(asks, boss):
    assert asks.get(f"{USERS}{boss.pk}/password/")["Location"] == "/admin/account/password/"


def test_those_who_only_see_users_change_none(client, anna):
    client.force_login(member("olga", "Auditor"))

    assert client.get(USERS).status_code == 200
    assert client.get(f"{USERS}{anna.pk}/change/").status_code == 200
    assert client.post(f"{USERS}{anna.pk}/change/", form_of(anna, first_name="X")).status_code == 403
    assert client.get(f"{USERS}add/").status_code == 403


# --- Groups


def test_the_four_roles_are_read_only(asks):
    viewer = role(VIEWER)
    path = f"/admin/auth/group/{viewer.pk}/change/"

    assert asks.get(path).status_code == 200
    assert asks.post(path, {"name": "Visitors", "permissions": []}).status_code == 403
    assert Group.objects.get(pk=viewer.pk).permissions.exists()


def test_a_group_of_ones_own_is_made_of_what_one_has(asks):
    chosen = [permission("view_order").pk]
    asks.post("/admin/auth/group/add/", {"name": "Interns", "permissions": chosen})
    group = Group.objects.get(name="Interns")
    stolen = [permission("delete_user").pk]
    asks.post(f"/admin/auth/group/{group.pk}/change/", {"name": "Interns", "permissions": stolen})

    assert [row.codename for row in group.permissions.all()] == ["view_order"]
    entry = Entry.objects.get()
    assert (entry.action, entry.subject_uuid, entry.subject_type) == (
        "group.created",
        role_of(group).uuid,
        "group",
    )
    assert entry.changes == {"name": [None, "Interns"], "permissions": [None, ["orders.view_order"]]}


def test_tables_of_the_machinery_are_not_in_the_admin(admin_client):
    for path in (
        "account/emailaddress",
        "mfa/authenticator",
        "usersessions/usersession",
        "socialaccount/socialapp",
    ):
        assert admin_client.get(f"/admin/{path}/").status_code == 404
