"""What is kept of rewards for so long and no longer, as staff see it among the other kinds."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from members.services.retention import Kind, register_kind
from rewards.models import Fulfilment
from rewards.services.redemption.addresses import forget_addresses


def register_kinds() -> None:
    """Make them known; done when the app starts."""
    register_kind(
        Kind(
            key="delivery_addresses",
            title=_("Addresses of deliveries"),
            explained=_("So many days after a reward was sent or handed over."),
            days=90,
            remove=_addresses,
        )
    )


def _addresses(programme_id: int, before: datetime, most: int) -> int:
    done = Fulfilment.objects.filter(
        redemption__reward__programme=programme_id, done_at__lt=before
    ).exclude(recipient="", street="", postal_code="", town="", country="")
    chosen = list(done.order_by("pk").values_list("pk", flat=True)[:most])
    return forget_addresses(Fulfilment.objects.filter(pk__in=chosen))
