"""TRANSPORT_PENDING is from pickup to delivery, and IN_TRANSIT is gone (contract 17.5); a final invoice is required from
the first invoice on (17.4). Vehicles are renamed here, with the version of their order, so that no answer shows the old
words; rollups and invoices follow when the scheduler assesses their orders, which is due at once.
"""

from django.db import migrations
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

RENAMED = {"IN_TRANSIT": "TRANSPORT_PENDING", "TRANSPORT_PENDING": "PENDING"}
RENAMED_BACK = {"TRANSPORT_PENDING": "IN_TRANSIT"}


def rename(apps, names):
    orders, vehicles = apps.get_model("orders", "Order").objects, apps.get_model("orders", "Vehicle").objects
    now = timezone.now()
    concerned = orders.filter(Q(vehicles__compliance_status__in=names) | Q(invoices__isnull=False)).values("pk")
    apps.get_model("compliance", "Rollup").objects.filter(order__in=concerned).update(reassess_at=now)
    orders.filter(pk__in=vehicles.filter(compliance_status__in=names).values("order")).update(
        version=F("version") + 1, updated_at=now
    )
    whens = [When(compliance_status=old, then=Value(new)) for old, new in names.items()]
    vehicles.filter(compliance_status__in=names).update(
        compliance_status=Case(*whens, default=F("compliance_status"))
    )


def forwards(apps, schema_editor):
    rename(apps, RENAMED)


def backwards(apps, schema_editor):
    rename(apps, RENAMED_BACK)


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0007_final_invoice_due"),
        ("orders", "0007_vehicles_are_under_way"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
