"""While a new version is rolled out, the one before it still writes: its rows have to fit the new tables.

So a column that comes later than its table is nullable or has a default in the database, and nothing that is still
written disappears or changes its name in one step.
"""

from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models.fields import NOT_PROVIDED

OURS = {
    config.label
    for config in apps.get_app_configs()
    if config.name.split(".")[0] in {"nt24", "buyers", "orders", "transport", "compliance"}
}
GONE = (migrations.RemoveField, migrations.RenameField, migrations.DeleteModel, migrations.RenameModel)


def refusals(plan, state):
    """One line for each thing in `plan` that the version before could not live with; `state` is that before it.

    A column that was added without a default may get it by a later migration: the end counts.
    """
    added = set()
    for migration in plan:
        new_tables = set()
        for operation in migration.operations:
            is_later = not migration.initial and migration.app_label in OURS
            if isinstance(operation, migrations.CreateModel):
                new_tables.add(operation.name_lower)
            if is_later and getattr(operation, "model_name_lower", "") not in new_tables:
                yield from refused_at_once(migration, operation, state)
                if isinstance(operation, migrations.AddField):
                    added.add((migration.app_label, operation.model_name_lower, operation.name))
            operation.state_forwards(migration.app_label, state)
    for app, model, name in sorted(added):
        if stops_the_version_before(state.models[app, model].fields[name]):
            yield f"{app}.{model}.{name} is NOT NULL and has no db_default"


def refused_at_once(migration, operation, state):
    if isinstance(operation, GONE):
        yield f"{migration}: {operation.describe()}, which the version before still uses"
    if isinstance(operation, migrations.AlterField):
        was = state.models[migration.app_label, operation.model_name_lower].fields[operation.name]
        has_lost_default = was.db_default is not NOT_PROVIDED and operation.field.db_default is NOT_PROVIDED
        if (was.null or has_lost_default) and stops_the_version_before(operation.field):
            yield f"{migration}: {operation.describe()}, NOT NULL without db_default"


def stops_the_version_before(field):
    """Whether an INSERT that does not know this column fails; a generated one is filled by the database alone."""
    is_filled = field.many_to_many or field.null or field.generated
    return not is_filled and field.db_default is NOT_PROVIDED


def whole_plan():
    graph = MigrationLoader(None).graph
    return [graph.nodes[key] for key in graph._generate_plan(graph.leaf_nodes(), at_end=True)]


def test_the_version_before_can_write_to_the_new_tables():
    plan = whole_plan()

    assert {migration.app_label for migration in plan} >= OURS - {"people", "pages"}
    assert list(refusals(plan, ProjectState())) == []


# --- The rule itself


@pytest.fixture(scope="module")
def today():
    return MigrationLoader(None).project_state()


def migration_of(*operations, initial=False):
    kind = type("Migration", (migrations.Migration,), {"operations": list(operations), "initial": initial})
    return kind("0099_new", "orders")


GENERATED = models.GeneratedField(
    expression=models.functions.Upper("currency"),
    output_field=models.CharField(max_length=3),
    db_persist=True,
)
NULLABLE = migrations.AlterField("order", "currency", models.CharField(max_length=3, null=True))
WITH_DEFAULT = migrations.AlterField("order", "currency", models.CharField(max_length=3, db_default="EUR"))


@pytest.mark.parametrize(
    ("operations", "is_refused"),
    [
        ([migrations.AddField("order", "colour", models.CharField(max_length=9))], True),
        ([migrations.AddField("order", "colour", models.CharField(max_length=9, default="red"))], True),
        ([migrations.AddField("order", "colour", models.BooleanField(default=False))], True),
        ([migrations.AddField("order", "colour", models.JSONField(default=list))], True),
        ([migrations.AddField("order", "colour", models.ForeignKey("orders.order", models.CASCADE))], True),
        ([migrations.AddField("order", "colour", models.BooleanField(db_default=False))], False),
        ([migrations.AddField("order", "colour", models.CharField(max_length=9, null=True))], False),
        ([migrations.AddField("order", "colour", models.ManyToManyField("orders.order"))], False),
        ([migrations.AddField("order", "colour", GENERATED)], False),
        ([migrations.RemoveField("order", "currency")], True),
        ([migrations.RenameField("order", "currency", "money")], True),
        ([migrations.DeleteModel("Vehicle")], True),
        ([migrations.RenameModel("Vehicle", "Car")], True),
        ([NULLABLE], False),
        ([NULLABLE, migrations.AlterField("order", "currency", models.CharField(max_length=3))], True),
        ([NULLABLE, WITH_DEFAULT], False),
        ([WITH_DEFAULT, migrations.AlterField("order", "currency", models.CharField(max_length=3))], True),
        ([migrations.AlterField("order", "currency", models.CharField(max_length=9))], False),
    ],
)
def test_what_would_stop_the_version_before_is_refused(today, operations, is_refused):
    assert bool(list(refusals([migration_of(*operations)], today.clone()))) is is_refused


def test_what_comes_with_its_table_may_be_required(today):
    created = migrations.CreateModel("Colour", [("id", models.BigAutoField(primary_key=True))])
    added = migrations.AddField("colour", "name", models.CharField(max_length=9))
    dropped = migrations.RemoveField("order", "currency")

    assert list(refusals([migration_of(created, added)], today.clone())) == []
    assert list(refusals([migration_of(dropped, initial=True)], today.clone())) == []


@pytest.mark.django_db
def test_rows_of_the_version_before_get_the_defaults():
    """As the version before inserted, naming only the columns that it knew."""
    from tests.factories.partners import OrganizationFactory

    organization = OrganizationFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO api_call (organization_id, key, fingerprint, status, headers, body, created_at)"
            " VALUES (%s, 'k', 'f', 201, '{}', '', CURRENT_TIMESTAMP)",
            [organization.pk],
        )
        cursor.execute("SELECT is_encrypted FROM api_call WHERE key = 'k'")
        assert not cursor.fetchone()[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("number", "identity"),
    [("GR094259216", "EL094259216"), ("EL094259216", "EL094259216"), ("DE0GR", "DE0GR"), ("GRGR1", "ELGR1")],
)
def test_the_database_writes_the_identity_of_a_buyer_of_the_version_before(seller, number, identity):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO buyers_buyer (uuid, version, created_at, updated_at, vat_number, company_name, address,"
            " kyc_mode, status, seller_id)"
            " VALUES (%s, 0, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, %s, 'Auto', '{}', 'NT24_LED', 'ACTIVE', %s)",
            [uuid4().hex, number, seller.pk],
        )
        cursor.execute("SELECT vat_identity FROM buyers_buyer WHERE vat_number = %s", [number])
        assert cursor.fetchone()[0] == identity
