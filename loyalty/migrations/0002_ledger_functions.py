from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    """The ledger's one writer, and the triggers that keep its rows as they were written."""

    dependencies = [("loyalty", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "0002_ledger.sql").read_text(), (SQL / "0002_ledger_drop.sql").read_text()
        ),
    ]
