from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("members", "0020_segment_memberships")]

    operations = [
        migrations.RunSQL(
            (SQL / "0021_segments.sql").read_text(), (SQL / "0016_blocked.sql").read_text()
        ),
    ]
