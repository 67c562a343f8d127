from pathlib import Path

from django.db import migrations, models
from django.db.models import F, Q

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0013_origins_and_help")]

    operations = [
        migrations.CreateModel(
            name="HolderMerge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kept", models.UUIDField(db_index=True)),
                ("absorbed", models.UUIDField(db_index=True)),
                ("merge", models.UUIDField()),
                (
                    "deed",
                    models.CharField(choices=[("MERGE", "Merge"), ("PART", "Part")], max_length=16),
                ),
                ("actor", models.CharField(max_length=100)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["merge", "absorbed", "deed"], name="holdermerge_deed_once"
                    ),
                    models.CheckConstraint(
                        condition=~Q(kept=F("absorbed")), name="holdermerge_of_two_holders"
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            (SQL / "0014_merging.sql").read_text(),
            (SQL / "0014_merging_drop.sql").read_text(),
        ),
    ]
