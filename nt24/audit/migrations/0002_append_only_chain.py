import uuid

import django.db.models.deletion
from django.db import migrations, models

from nt24.audit import triggers


def add_triggers(apps, schema_editor):
    for sql in triggers.to_add(schema_editor.connection.vendor):
        schema_editor.execute(sql, params=None)


def remove_triggers(apps, schema_editor):
    for sql in triggers.to_remove(schema_editor.connection.vendor):
        schema_editor.execute(sql, params=None)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("chain", models.CharField(max_length=64)),
                ("signed_at", models.DateTimeField()),
                (
                    "signature",
                    models.TextField(help_text="Base64; of the text that docs/audit.md describes."),
                ),
                (
                    "certificate",
                    models.TextField(help_text="PEM; the signer's, then those between it and the root."),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="link",
                        to="audit.entry",
                    ),
                ),
                ("entry_uuid", models.UUIDField()),
                (
                    "digest",
                    models.CharField(help_text="SHA-256 of the entry's canonical form.", max_length=64),
                ),
                (
                    "chain",
                    models.CharField(
                        help_text="SHA-256 of the chain before, position, digest and time.", max_length=64
                    ),
                ),
                ("sealed_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveIndex(model_name="entry", name="entry_by_organization"),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["organization_id", "at", "id"], name="entry_by_organization"),
        ),
        migrations.RunPython(add_triggers, remove_triggers),
    ]
