from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0021_segments_known")]

    operations = [
        migrations.AddIndex(
            model_name="activityrevision",
            index=models.Index(fields=["cause"], name="revision_by_cause"),
        ),
    ]
