from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    """The ledger's functions for units, returns, debts, holds and moves between members."""

    dependencies = [("loyalty", "0006_units_tiers_and_trials")]

    operations = [
        migrations.RunSQL(
            (SQL / "0007_ledger.sql").read_text(), (SQL / "0007_ledger_drop.sql").read_text()
        ),
    ]
