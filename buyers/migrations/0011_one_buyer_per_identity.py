from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("buyers", "0010_twins_of_greek_buyers")]

    operations = [
        migrations.RemoveConstraint(model_name="buyer", name="one_buyer_per_seller_and_vat_number"),
        migrations.AddConstraint(
            model_name="buyer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("twin_of__isnull", True)),
                fields=("seller", "vat_identity"),
                name="one_buyer_per_seller_and_vat_identity",
            ),
        ),
    ]
