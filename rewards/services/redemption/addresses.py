"""Where a reward is sent to: kept with the delivery alone, and no longer than it is needed."""

from django.db.models import QuerySet

from rewards.models import Fulfilment

ADDRESS = ("recipient", "street", "postal_code", "town", "country")


def forget_addresses(fulfilments: QuerySet[Fulfilment]) -> int:
    """Empty them; how many there were."""
    kept = fulfilments.exclude(**dict.fromkeys(ADDRESS, ""))
    return kept.update(**dict.fromkeys(ADDRESS, ""))
