from datetime import UTC, datetime

import django.contrib.postgres.fields
from django.db import migrations, models

NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # no till has uploaded anything yet


class Migration(migrations.Migration):
    dependencies = [("rewards", "0007_download_codes")]

    operations = [
        migrations.AddField(
            model_name="journalentry",
            name="counted_at",
            field=models.DateTimeField(default=NEVER),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="journalentry",
            name="marks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                blank=True,
                db_default=[],
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="offlinepack",
            name="floor_count",
            field=models.PositiveSmallIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="offlinepack",
            name="floor_total",
            field=models.DecimalField(db_default=0, decimal_places=2, max_digits=8),
        ),
        migrations.AddField(
            model_name="offlinepack",
            name="floor_value",
            field=models.DecimalField(db_default=0, decimal_places=2, max_digits=8),
        ),
    ]
