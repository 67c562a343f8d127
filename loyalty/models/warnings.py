from django.db import models

from loyalty.models.ledger import Account


class ExpiryWarning(models.Model):
    """That a holder was told of points that lapse: once for a last day and a term, for ever."""

    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    last_day = models.DateField()  # on which the points can still be spent, in the local zone
    days_ahead = models.PositiveSmallIntegerField()
    points = models.BigIntegerField()  # at the time
    warned_at = models.DateTimeField()

    app_rights = "SELECT, INSERT"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "last_day", "days_ahead"], name="expirywarning_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.points} until {self.last_day}"
