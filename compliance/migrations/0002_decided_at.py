from django.db import migrations, models

# Which orders does this code block: only PostgreSQL can index the keys of a JSON object.
ADD = "CREATE INDEX rollup_by_blocker ON compliance_rollup USING gin (blocked_since) WHERE blocked_since IS NOT NULL"
REMOVE = "DROP INDEX rollup_by_blocker"


def add_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(ADD)


def remove_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(REMOVE)


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial"), ("orders", "0002_readings")]

    operations = [
        migrations.AddField(
            model_name="rollup",
            name="blocked_since",
            field=models.JSONField(
                blank=True,
                help_text="Since when each blocker stands: {code: time}; null without one.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="rollup",
            name="decided_at",
            field=models.DateTimeField(
                blank=True, help_text="Since when this decision stands.", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="exportfile",
            index=models.Index(
                condition=models.Q(("status", "READY"), _negated=True),
                fields=["status", "created_at"],
                name="export_file_unfinished",
            ),
        ),
        migrations.AddIndex(
            model_name="rollup",
            index=models.Index(
                condition=models.Q(("blocked_since__isnull", False)),
                fields=["compliance_status", "blocked_since", "order"],
                name="rollup_blocked",
            ),
        ),
        migrations.AddIndex(
            model_name="rollup",
            index=models.Index(
                condition=models.Q(("decided_at__isnull", False)),
                fields=["decided_at", "decision"],
                name="rollup_decided",
            ),
        ),
        migrations.RunPython(add_index, remove_index),
    ]
