"""The words of the names that were there before."""

from django.db import migrations

from buyers.names import words_to_keep

BATCH = 1000


def fill(apps, schema_editor):
    buyers, words = apps.get_model("buyers", "Buyer").objects, apps.get_model("buyers", "NameWord")
    last = 0
    while batch := list(buyers.filter(pk__gt=last).order_by("pk").values_list("pk", "company_name")[:BATCH]):
        last = batch[-1][0]
        words.objects.bulk_create(
            words(buyer_id=pk, word=word) for pk, name in batch for word in words_to_keep(name)
        )


def empty(apps, schema_editor):
    apps.get_model("buyers", "NameWord").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("buyers", "0006_search")]

    operations = [migrations.RunPython(fill, empty)]
