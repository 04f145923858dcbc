"""The four roles: one table, in the database after every migration, and in the docs."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from nt24.people.roles import ADMINISTRATOR, AUDITOR, CASE_HANDLER, ROLES, VIEWER, named, ours, seed_roles
from nt24.people.roles_page import PATH, document
from tests.people.conftest import member

# Until the branch that brings the model's permission is in; then this set is empty.


@pytest.mark.django_db
def test_every_permission_of_the_table_exists():
    known = {named(permission) for permission in Permission.objects.select_related("content_type")}

    assert {name for names in ROLES.values() for name in names} - known == set()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_a_migrated_database_has_the_roles(role):
    group = Group.objects.get(name=role)

    held = {named(permission) for permission in group.permissions.select_related("content_type")}
    assert held == set(ROLES[role])


@pytest.mark.django_db
def test_seeding_undoes_what_was_changed_and_leaves_other_groups():
    viewer, own = Group.objects.get(name=VIEWER), Group.objects.create(name="Interns")
    own.permissions.add(Permission.objects.get(codename="view_order"))
    viewer.permissions.set(Permission.objects.filter(codename="change_user"))

    seed_roles()

    assert {named(p) for p in viewer.permissions.select_related("content_type")} == set(ROLES[VIEWER])
    assert own.permissions.count() == 1
    assert Group.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_migrating_seeds_the_roles():
    Group.objects.all().delete()

    call_command("migrate", verbosity=0)

    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)


def test_what_the_roles_may_follows_from_each_other():
    viewer, auditor, handler, boss = (
        set(ROLES[role]) for role in (VIEWER, AUDITOR, CASE_HANDLER, ADMINISTRATOR)
    )

    assert viewer < auditor < boss
    assert viewer < handler < boss
    assert {name.split(".")[1].split("_")[0] for name in viewer} == {"view"}
    assert not [name for name in auditor if name.split(".")[1].startswith(("add_", "change_", "delete_"))]
    for hidden in ("buyers.view_contact", "audit.view_entry", "mail.view_mail", "auth.view_user"):
        assert hidden not in viewer


def test_nobody_is_given_the_machinery_or_deletes_evidence():
    names = set(ROLES[ADMINISTRATOR])

    assert {name for name in names if ".delete_" in name} == {"webhooks.delete_endpoint"}
    assert not [
        name
        for name in names
        if name.startswith(("admin.", "sessions.", "contenttypes.", "mfa.", "usersessions."))
    ]


@pytest.mark.django_db
def test_the_permissions_to_choose_from_are_ours():
    labels = set(ours().values_list("content_type__app_label", flat=True))

    assert labels >= {"auth", "buyers", "orders", "audit"}
    assert not labels & {
        "admin",
        "contenttypes",
        "sessions",
        "account",
        "mfa",
        "socialaccount",
        "usersessions",
    }


@pytest.mark.django_db
def test_a_role_opens_its_pages_and_no_other(client):
    client.force_login(member("vera", VIEWER))

    pages = {
        path: client.get(f"/admin/{path}/").status_code
        for path in ("orders/order", "buyers/buyer", "audit/entry", "mail/mail", "auth/user", "auth/group")
    }

    assert pages == {
        "orders/order": 200,
        "buyers/buyer": 200,
        "audit/entry": 403,
        "mail/mail": 403,
        "auth/user": 403,
        "auth/group": 403,
    }


def test_the_docs_have_the_table_of_the_code():
    assert PATH.read_text(encoding="utf-8") == document()


@pytest.mark.django_db
def test_the_first_administrator_comes_from_the_command_line(capsys):
    call_command("add_administrator", "chief", "--email", "chief@nt24.example")

    username, password = capsys.readouterr().out.splitlines()[0].split(" / ")
    chief = User.objects.get(username=username)
    assert chief.check_password(password)
    assert (chief.is_staff, chief.is_superuser) == (True, False)
    assert chief.has_perm("auth.add_user")
