"""The offers that a cashier may tell the customer about."""

from datetime import datetime
from uuid import UUID

from campaigns.services.offers import offers_for
from members.models import Membership
from rewards.models import Till
from rewards.worth_telling import WorthTelling, register_teller

AT_THE_TILL = 2


def register() -> None:
    """Have the till know them; done when the app starts."""
    register_teller("offers", tell)


def tell(member_id: UUID, till: Till, at: datetime) -> list[WorthTelling]:
    """The two that suit the member best in this shop.

    They are not counted as shown: whether the cashier says it is not known.
    """
    members = Membership.objects.select_related("programme")
    membership = members.filter(member=member_id, programme=till.programme_id).first()
    if membership is None:
        return []
    chosen = offers_for(membership, at=at, limit=AT_THE_TILL, location=till.location)
    return [WorthTelling(title=offer.title, why=offer.why) for offer in chosen]
