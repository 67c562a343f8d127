from django.db import models


class Remark(models.Model):
    """Somebody's own words about a movement, kept beside the books so that they can be forgotten.

    A transfer's reason names it in `params["remark"]`; no free text stands in the ledger itself.
    """

    id = models.UUIDField(primary_key=True)
    holder = models.UUIDField(db_index=True)
    text = models.CharField(max_length=500)
    written_by = models.CharField(max_length=100)
    written_at = models.DateTimeField()

    app_rights = "SELECT, INSERT, DELETE"

    def __str__(self) -> str:
        return str(self.pk)
