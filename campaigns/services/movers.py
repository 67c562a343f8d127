"""What the campaigns' app keeps of a person: campaigns, messages, offers, and how they hear."""

from collections.abc import Sequence
from typing import Any

from campaigns.models import ContactChoice, Dispatch, OfferContact, Participant, PushSubscription
from members.belongings import Mover, register_mover
from members.models import Membership
from members.services.movers import repointing


def register_movers() -> None:
    """Have a merge know them; done when the app starts."""
    register_mover(
        repointing("participations", Participant, "membership", once=["campaign", "key"])
    )
    register_mover(repointing("offers", OfferContact, "membership", once=["offer"]))
    register_mover(repointing("pushes", PushSubscription, "membership"))
    register_mover(repointing("messages in a programme", Dispatch, "membership"))
    register_mover(
        repointing("messages to a person", Dispatch, "member", once=["key"], of_person=True)
    )
    register_mover(Mover(key="contact choices", move=_move_choice, move_back=_move_choice_back))


def _move_choice(absorbed: Membership, kept: Membership) -> Sequence[int]:
    """What the kept one chose stays; only when they chose nothing the other's goes over."""
    if ContactChoice.objects.filter(membership=kept).exists():
        return []
    own = ContactChoice.objects.filter(membership=absorbed)
    ids = list(own.values_list("pk", flat=True))
    own.update(membership=kept)
    return ids


def _move_choice_back(ids: Sequence[Any], absorbed: Membership) -> None:
    if not ContactChoice.objects.filter(membership=absorbed).exists():
        ContactChoice.objects.filter(pk__in=ids).update(membership=absorbed)
