from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("members", "0015_ways_to_join")]

    operations = [
        migrations.RunSQL((SQL / "0016_blocked.sql").read_text(), migrations.RunSQL.noop),
    ]
