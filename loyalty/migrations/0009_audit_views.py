from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    """The auditor's views of what the books can do by now."""

    dependencies = [("loyalty", "0008_lot_terms")]

    operations = [
        migrations.RunSQL(
            (SQL / "0009_audit.sql").read_text(), (SQL / "0009_audit_drop.sql").read_text()
        ),
    ]
