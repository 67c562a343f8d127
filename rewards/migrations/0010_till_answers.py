from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rewards", "0009_counted_stock")]

    operations = [
        migrations.AddField(
            model_name="tillreceipt",
            name="answer",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="tillreceipt",
            name="guest_sale",
            field=models.UUIDField(null=True),
        ),
    ]
