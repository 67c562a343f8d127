from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    """Read-only views of the books for an auditor; `manage.py audit` reads them too."""

    dependencies = [("loyalty", "0003_registry_and_words")]

    operations = [
        migrations.RunSQL(
            (SQL / "0004_audit.sql").read_text(), (SQL / "0004_audit_drop.sql").read_text()
        ),
    ]
