"""A batch writes what its purchases alone would have written, row for row, ids aside."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model

from loyalty.models import (
    Account,
    LimitUse,
    Lot,
    LotMove,
    OutboxEvent,
    Slide,
    Standing,
    TierMove,
    Transfer,
    Unit,
)
from loyalty.services.units import add_unit
from loyalty.types import Outcome
from members.models import Activity, ActivityLine, ActivityRevision
from members.services.activities import record_activities, record_activity
from members.services.enrolment import enrol_member
from members.types import ActivitySubmission
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import bought, paid, record, returned
from tests.members.shop import CARD, NOON, Shop, open_shop
from tests.properties.test_order import publish

WHO = [CARD, *(f"email:member-{number}@example.nl" for number in range(11))]
LATER = NOON + timedelta(days=30)
RULES: dict[str, dict[str, Any]] = {
    "stamp": {
        "schema": 2,
        "trigger": "purchase",
        "conditions": [{"field": "basket.amount", "operator": "at_least", "value": "60.00"}],
        "effects": [{"kind": "fixed", "points": 1, "unit": "stamps"}],
    },
    "delivered": {
        "schema": 2,
        "trigger": "purchase",
        "conditions": [{"field": "basket.amount", "operator": "at_least", "value": "90.00"}],
        "effects": [{"kind": "fixed", "points": 9}],
        "terms": {"awaits": "delivered", "expiry": {"kind": "term", "months": 6}},
    },
    "here": {
        "schema": 2,
        "trigger": "purchase",
        "effects": [{"kind": "fixed", "points": 7}],
        "limits": [
            {"of": "points", "most": 100_000, "scope": "location", "period": "month"},
            {"of": "times", "most": 2, "scope": "member", "period": "day"},
        ],
    },
}
TABLES: list[type[Model]] = [
    Account, Transfer, Lot, LotMove, Slide, Standing, TierMove, LimitUse, Activity, ActivityLine,
    ActivityRevision,
]  # fmt: skip


def open_together() -> Shop:
    """A dozen members; stamps, points that slide, a debt, an account in two units."""
    shop = open_shop()
    add_unit(
        programme_id=shop.programme.pk,
        code="stamps",
        kind=Unit.Kind.STAMPS,
        name_nl="Zegels",
        name_en="Stamps",
        expiry={"kind": "inactivity", "months": 12, "activities": ["purchase"]},
        actor="test",
        at=NOON,
    )
    for number, card in enumerate(WHO[1:]):
        enrol_member(
            programme_id=shop.programme.pk,
            identifiers=[card],
            given_name=f"Member {number}",
            touchpoint="api",
            actor="test",
            at=NOON,
        )
    publish(shop)
    for key, document in RULES.items():
        shop.publish(key, document)
    for card in WHO[:3]:  # who owe: what they paid with came from goods that came back
        first = record(shop, bought(f"{card}-1", 1, "80.00", member=card))
        pay = paid(first.balance - first.pending, "1.00")
        record(shop, bought(f"{card}-2", 1.1, "1.00", member=card, points_paid=pay))
        record(shop, returned(f"{card}-3", f"{card}-1", 1.2, member=card))
    assert Account.objects.filter(owed__gt=0).count() == 3
    return shop


def purchases(choose: random.Random) -> list[ActivitySubmission]:
    """Sixty, of members who come once or often, in no order."""
    said = []
    for n in range(60):
        amounts = [f"{choose.randrange(100, 9000) / 100:.2f}" for _ in range(choose.randint(0, 3))]
        what: dict[str, Any] = {} if amounts else {"lines": (), "amount": "12.50"}
        said.append(
            bought(
                f"b-{n:02}",
                2 + choose.randrange(1, 20) + n / 100,
                *amounts,
                member=choose.choice(WHO),
                type=choose.choice(["purchase", "purchase", "purchase", "review"]),
                location=choose.choice(["Utrecht", "Zwolle", ""]),
                attributes=choose.choice([{}, {"rating": "5"}]),
                **what,
            )
        )
    return said


def alone(shop: Shop, said: list[ActivitySubmission]) -> list[Any]:
    """One by one, in the order in which a batch judges them: by member, as it happened."""
    answers = {
        each.external_id: record_activity(
            book=shop.book, submission=each, actor="api:kassa", at=LATER
        )
        for each in sorted(said, key=lambda one: (WHO.index(one.member), one.occurred_at))
    }
    return [answers[each.external_id] for each in said]


def together(shop: Shop, said: list[ActivitySubmission]) -> list[Any]:
    return record_activities(book=shop.book, submissions=said, actor="api:kassa", at=LATER)


def books() -> dict[str, Any]:
    """Every row, ids told by what they stand for; a member's events in the order of their kind."""
    names: dict[str, dict[Any, str]] = {
        "activity": {str(pk): f"<{key}>" for pk, key in _pairs(Activity, "external_id")},
        "account": {
            pk: f"{unit} {kind} {holder}"
            for pk, unit, kind, holder in _pairs(Account, "unit__code", "kind", "holder")
        },
    }

    def one(field: str, value: Any) -> Any:
        kind = field.removesuffix("_id").removeprefix("debit_").removeprefix("credit_")
        if field == "external_id" and value:
            head, colon, tail = value.partition(":")
            return names["activity"].get(head, head) + colon + tail
        if isinstance(value, dict):
            return said(value)
        if kind == "activity":
            return names["activity"].get(str(value), value)
        kind = "transfer" if kind == "reverses" else kind
        return names[kind].get(value, value) if kind in names else value

    def said(row: dict[str, Any]) -> dict[str, Any]:
        # a standing's sequence counts how often it was written
        told = row.keys() - {"id", "sequence"}
        return {field: one(field, row[field]) for field in sorted(told)}

    names["transfer"] = {
        row["id"]: f"{row['source']} {said(row)['external_id']}"
        for row in Transfer.objects.values()
    }
    names["lot"] = {
        pk: f"{names['transfer'][transfer]}" for pk, transfer in _pairs(Lot, "transfer_id")
    }
    found: dict[str, Any] = {
        model.__name__: sorted(str(said(row)) for row in model._default_manager.values())
        for model in TABLES
    }
    events = OutboxEvent.objects.order_by("id").values(
        "name", "subject", "payload", "occurred_at", "recorded_at"
    )
    by_member: dict[Any, list[str]] = {}
    for event in events:
        kind = event["name"].partition("_")[0]  # "loyalty.points", "loyalty.tier", …
        by_member.setdefault((event["subject"], kind), []).append(str(said(event)))
    return found | {"events": by_member}


def _pairs(model: type[Model], *fields: str) -> Any:
    return model._default_manager.values_list("pk", *fields)


def figures(answers: list[Any]) -> list[Any]:
    return [
        (each.award, each.balance, each.pending, each.tiers, each.balances, each.is_replay)
        for each in answers
    ]


class TestTogether:
    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.django_db
    def test_writes_what_each_alone_would_have_written(self, seed):
        shop = open_together()
        said = purchases(random.Random(seed))
        ways = []
        for way in (alone, together):
            with transaction.atomic():
                answers = way(shop, said)
                found = books()
                assert differences() == {}
                transaction.set_rollback(True)
            ways.append((figures(answers), found))

        for table, found in ways[0][1].items():
            assert ways[1][1][table] == found, table
        assert ways[0][0] == ways[1][0]
        assert len(ways[0][1]["Transfer"]) > len(said)

    @pytest.mark.django_db
    def test_keeps_only_the_reasons_that_gave_something_when_that_is_enough(self):
        shop = open_together()
        said = purchases(random.Random(9))
        asked = {"book": shop.book, "submissions": said, "actor": "api:kassa", "at": LATER}
        with transaction.atomic():
            told = record_activities(**asked)
            kept = sorted(Activity.objects.values_list("external_id", "award"))
            transaction.set_rollback(True)

        short = record_activities(**asked, tells_all=False)

        assert sorted(Activity.objects.values_list("external_id", "award")) == kept
        for one, other in zip(told, short, strict=True):
            applied = tuple(each for each in one.award.reasons if each.outcome is Outcome.APPLIED)
            assert other.award.reasons == applied
