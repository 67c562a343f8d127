"""Who works in the console, and in which roles."""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db import transaction

from loyalty.errors import InvalidRequest, NotFound
from members.models import User


@transaction.atomic
def add_colleague(*, email: str, password: str, roles: Iterable[Group]) -> User:
    """Let somebody in to the console. Raises InvalidRequest when the address is in use."""
    if User.objects.filter(email__iexact=email.strip()).exists():
        raise InvalidRequest("This address is in use already.", field="email")
    user = User.objects.create_user(email, password, is_staff=True)
    user.groups.set(roles)
    return user


@transaction.atomic
def change_colleague(
    *, user_id: int, roles: Iterable[Group], is_active: bool, password: str = ""
) -> User:
    """Give a colleague other roles, or keep them out; an empty password stays what it was.

    Raises NotFound, also for members and for who may do everything.
    """
    staff = User.objects.select_for_update().filter(is_staff=True, is_superuser=False)
    user = staff.filter(pk=user_id).first()
    if user is None:
        raise NotFound("There is no such colleague.")
    user.is_active = is_active
    if password:
        user.set_password(password)
    user.save()
    user.groups.set(roles)
    return user
