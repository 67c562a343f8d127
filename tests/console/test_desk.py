"""What the service desk does to points: each by its form, with a reason, once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Lot, LotChange, Programme, Remark, Transfer
from loyalty.services.adjustments import adjust_points
from loyalty.services.expiry import expire_due_points
from loyalty.services.rules import draft_rule, publish_rule
from members.models import Membership
from members.selectors import account_of
from tests.console.conftest import NOON, Buy

PENDING = {
    "schema": 2,
    "trigger": "purchase",
    "effects": [{"kind": "per_amount", "points": 1, "per": "1.00"}],
    "terms": {"awaits": "delivered", "expiry": {"kind": "term", "months": 6}},
}


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def give(anna: Membership, points: int, *, at: datetime, until: datetime | None = None) -> Lot:
    adjust_points(
        account_id=account_of(anna),
        points=points,
        reason="Sorry",
        actor="staff:1",
        at=at,
        key=f"{points}",
        expires_at=until,
    )
    return Lot.objects.latest("pk")


def page(anna: Membership, deed: str) -> str:
    return f"/console/members/member/{anna.member_id}/{deed}/"


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def the_points(client: Client, anna: Membership) -> str:
    return text(client.get(f"/console/members/member/{anna.member_id}/change/?tab=points"))


class TestExtending:
    def test_lets_points_be_good_for_longer(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, now: datetime
    ) -> None:
        lot = give(anna, 50, at=now, until=now + timedelta(days=10))
        user = sign_in("service desk")
        assert f"lots/{lot.pk}/extend/" in the_points(client, anna)
        said = {"last_day": "2099-12-31", "reason": "Promised", "key": "k"}
        done = client.post(page(anna, f"lots/{lot.pk}/extend"), said, follow=True)
        assert "They are good through 31 December 2099." in text(done)
        lot.refresh_from_db()
        assert lot.expires_at is not None
        assert lot.expires_at.isoformat() == "2099-12-31T23:00:00+00:00"
        change = LotChange.objects.get()
        assert (change.deed, change.actor) == ("EXTEND", f"staff:{user.pk}")
        remark = Remark.objects.get(pk=change.reason)
        assert (remark.text, remark.holder) == ("Promised", anna.holder)

    def test_a_day_that_is_no_later_is_refused_beside_the_field(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, now: datetime
    ) -> None:
        lot = give(anna, 50, at=now, until=now + timedelta(days=100))
        sign_in("service desk")
        said = {"last_day": now.date().isoformat(), "reason": "x", "key": "k"}
        refused = client.post(page(anna, f"lots/{lot.pk}/extend"), said)
        assert refused.context["form"].errors["last_day"]
        assert not LotChange.objects.exists()

    @pytest.mark.parametrize("role", ["marketer", "finance", ""])
    def test_is_for_who_may_correct(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        anna: Membership,
        now: datetime,
        role: str,
    ) -> None:
        lot = give(anna, 50, at=now, until=now + timedelta(days=10))
        sign_in(role)
        said = {"last_day": "2099-12-31", "reason": "x", "key": "k"}
        for deed in ("extend", "activate", "cancel"):
            assert client.post(page(anna, f"lots/{lot.pk}/{deed}"), said).status_code == 403
        assert not LotChange.objects.exists()

    def test_another_members_points_are_not_there(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        programme: Programme,
        anna: Membership,
        now: datetime,
    ) -> None:
        from members.services.enrolment import enrol_member

        bob = enrol_member(
            programme_id=programme.pk,
            identifiers=["email:bob@example.nl"],
            touchpoint="api",
            actor="t",
            at=NOON,
        )
        lot = give(anna, 50, at=now, until=now + timedelta(days=10))
        sign_in("service desk")
        assert client.get(page(bob, f"lots/{lot.pk}/extend")).status_code == 404


class TestMakingGoodAgain:
    def test_gives_lapsed_points_back_once(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, now: datetime
    ) -> None:
        give(anna, 50, at=now - timedelta(days=30), until=now - timedelta(days=1))
        expire_due_points(at=now)
        lapsed = Transfer.objects.get(kind="EXPIRE")
        sign_in("service desk")
        address = page(anna, f"lapsed/{lapsed.pk}/reinstate")
        member = f"/console/members/member/{anna.member_id}/change/"
        assert address in text(client.get(member))
        said = {"points": "40", "last_day": "", "reason": "Our mistake", "key": "k"}
        done = text(client.post(address, said, follow=True))
        assert "Good again: the balance is now 40 points." in done
        assert "Our mistake" in done
        client.post(address, said)
        assert Lot.objects.filter(remaining__gt=0).get().remaining == 40

    def test_no_more_than_lapsed(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, now: datetime
    ) -> None:
        give(anna, 50, at=now - timedelta(days=30), until=now - timedelta(days=1))
        expire_due_points(at=now)
        lapsed = Transfer.objects.get(kind="EXPIRE")
        sign_in("service desk")
        client.cookies["django_language"] = "nl"
        said = {"points": "60", "last_day": "", "reason": "x", "key": "k"}
        refused = text(client.post(page(anna, f"lapsed/{lapsed.pk}/reinstate"), said))
        assert "Zoveel punten zijn er niet vervallen" in refused
        assert not Lot.objects.filter(remaining__gt=0).exists()


class TestPendingPoints:
    @pytest.fixture
    def lot(self, programme: Programme, anna: Membership, buy: Buy) -> Lot:
        rule = draft_rule(
            programme_id=programme.pk,
            key="base",
            name_nl="Basis",
            name_en="Base",
            document=PENDING,
            actor="staff:1",
            at=NOON,
        )
        publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
        buy("50.00")
        return Lot.objects.get()

    def test_become_usable_by_hand(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, lot: Lot
    ) -> None:
        sign_in("service desk")
        assert "Waits for “delivered”" in the_points(client, anna)
        done = client.post(page(anna, f"lots/{lot.pk}/activate"), {"key": "k"}, follow=True)
        assert "Usable now: 50 points." in text(done)
        lot.refresh_from_db()
        assert lot.available_from is not None

    def test_are_cancelled_for_a_reason(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, lot: Lot
    ) -> None:
        sign_in("service desk")
        address = page(anna, f"lots/{lot.pk}/cancel")
        assert client.post(address, {"key": "k"}).context["form"].errors["reason"]
        done = text(client.post(address, {"key": "k", "reason": "Never sent"}, follow=True))
        assert "Cancelled: 50 points." in done
        assert Transfer.objects.get(kind="CANCEL").points == 50


def test_the_points_cost_few_queries(
    client: Client,
    sign_in: Callable[..., Any],
    anna: Membership,
    now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for points in range(1, 12):
        give(anna, points, at=now, until=now + timedelta(days=points))
    sign_in("service desk")
    the_points(client, anna)
    with django_assert_max_num_queries(24):
        assert the_points(client, anna).count("/extend/") == 11
