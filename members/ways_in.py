"""How a visitor came to us, remembered in the session until they join: by which link, for whom."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from members.models import JoinLink, Member
from members.selectors import id_in

WAY = "way_in"
COMPLETES = "completes"
VISITOR = "visitor"


def remember_link(request: HttpRequest, link: JoinLink) -> None:
    """Whoever joins in this browser from now on came by this link."""
    request.session[WAY] = {
        "touchpoint": link.touchpoint,
        "location": link.location,
        "campaign": link.campaign,
        "join_link": link.pk,
    }


def way_in(request: HttpRequest) -> dict[str, Any]:
    """The touchpoint, and location, campaign and link if any, of whoever joins in this browser."""
    way: dict[str, Any] = request.session.get(WAY) or {"touchpoint": "portal"}
    return way


def remember_completion(
    request: HttpRequest, member: Member, *, email: str, given_name: str, family_name: str
) -> None:
    """Whoever proves this very address in this browser completes this membership."""
    request.session[COMPLETES] = {
        "member": str(member.pk),
        "email": email.lower(),
        "given_name": given_name,
        "family_name": family_name,
    }


def completion(request: HttpRequest, *, proved: str) -> tuple[UUID | None, dict[str, str]]:
    """Which member the owner of the proved address completes, if any, and the names they gave."""
    said = dict(request.session.get(COMPLETES) or {})
    if said.pop("email", None) != proved.lower():
        return None, {}
    return UUID(said.pop("member")), said


def remember_visitor_of(request: HttpRequest) -> None:
    """A webshop sends its visitor along as `?visitor=…`; what they did there becomes theirs."""
    if visitor := id_in(request.GET.get(VISITOR, "")):
        request.session[VISITOR] = str(visitor)


def visitor_of(request: HttpRequest) -> UUID | None:
    """The visitor that this browser was elsewhere, if a shop has said so."""
    return id_in(request.session.get(VISITOR, ""))


def has_come_in(request: HttpRequest) -> None:
    """Forget it all: the next who joins in this browser came by themselves."""
    for key in (WAY, COMPLETES, VISITOR):
        request.session.pop(key, None)
