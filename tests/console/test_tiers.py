"""A member's tiers at the desk: shown in words, given by hand, taken back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from loyalty.models import Programme, TierAssignment, TierSet
from loyalty.services.tiers import publish_tier_set, save_tier_set
from members.models import Membership
from tests.console.conftest import NOON

POLICY = {
    "measure": {"kind": "spend"},
    "period": {"kind": "rolling", "months": 12},
    "downgrade": "one_level",
    "grace_days": 0,
    "tiers": [
        {"key": "silver", "name": {"nl": "Zilver", "en": "Silver"}, "threshold": 100},
        {"key": "gold", "name": {"nl": "Goud", "en": "Gold"}, "threshold": 500},
    ],
}


@pytest.fixture
def ladder(programme: Programme, anna: Membership) -> TierSet:
    tier_set = save_tier_set(
        programme_id=programme.pk,
        key="ladder",
        name_nl="Ladder",
        name_en="The ladder",
        policy=POLICY,
        actor="staff:1",
        at=NOON,
    )
    return publish_tier_set(tier_set_id=tier_set.pk, actor="staff:1", at=NOON)


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def page(anna: Membership, deed: str = "change/?tab=tier") -> str:
    return f"/console/members/member/{anna.member_id}/{deed}"


@pytest.mark.usefixtures("ladder")
class TestTiers:
    @pytest.mark.parametrize(("language", "said"), [("en", "No tier yet"), ("nl", "Nog geen tier")])
    def test_what_it_takes_is_told(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        anna: Membership,
        language: str,
        said: str,
    ) -> None:
        sign_in("service desk")
        client.cookies["django_language"] = language
        shown = text(client.get(page(anna)))
        assert said in shown
        assert "100" in shown

    def test_is_given_by_hand_and_taken_back_with_a_reason(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        user = sign_in("service desk")
        said = {"tier": "gold", "last_day": "", "reason": "The mayor", "key": "k"}
        done = text(client.post(page(anna, "tier/"), said, follow=True))
        assert "Given by hand: Gold." in done
        assert "The mayor" in done
        assert "for life" in done
        given = TierAssignment.objects.get()
        assert (given.tier, given.ends_at, given.actor) == ("gold", None, f"staff:{user.pk}")

        address = page(anna, f"tier/{given.pk}/end/")
        assert client.post(address, {"key": "k"}).context["form"].errors["reason"]
        ended = text(client.post(address, {"key": "k", "reason": "No mayor"}, follow=True))
        assert "Taken back." in ended
        given.refresh_from_db()
        assert given.ended_at is not None

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"tier": "bronze"}, "tier"),
            ({"reason": ""}, "reason"),
            ({"last_day": "2001-01-01"}, None),
        ],
    )
    def test_nonsense_gives_nothing(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        anna: Membership,
        said: dict[str, str],
        field: str | None,
    ) -> None:
        sign_in("service desk")
        usual = {"tier": "gold", "last_day": "", "reason": "x", "key": "k"}
        refused = client.post(page(anna, "tier/"), {**usual, **said})
        assert refused.context["form"].errors[field or "__all__"]
        assert not TierAssignment.objects.exists()

    def test_is_for_who_may_correct(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        sign_in("marketer")
        assert client.post(page(anna, "tier/"), {"tier": "gold"}).status_code == 403
        assert "tier/" not in text(client.get(page(anna))).replace("?tab=tier", "")


def test_without_tiers_the_page_says_so(
    client: Client, sign_in: Callable[..., Any], anna: Membership
) -> None:
    sign_in("service desk")
    assert "no tiers that are live" in text(client.get(page(anna)))
    assert client.get(page(anna, "tier/")).status_code == 404
