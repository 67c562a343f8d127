from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0013_origins_and_help")]

    operations = [
        migrations.RunSQL(
            (SQL / "0014_merging.sql").read_text(),
            (SQL / "0014_merging_drop.sql").read_text(),
        ),
    ]
