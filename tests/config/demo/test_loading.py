"""The households come in through the batch door, once, however often and in how many parts."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from config.demo.doors import hand_out
from config.demo.loading import Progress, load_households
from config.demo.shop import open_shop
from config.roles import ensure_roles
from loyalty.models import ApiKey, OutboxEvent, Transfer
from loyalty.services.api_clients import digest_of
from loyalty.services.audit import audit
from loyalty.services.rulebook import Rulebook, current_rulebook
from members.models import Activity, ActivityLine, Membership

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
A_WEEK_ON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


class Interrupted(Exception):
    """Somebody pulled the plug."""


@pytest.fixture
def book() -> Rulebook:
    return current_rulebook(programme_id=open_shop(at=NOW).pk)


def load(book: Rulebook, households: int, at: datetime = NOW, say: Any = print) -> Progress:
    return load_households(book=book, households=households, chunk=40, at=at, say=say)


def state() -> list[tuple[Any, ...]]:
    """What the load comes to: every activity with its moment, its points and the balance after."""
    rows = Activity.objects.order_by("source", "external_id").values_list(
        "source", "external_id", "occurred_at", "amount", "points", "balance_after"
    )
    return list(rows)


def after_an_undisturbed_load(book: Rulebook, households: int) -> list[tuple[Any, ...]]:
    with transaction.atomic():
        load(book, households)
        loaded = state()
        transaction.set_rollback(True)
    return loaded


class TestLoadHouseholds:
    def test_comes_to_the_same_when_interrupted_extended_and_run_again(self, book):
        undisturbed = after_an_undisturbed_load(book, 3)

        def pull_the_plug(progress: Progress) -> None:
            raise Interrupted

        with pytest.raises(Interrupted):
            load(book, 2, say=pull_the_plug)
        assert Activity.objects.count() == 40
        load(book, 2)
        load(book, 3)
        again = load(book, 3, at=A_WEEK_ON)

        assert again.loaded == 0
        assert again.before == again.total == len(undisturbed)
        assert state() == undisturbed
        assert Membership.objects.count() == 3
        assert [finding.name for finding in audit() if finding.differences] == []

    def test_keeps_every_line_and_says_every_purchase(self, book):
        done = load(book, 2)

        activities = Activity.objects.count()
        assert done.loaded == activities
        assert ActivityLine.objects.values("activity").distinct().count() == activities
        assert OutboxEvent.objects.filter(name="members.activity_recorded.v1").count() == activities
        earned = Activity.objects.filter(points__gt=0)
        points = Transfer.objects.filter(kind="EARN", credit_account__unit__code="points")
        assert points.count() == earned.count()

    def test_brings_something_back_now_and_then(self, book):
        load(book, 8)

        returns = Activity.objects.filter(type="return")
        sales = Activity.objects.filter(type="purchase")
        assert sales.count() // 80 < returns.count() < sales.count() // 20
        assert returns.filter(points__lt=0).exists()
        originals = {f"{each.source}:{each.external_id}" for each in sales}
        assert originals.issuperset(returns.values_list("original", flat=True))
        assert [finding.name for finding in audit() if finding.differences] == []


class TestHandOut:
    def test_hands_out_logins_and_keys_that_stay_good(self, book, tmp_path):
        ensure_roles()
        load(book, 1)
        programme = open_shop(at=NOW)
        told = tmp_path / "demo.json"

        first = hand_out(programme=programme, base_url="http://shop", at=NOW, told=told)
        second = hand_out(programme=programme, base_url="http://shop", at=A_WEEK_ON, told=told)

        assert first == second == json.loads(told.read_text())
        assert set(first) == {"base_url", "console", "member", "api_keys"}
        assert set(first["api_keys"]) == {"webshop", "till"}
        assert ApiKey.objects.count() == 2
        for key in first["api_keys"].values():
            assert ApiKey.objects.filter(digest=digest_of(key), revoked_at=None).exists()
        assert told.stat().st_mode & 0o777 == 0o600
