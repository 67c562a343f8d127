from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    """Many members' points granted in one statement."""

    dependencies = [("loyalty", "0011_standings")]

    operations = [
        migrations.RunSQL(
            (SQL / "0012_earn_many.sql").read_text(),
            (SQL / "0012_earn_many_drop.sql").read_text(),
        ),
    ]
