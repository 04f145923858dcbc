"""The one spelling of a VAT number, made by the database: a version that does not know the column can still insert."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Case, F, Value, When
from django.db.models.functions import Concat, Substr


class Migration(migrations.Migration):
    dependencies = [("buyers", "0008_refused_requesters")]

    operations = [
        migrations.AddField(
            model_name="buyer",
            name="vat_identity",
            field=models.GeneratedField(
                db_persist=True,
                expression=Case(
                    When(vat_number__startswith="GR", then=Concat(Value("EL"), Substr("vat_number", 3))),
                    default=F("vat_number"),
                ),
                output_field=models.CharField(max_length=15),
            ),
        ),
        migrations.AddField(
            model_name="buyer",
            name="twin_of",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                help_text="The same number under GR and EL from before they were one: the buyer registered first.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="twins",
                to="buyers.buyer",
            ),
        ),
    ]
