from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("members", "0009_merging")]

    operations = [
        migrations.RunSQL(
            (SQL / "0010_search.sql").read_text(),
            (SQL / "0010_search_drop.sql").read_text(),
        ),
    ]
