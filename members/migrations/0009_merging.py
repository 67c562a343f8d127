from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("members", "0008_people"), ("loyalty", "0014_merging")]

    operations = [
        migrations.RunSQL(
            (SQL / "0009_merging.sql").read_text(),
            (SQL / "0009_merging_drop.sql").read_text(),
        ),
    ]
