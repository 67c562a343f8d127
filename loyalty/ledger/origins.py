"""Lots that go on in the account of a holder who was merged with theirs."""

from loyalty.models import Lot


def first_of(lot: Lot) -> Lot:
    """The lot that it was at first, when it was granted."""
    while lot.origin_id is not None:
        lot = Lot.objects.get(pk=lot.origin_id)
    return lot


def last_of(lot: Lot) -> Lot:
    """The lot that holds what is left of it by now; itself when nothing went over."""
    while lot.remaining == 0:
        known = Lot.objects.select_related("account__unit__programme").filter(origin_id=lot.pk)
        newer = known.order_by("remaining", "pk").last()
        if newer is None:
            break
        lot = newer
    return lot
