from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0002_reading_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="planned_after",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="campaign",
            name="planned_for",
            field=models.DateTimeField(null=True),
        ),
    ]
