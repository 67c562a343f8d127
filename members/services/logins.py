"""Logins and the addresses they have proved."""

from allauth.account.models import EmailAddress
from django.db import transaction

from members.models import User


@transaction.atomic
def release_unproved_address(*, email: str) -> int:
    """Remove logins that a provider opened with this address and that never proved it; how many.

    Else whoever claims somebody's address at a provider would lie in wait for them: the owner
    would sign in to that login by code, and the other still had a key to it.
    """
    waiting = User.objects.filter(
        emailaddress__email__iexact=email,
        socialaccount__isnull=False,
        member__isnull=True,
        is_staff=False,
    ).exclude(emailaddress__in=EmailAddress.objects.filter(verified=True))
    logins = list(User.objects.filter(pk__in=waiting.values("pk")).select_for_update())
    for login in logins:
        login.delete()
    return len(logins)
