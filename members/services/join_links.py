"""Addresses to join by, for posters, adverts and push messages: they say what brought a member."""

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import F

from loyalty.errors import InvalidRequest, NotFound
from members.models import JoinLink

_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that look like another in print
_KEY_LENGTH = 8


@transaction.atomic
def open_join_link(
    *,
    programme_id: int,
    name: str,
    touchpoint: str,
    location: str = "",
    campaign: str = "",
    at: datetime,
) -> JoinLink:
    """A new address to join by; its key is short enough to type from paper.

    Raises InvalidRequest for an empty name or a touchpoint that we do not know.
    """
    return JoinLink.objects.create(
        programme_id=programme_id,
        key=_fresh_key(),
        created_at=at,
        **_checked(name, touchpoint, location, campaign),
    )


@transaction.atomic
def change_join_link(
    *,
    link_id: int,
    name: str,
    touchpoint: str,
    location: str = "",
    campaign: str = "",
    is_live: bool = True,
) -> JoinLink:
    """Change what it says of those who join from now on; stopped, it still lets people join.

    Whoever joined before keeps what they came by. Raises NotFound, and InvalidRequest as above.
    """
    link = JoinLink.objects.select_for_update().filter(pk=link_id).first()
    if link is None:
        raise NotFound("There is no such way to join.")
    said = _checked(name, touchpoint, location, campaign)
    for field, value in said.items():
        setattr(link, field, value)
    link.is_live = is_live
    link.save(update_fields=[*said, "is_live"])
    return link


def see_join_link(*, key: str) -> JoinLink | None:
    """The live link with this key, opened once more; None for another."""
    link = JoinLink.objects.select_related("programme").filter(key=key, is_live=True).first()
    if link is not None:
        JoinLink.objects.filter(pk=link.pk).update(seen=F("seen") + 1)
    return link


def _checked(name: str, touchpoint: str, location: str, campaign: str) -> dict[str, str]:
    if not name.strip():
        raise InvalidRequest("Give it a name.", field="name")
    if touchpoint not in JoinLink.Touchpoint.values:
        raise InvalidRequest("We do not know this touchpoint.", field="touchpoint")
    return {
        "name": name.strip(),
        "touchpoint": touchpoint,
        "location": location.strip(),
        "campaign": campaign.strip(),
    }


def _fresh_key() -> str:
    while True:
        key = "".join(secrets.choice(_SIGNS) for _ in range(_KEY_LENGTH))
        if not JoinLink.objects.filter(key=key).exists():
            return key
