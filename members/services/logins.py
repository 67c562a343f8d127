"""Logins: the addresses they have proved, where they are signed in, and what else they opened."""

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Token
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from loyalty.errors import NotFound
from loyalty.events import publish
from members.errors import IdentifierTaken
from members.events import ProfileChanged
from members.identifiers import parse_identifier
from members.models import Identifier, Member, User


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


@transaction.atomic
def sign_out_everywhere(*, user_id: int, keep_session: str = "") -> int:
    """End the login's sessions on all devices and in all shops and apps; how many sessions.

    The session with the key `keep_session` goes on.
    """
    sessions = list(UserSession.objects.filter(user_id=user_id).exclude(session_key=keep_session))
    for session in sessions:
        session.end()
    leave_apps(user_id=user_id)
    return len(sessions)


@transaction.atomic
def sign_out_there(*, user_id: int, session_id: int) -> None:
    """End one session of the login. Raises NotFound when it has no such session."""
    session = UserSession.objects.filter(user_id=user_id, pk=session_id).first()
    if session is None:
        raise NotFound("There is no such session.")
    session.end()


def leave_apps(*, user_id: int, client_id: str = "") -> int:
    """Take back what the shop or app was given for this login, or all of them; how many tokens."""
    tokens = Token.objects.filter(user_id=user_id)
    if client_id:
        tokens = tokens.filter(client_id=client_id)
    count: int = tokens.delete()[0]
    return count


@transaction.atomic
def forget_second_factor(*, user_id: int) -> User:
    """Take a colleague's passkeys, app and recovery codes away, and sign them out everywhere.

    They come in with their password once more, and only to set a new second factor. Raises
    NotFound for whoever is no colleague: members do this themselves.
    """
    user = User.objects.select_for_update().filter(pk=user_id, is_staff=True).first()
    if user is None:
        raise NotFound("There is no such colleague.")
    Authenticator.objects.filter(user=user).delete()
    sign_out_everywhere(user_id=user.pk)
    return user


@transaction.atomic
def move_address(*, user_id: int, email: str, at: datetime) -> None:
    """The member who signs in with this login is found by the address it has just proved.

    The address it signed in with before finds them no more. Raises IdentifierTaken, with nothing
    changed, when somebody else has the new one. A login without a member is left as it is.
    """
    login = User.objects.select_for_update().get(pk=user_id)
    if User.objects.filter(email__iexact=email).exclude(pk=user_id).exists():
        raise IdentifierTaken("Another login has this address.", field="email")
    member = Member.objects.select_for_update().filter(user_id=user_id).first()
    if member is None:
        return
    new, old = parse_identifier(f"email:{email}"), parse_identifier(f"email:{login.email}")
    known = Identifier.objects.filter(kind=new.kind, system=new.system, value=new.value).first()
    if known is not None and known.member_id != member.pk:
        raise IdentifierTaken("Another member has this address.", field="email")
    addresses = Identifier.objects.filter(member=member, kind=new.kind)
    if new != old:
        addresses.filter(value=old.value).delete()
    identifier, is_new = addresses.get_or_create(
        value=new.value, defaults={"member": member, "kind": new.kind, "added_at": at}
    )
    if identifier.verified_at is None:
        identifier.verified_at = at
        identifier.save(update_fields=["verified_at"])
    if is_new:
        actor = f"member:{user_id}"
        event = ProfileChanged(subject=member.pk, occurred_at=at, fields=["email"], actor=actor)
        publish(event, at=at)
