"""Rewards that members were given, and giving one by hand."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Programme
from members.models import MemberLook, Membership
from rewards.models import Grant, Redemption
from tests.console.conftest import NOON
from tests.console.rewarding import a_reward
from tests.console.rules import text

LIST = "/console/rewards/grant/"
SignIn = Callable[..., Any]


def give(client: Client, anna: Membership, reward: Any, **changes: str) -> Any:
    said = {"reward": str(reward.pk), "reason": "For the wait", "key": str(uuid4()), **changes}
    return client.post(f"{LIST}give/{anna.member_id}/", said, follow=True)


class TestGivingByHand:
    def test_gives_once_with_a_reason_that_the_member_reads(
        self, client: Client, sign_in: SignIn, anna: Membership, programme: Programme
    ) -> None:
        user = sign_in("service desk")
        reward, key = a_reward(programme, name_en="Brush"), str(uuid4())

        shown = text(give(client, anna, reward, key=key))
        give(client, anna, reward, key=key)

        grant, redemption = Grant.objects.get(), Redemption.objects.get()
        assert "Given: “Brush” stands with the member" in shown
        assert "For the wait" in shown
        assert grant.reason == {"nl": "For the wait", "en": "For the wait"}
        assert (grant.state, redemption.points) == ("TAKEN", 0)
        assert redemption.actor == f"staff:{user.pk}"
        look = MemberLook.objects.get(deed="CHANGED")
        assert (look.member_id, look.what) == (anna.member_id, "rewards")

    def test_wants_a_reason_and_a_live_reward(
        self, client: Client, sign_in: SignIn, anna: Membership, programme: Programme
    ) -> None:
        sign_in("service desk")
        live, draft = a_reward(programme), a_reward(programme, state="DRAFT")
        other = Programme.objects.create(slug="other", name="Other")

        assert give(client, anna, live, reason="").context["form"].errors
        assert give(client, anna, draft).context["form"].errors
        assert give(client, anna, a_reward(other)).context["form"].errors
        assert not Grant.objects.exists()

    def test_nobody_gives_to_themselves(
        self, client: Client, sign_in: SignIn, anna: Membership, programme: Programme
    ) -> None:
        anna.member.user = sign_in("service desk")
        anna.member.save()
        assert give(client, anna, a_reward(programme)).status_code == 403
        assert not Grant.objects.exists()

    def test_is_not_the_marketers(
        self, client: Client, sign_in: SignIn, anna: Membership, programme: Programme
    ) -> None:
        sign_in("marketer")
        assert give(client, anna, a_reward(programme)).status_code == 403
        assert not Grant.objects.exists()


class TestTheList:
    def test_tells_why_and_costs_few_queries(
        self,
        client: Client,
        sign_in: SignIn,
        anna: Membership,
        programme: Programme,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("marketer")
        for number in range(5):
            Grant.objects.create(
                id=uuid4(),
                membership=anna,
                key=f"k{number}",
                reward=a_reward(programme),
                reason={"nl": "Jarig", "en": "Birthday"},
                granted_at=NOON,
            )
        with django_assert_max_num_queries(10):
            shown = text(client.get(LIST))
        assert shown.count("Birthday") == 5
        page = text(client.get(f"{LIST}{Grant.objects.first().pk}/change/"))
        assert "Anna de Vries was given" in page
