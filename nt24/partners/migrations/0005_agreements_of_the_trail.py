"""One row for each agreement that was accepted before files were asked for, as the trail tells it."""

from django.db import migrations


def copy_from_trail(apps, schema_editor):
    database = schema_editor.connection.alias
    agreements = apps.get_model("partners", "Agreement").objects.using(database)
    entries = apps.get_model("audit", "Entry").objects.using(database)
    for organization in apps.get_model("partners", "Organization").objects.using(database).iterator():
        found = entries.filter(action="organization.dpa_accepted", subject_uuid=organization.uuid)
        rows = [(entry.changes["dpa_version"][1], entry.at, recorder_of(entry)) for entry in found.order_by("pk")]
        if not rows and organization.dpa_accepted_at is not None:
            rows = [(organization.dpa_version, organization.dpa_accepted_at, "NT24")]
        for version, at, recorder in rows:
            agreements.create(
                organization=organization, dpa_version=version, recorded_by=recorder, created_at=at, updated_at=at
            )


def recorder_of(entry):
    return entry.actor_label if entry.actor_kind == "STAFF" else f"command {entry.actor_id}"[:200]


class Migration(migrations.Migration):
    dependencies = [("partners", "0004_signed_agreements"), ("audit", "0004_ways_to_read")]

    operations = [migrations.RunPython(copy_from_trail, migrations.RunPython.noop)]
