"""The colleague behind a request, as members are told of them; and what they may not do."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from members.models import Member, User


def role_of(request: HttpRequest) -> str:
    """What the member is told of a colleague: the role, never who."""
    user = request.user
    if not isinstance(user, User):
        return "colleague"
    if user.is_superuser:
        return "administrator"
    return user.groups.order_by("pk").values_list("name", flat=True).first() or "colleague"


def refuse_own(request: HttpRequest, member: Member) -> None:
    """Nobody changes the points or the tier of themselves. Raises PermissionDenied."""
    if member.user_id is not None and member.user_id == request.user.pk:
        raise PermissionDenied("Somebody else has to do this for you.")
