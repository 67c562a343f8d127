from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    """The ledger's functions for the dates of lots: activation, extension, sliding, expiry."""

    dependencies = [("loyalty", "0007_ledger_functions")]

    operations = [
        migrations.RunSQL(
            (SQL / "0008_terms.sql").read_text(), (SQL / "0008_terms_drop.sql").read_text()
        ),
    ]
