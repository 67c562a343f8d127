from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    """The one writer of activities, with facts, standing and returns."""

    dependencies = [
        ("members", "0005_returns_and_revisions"),
        ("loyalty", "0008_lot_terms"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "0006_activities.sql").read_text(),
            (SQL / "0006_activities_drop.sql").read_text(),
        ),
    ]
