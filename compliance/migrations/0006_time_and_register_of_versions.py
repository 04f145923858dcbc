"""Versions that are sealed already get the one time of their facts, and are entered into the register."""

from datetime import datetime

from django.db import migrations


def enter_versions(apps, schema_editor):
    ExportFile = apps.get_model("compliance", "ExportFile")
    SealedFile = apps.get_model("documents", "SealedFile")
    for row in ExportFile.objects.filter(status="READY").select_related("order").iterator(chunk_size=100):
        SealedFile.objects.get_or_create(
            sha256=row.sha256,
            defaults={
                "kind": "EXPORT_FILE",
                "subject_uuid": row.order.uuid,
                "sealed_at": row.generated_at,
            },
        )
        created_at = row.dossier.get("dossier", {}).get("created_at")
        if created_at:
            row.generated_at = datetime.fromisoformat(created_at)
            row.save(update_fields=["generated_at"])


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0005_one_time_per_version"),
        ("documents", "0004_register_of_sealed_files"),
        ("orders", "0004_invoice_vat_figures"),
    ]

    operations = [migrations.RunPython(enter_versions, migrations.RunPython.noop)]
