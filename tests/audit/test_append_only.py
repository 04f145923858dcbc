"""The database itself refuses to change or remove what stands in the trail (contract 13)."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from nt24.audit import triggers
from nt24.audit.chain import seal_new
from tests.audit.trails import entries, run

MODELS = {model._meta.db_table: model for model in apps.get_app_config("audit").get_models()}


@pytest.fixture
def sealed(db):
    entries(3)
    seal_new()


def rows(table):
    return list(MODELS[table]._base_manager.order_by("pk").values())


def assert_refused(table, sql):
    before = rows(table)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run(sql)

    assert rows(table) == before
    assert before != []


def test_every_table_of_the_trail_has_triggers():
    assert set(triggers.TABLES) == set(MODELS)


@pytest.mark.parametrize("table", triggers.TABLES)
@pytest.mark.parametrize("sql", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_no_row_is_changed_or_removed(sealed, table, sql):
    column = triggers.TABLES[table][0]

    assert_refused(table, sql.format(table, column, column))


@pytest.mark.parametrize("table", triggers.TABLES)
def test_no_table_is_emptied(sealed, table):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no TRUNCATE")

    assert_refused(table, f"TRUNCATE {table}")
    assert_refused(table, f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("table", triggers.TABLES)
def test_no_row_is_replaced(sealed, table):
    """Both databases can write over a row with INSERT."""
    columns = [field.column for field in MODELS[table]._meta.fields]
    names, unique = ", ".join(columns), triggers.TABLES[table][0]
    if connection.vendor == "sqlite":
        sql = f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM {table} LIMIT 1"  # noqa: S608
    else:
        sql = f"INSERT INTO {table} SELECT * FROM {table} LIMIT 1 ON CONFLICT ({unique}) DO UPDATE SET {unique} = 9"  # noqa: S608

    assert_refused(table, sql)


@pytest.mark.parametrize("table", triggers.TABLES)
def test_switching_ordinary_triggers_off_does_not_help(sealed, table):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite cannot switch triggers off")
    run("SET LOCAL session_replication_role = replica")

    assert_refused(table, f"DELETE FROM {table}")  # noqa: S608


@pytest.mark.django_db(transaction=True)
def test_the_migration_takes_its_triggers_with_it_and_brings_them_back():
    call_command("migrate", "audit", "0001", verbosity=0)
    run("DELETE FROM audit_entry")
    call_command("migrate", verbosity=0)  # whatever stands on it, too
    entries(1)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run("DELETE FROM audit_entry")
