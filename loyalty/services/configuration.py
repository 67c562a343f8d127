"""The version by which every process knows that what it keeps in memory is still true."""

from django.db.models import F

from loyalty.models import Configuration


def bump_configuration() -> None:
    """Say, in the open transaction, that rules, policies or keys have changed."""
    if not Configuration.objects.filter(id=1).update(version=F("version") + 1):
        Configuration.objects.get_or_create(id=1, defaults={"version": 2})
