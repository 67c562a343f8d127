from typing import Any

from django.db import migrations, models
from django.db.models import F


def count_what_there_is(apps: Any, schema_editor: Any) -> None:
    """What staff filled in until now was the total."""
    apps.get_model("rewards", "Stock").objects.update(counted=F("total"))


class Migration(migrations.Migration):
    dependencies = [
        ("rewards", "0008_offline_journal"),
    ]

    operations = [
        migrations.AddField(
            model_name="stock",
            name="counted",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.RunPython(count_what_there_is, migrations.RunPython.noop),
    ]
