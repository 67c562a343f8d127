from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("members", "0016_blocked")]

    operations = [
        migrations.AlterModelOptions(
            name="erasure",
            options={
                "permissions": [
                    ("erase_member", "Can forget members"),
                    ("export_member", "Can take out all data of a member"),
                ],
                "verbose_name": "erasure",
                "verbose_name_plural": "erasures",
            },
        ),
    ]
