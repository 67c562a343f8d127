from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("members", "0010_search")]

    operations = [
        migrations.RunSQL(
            (SQL / "0011_erasure.sql").read_text(),
            (SQL / "0011_erasure_drop.sql").read_text(),
        ),
    ]
