"""Who may come in to the demo: logins for staff and a member, keys for the shop's systems.

What was handed out is written to var/demo.json, and stays good over restarts.
"""

import json
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from config.demo.people import People
from loyalty.models import ApiClient, ApiKey, Programme
from loyalty.services.api_clients import digest_of, issue_key
from members.models import User
from members.services.enrolment import member_for_login

STAFF = {
    "administrator": "beheer@kleur-en-co.example",
    "marketer": "marketing@kleur-en-co.example",
    "service desk": "klantenservice@kleur-en-co.example",
    "finance": "financien@kleur-en-co.example",
    "cashier": "kassa@kleur-en-co.example",
}


def hand_out(*, programme: Programme, base_url: str, at: datetime, told: Path) -> dict[str, Any]:
    """Make the logins and keys, or keep those handed out before; what `told` says afterwards."""
    before = json.loads(told.read_text()) if told.exists() else {}
    kept = before.get("console", {})
    logins = {role: _staff(role, email, kept.get(role, {})) for role, email in STAFF.items()}
    demo = {
        "base_url": base_url,
        "console": {"address": f"{base_url}/console/", **logins},
        "member": _member(programme, base_url, at),
        "api_keys": _keys(programme, before.get("api_keys", {}), at),
    }
    told.write_text(json.dumps(demo, indent=2, ensure_ascii=False) + "\n")
    told.chmod(0o600)
    return demo


def _staff(role: str, email: str, kept: dict[str, str]) -> dict[str, str]:
    user, _created = User.objects.get_or_create(email=email)
    password = kept.get("password", "")
    if not user.check_password(password):
        password = secrets.token_urlsafe(12)
        user.set_password(password)
    user.is_staff = True
    user.save()
    user.groups.set(Group.objects.filter(name=role))
    EmailAddress.objects.get_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    return {"email": email, "password": password}


def _member(programme: Programme, base_url: str, at: datetime) -> dict[str, str]:
    """The first household's person, with a login: the code comes by mail, to the demo's mailbox."""
    person = People().of(1)
    user, _created = User.objects.get_or_create(email=person.email)
    EmailAddress.objects.get_or_create(
        user=user, email=person.email, defaults={"verified": True, "primary": True}
    )
    member_for_login(
        user_id=user.pk,
        email=person.email,
        programme_id=programme.pk,
        touchpoint="portal",
        language="nl",
        at=at,
    )
    return {
        "address": f"{base_url}/",
        "email": person.email,
        "mailbox": f"{base_url}/demo/mailbox/",
        "card": person.card,
    }


def _keys(programme: Programme, kept: dict[str, str], at: datetime) -> dict[str, str]:
    keys = {}
    for client in ApiClient.objects.filter(programme=programme):
        key = kept.get(client.name, "")
        good = ApiKey.objects.filter(client=client, digest=digest_of(key), revoked_at=None)
        keys[client.name] = key if good.exists() else issue_key(client_id=client.pk, at=at)
    return keys
