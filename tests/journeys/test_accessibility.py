"""Every page of the portal is free of what axe knows to be in people's way."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import BrowserContext

from members.models import User
from rewards.codes import code_of
from rewards.models import Reward
from rewards.services.redemption import redeem_reward
from rewards.services.vouchers import use_voucher
from tests.journeys.conftest import Scheme, Visitor
from tests.portal.shop import CARD, Shop

PUBLIC = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/login/code/"]
OWN = ["/", "/card/", "/rewards/", "/earn/", "/statement/", "/me/", "/accounts/logout/"]


def sign_in(context: BrowserContext, visitor: Visitor, user: User) -> None:
    """Give the browser the session that signing in would have given it."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    key = str(session.session_key)
    context.add_cookies([{"name": "sessionid", "value": key, "url": visitor.base}])


@pytest.fixture
def redemptions(shop: Shop, now: datetime) -> list[str]:
    """Anna's pages with everything on them: one code to use, one used."""
    anna = shop.enrol(
        "anna@example.nl",
        identifiers=["email:anna@example.nl", f"card:{CARD}"],
        given_name="Anna",
        language="nl",
    )
    shop.sell("1700.00", at=now - timedelta(days=3))
    shop.sell("20.00", category="paint", at=now - timedelta(days=1))
    keys = ["brush", "samples", "advice", "gone"]
    rewards: list[Reward] = [
        shop.reward(key, 100 + 900 * place, limit_per_member=1, stock=None if place < 3 else 0)
        for place, key in enumerate(keys)
    ]
    pages = []
    for reward in rewards[:2]:
        redeemed = redeem_reward(
            membership_id=anna.pk,
            reward_id=reward.pk,
            request_key=reward.key,
            channel="portal",
            actor="test",
            at=now,
        )
        pages.append(f"/redemptions/{redeemed.pk}/")
    use_voucher(
        programme_id=shop.programme.pk,
        code=code_of(redeemed.voucher.pk),
        request_key="till",
        actor="api:till",
        location="Utrecht",
        at=now,
    )
    return pages


@pytest.fixture
def barriers_on(visitor: Visitor) -> Callable[[list[str]], dict[str, list[str]]]:
    def look(pages: list[str]) -> dict[str, list[str]]:
        """What is wrong on each page: barriers, or more than the screen is wide."""
        found = {}
        for path in pages:
            visitor.open(path)
            wide = ["wider than the screen"] if visitor.sideways() else []
            if wrong := visitor.barriers() + wide:
                found[path] = wrong
        return found

    return look


@pytest.mark.parametrize("scheme", ["light", "dark"])
class TestAccessibility:
    def test_of_the_pages_for_everybody(
        self,
        visitor: Visitor,
        barriers_on: Callable[[list[str]], dict[str, list[str]]],
        scheme: Scheme,
    ) -> None:
        visitor.page.emulate_media(color_scheme=scheme)

        assert barriers_on(PUBLIC) == {}
        assert visitor.complaints == []

    def test_of_a_members_pages(
        self,
        visitor: Visitor,
        context: BrowserContext,
        redemptions: list[str],
        barriers_on: Callable[[list[str]], dict[str, list[str]]],
        scheme: Scheme,
    ) -> None:
        sign_in(context, visitor, User.objects.get(email="anna@example.nl"))
        visitor.page.emulate_media(color_scheme=scheme)

        pages = [*OWN, *redemptions, "/rewards/advice/", "/rewards/brush/", "/rewards/gone/"]

        assert barriers_on(pages) == {}
        assert visitor.complaints == []

    def test_of_the_pages_of_who_has_nothing_yet(
        self,
        shop: Shop,
        visitor: Visitor,
        context: BrowserContext,
        barriers_on: Callable[[list[str]], dict[str, list[str]]],
        scheme: Scheme,
    ) -> None:
        fresh = shop.enrol("new@example.nl")
        assert fresh.member.user
        sign_in(context, visitor, fresh.member.user)
        visitor.page.emulate_media(color_scheme=scheme)

        assert barriers_on(OWN) == {}
        assert visitor.complaints == []
