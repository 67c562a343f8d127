"""How often and in which time zone a member wants to hear from us."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from campaigns.models import ContactChoice
from campaigns.services.policies import policy_of
from loyalty.errors import InvalidRequest, NotFound
from members.models import Membership

_COMMON: Final = (
    "America/Curacao",
    "America/Los_Angeles",
    "America/New_York",
    "America/Paramaribo",
    "America/Sao_Paulo",
    "Asia/Dubai",
    "Asia/Jakarta",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Atlantic/Canary",
    "Australia/Sydney",
    "Africa/Casablanca",
    "Africa/Johannesburg",
    "Europe/Amsterdam",
    "Europe/Athens",
    "Europe/Helsinki",
    "Europe/Istanbul",
    "Europe/Kyiv",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Madrid",
    "Pacific/Auckland",
    "UTC",
)


def zones_offered(*, of_programme: str, chosen: str) -> list[str]:
    """The zones a member can choose from beside the programme's; the chosen one always with them."""
    return sorted({*_COMMON, chosen} - {of_programme, ""})


def choose_contact(
    *, membership_id: int, at_most: int | None, time_zone: str = "", at: datetime
) -> ContactChoice:
    """Keep the member's choice: so many messages in the policy's days; None: as the policy says.

    Raises NotFound, and InvalidRequest for more than the policy allows or a zone that is none.
    """
    membership = Membership.objects.filter(pk=membership_id).first()
    if membership is None:
        raise NotFound("There is no such member.")
    most = policy_of(programme_id=membership.programme_id).cap
    if at_most is not None and not 0 <= at_most <= most:
        raise InvalidRequest(f"This is from 0 to {most}.", field="at_most")
    _check_zone(time_zone)
    choice, _ = ContactChoice.objects.update_or_create(
        membership=membership,
        defaults={"at_most": at_most, "time_zone": time_zone, "changed_at": at},
    )
    return choice


def choice_of(membership_id: int) -> ContactChoice | None:
    """What the member chose, if anything."""
    return ContactChoice.objects.filter(membership_id=membership_id).first()


def _check_zone(time_zone: str) -> None:
    if not time_zone:
        return
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidRequest("This is no time zone.", field="time_zone") from None
