"""Buyers that were registered under GR and under EL: the first keeps the identity, and a block holds for both."""

from django.db import migrations


def mark(apps, schema_editor):
    buyers = apps.get_model("buyers", "Buyer").objects
    for second in buyers.filter(vat_identity__startswith="EL", twin_of=None).order_by("pk"):
        same = buyers.filter(seller_id=second.seller_id, vat_identity=second.vat_identity, pk__lt=second.pk)
        first = same.filter(twin_of=None).order_by("pk").first()
        if first is None:
            continue
        buyers.filter(pk=second.pk).update(twin_of=first)
        blocked_at = first.blocked_at or second.blocked_at
        if blocked_at is not None:
            open_ones = buyers.filter(pk__in=(first.pk, second.pk), status="ACTIVE")
            open_ones.update(status="BLOCKED", blocked_at=blocked_at)


def unmark(apps, schema_editor):
    apps.get_model("buyers", "Buyer").objects.exclude(twin_of=None).update(twin_of=None)


class Migration(migrations.Migration):
    dependencies = [("buyers", "0009_identity_of_vat_numbers")]

    operations = [migrations.RunPython(mark, unmark)]
