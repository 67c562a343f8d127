from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    """The one writer of activities, and the triggers that keep them as they were received."""

    dependencies = [
        ("members", "0002_words"),
        ("loyalty", "0002_ledger_functions"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "0003_activities.sql").read_text(),
            (SQL / "0003_activities_drop.sql").read_text(),
        ),
    ]
