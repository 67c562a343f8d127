from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    """Many members' plain purchases written in a statement for all."""

    dependencies = [
        ("members", "0006_activity_functions"),
        ("loyalty", "0012_earn_many"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "0007_activities_together.sql").read_text(),
            (SQL / "0007_activities_together_drop.sql").read_text(),
        ),
    ]
