"""Logins, cards and rewards for the members of a stage: `python -m bench.portal_stage 200`.

Prints as JSON, of each, the session that signing in would have given, and what the raw page asks by.
"""

import os
import sys
from typing import Any

import django
import msgspec

ACTOR = "system:bench"
FIRST_CARD = 2_990_000_000_000
REWARDS = {"brush": 500, "samples": 2_000, "advice": 20_000}


def main(count: int) -> list[dict[str, Any]]:
    """Let the first so many members sign in."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.utils import timezone

    from loyalty.models import Programme

    programme, now = Programme.objects.get(), timezone.now()
    Programme.objects.update(point_worth="0.01")
    publish_rewards(programme.pk, at=now)
    return [signed_in(number, membership) for number, membership in enumerate(_members(count))]


def _members(count: int) -> list[Any]:
    from members.models import Membership

    return list(Membership.objects.select_related("member").order_by("pk")[:count])


def publish_rewards(programme_id: int, *, at: Any) -> None:
    from rewards.services.catalogue import publish_reward, save_reward

    for key, points in REWARDS.items():
        reward = save_reward(
            programme_id=programme_id,
            key=key,
            points=points,
            name_nl=key,
            name_en=key,
            actor=ACTOR,
            at=at,
        )
        publish_reward(reward_id=reward.pk, actor=ACTOR, at=at)


def signed_in(number: int, membership: Any) -> dict[str, Any]:
    """The member's session, and the ids by which the raw page asks."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from members.models import Identifier, User
    from members.selectors import account_of

    user = User.objects.create_user(f"bench{number}@example.org")
    membership.member.user = user
    membership.member.given_name = "Anna"
    membership.member.save()
    Identifier.objects.create(
        member=membership.member, kind=Identifier.Kind.CARD, value=str(FIRST_CARD + number)
    )
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {
        "session": session.session_key,
        "user": user.pk,
        "membership": membership.pk,
        "account": account_of(membership),
    }


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(main(int(sys.argv[1]))).decode() + "\n")
