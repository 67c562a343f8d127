"""A programme and what its members did, told from memory as an archive of activities would."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from loyalty.earning.history import Deed, Judged, judge
from loyalty.earning.kept import ReturnedLine
from loyalty.models import Programme
from loyalty.services.accounts import open_member_account, open_programme
from loyalty.services.pasts import Order, Past, Revised
from loyalty.services.rule_sets import current_rule_set, document_of, rule_set, rule_sets
from loyalty.services.rules import draft_rule, publish_rule
from loyalty.types import Activity, Line, MemberFacts

OPENED = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Json = dict[str, Any]


def earning(effect: Json, *conditions: Json, **more: Any) -> Json:
    document = {"schema": 2, "trigger": "purchase", "conditions": list(conditions)}
    return document | {"effects": [effect]} | more


PER_EURO = {"kind": "per_amount", "points": 1, "per": "1.00"}
FIFTH = {"field": "count", "of": "purchase", "operator": "every", "value": 5}


def fixed(points: int) -> Json:
    return {"kind": "fixed", "points": points}


def holder(number: int) -> UUID:
    return UUID(int=1000 + number)


@dataclass
class Lives:
    """A shop with one point per euro, and the deeds of its members, numbers from 0."""

    programme: Programme
    deeds: dict[int, list[Deed]] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    _ids: Iterator[int] = field(default_factory=lambda: iter(range(1, 1_000_000)))

    @property
    def rule_set(self) -> int:
        return current_rule_set(programme_id=self.programme.pk).pk

    def publish(self, key: str, document: Json, *, at: datetime = OPENED) -> int:
        rule_id = self.draft(key, document)
        publish_rule(rule_id=rule_id, actor="test", at=at)
        return rule_id

    def draft(self, key: str, document: Json) -> int:
        return draft_rule(
            programme_id=self.programme.pk,
            key=key,
            name_nl=key,
            name_en=key,
            document=document,
            actor="test",
            at=OPENED,
        ).pk

    def buy(self, member: int, euros: str, *, day: int, **more: Any) -> Deed:
        """A purchase of one line, so many days after the opening."""
        line = Line(product="tin", amount=Decimal(euros), quantity=Decimal(2), category="paint")
        activity = Activity(
            type="purchase",
            occurred_at=OPENED + timedelta(days=day),
            lines=(line,),
            amount=Decimal(euros),
            **more,
        )
        return self._did(member, activity)

    def bring_back(self, member: int, sale: Deed, *, day: int, quantity: int | None = None) -> Deed:
        """All of it, or so many of its first line."""
        lines = (ReturnedLine(line=0, quantity=Decimal(quantity)),) if quantity else ()
        activity = Activity(type="return", occurred_at=OPENED + timedelta(days=day))
        return self._did(member, activity, original=sale.key, returned=lines)

    def _did(self, member: int, activity: Activity, **more: Any) -> Deed:
        number = next(self._ids)
        if member not in self.known:
            open_member_account(programme_id=self.programme.pk, holder=holder(member), at=OPENED)
            self.known.add(member)
        deed = Deed(
            id=UUID(int=number),
            source="till",
            external_id=f"r{number}",
            activity=activity,
            rule_set=self.rule_set,
            **more,
        )
        self.deeds.setdefault(member, []).append(deed)
        return deed

    # --- The archive --------------------------------------------------------------------------

    def count(self, programme_id: int, *, until: datetime) -> int:
        return sum(1 for _past in self.tell(programme_id, until=until, order="member"))

    def returned(self, programme_id: int, *, until: datetime) -> set[str]:
        told = self.tell(programme_id, until=until, order="member")
        return {past.original for past in told if past.original}

    def tell(self, programme_id: int, *, until: datetime, order: Order) -> Iterator[Past]:
        assert programme_id == self.programme.pk
        pasts = [past for member in sorted(self.deeds) for past in self._of(member, until)]
        if order == "moment":
            pasts.sort(key=lambda past: (past.activity.occurred_at, past.source, past.external_id))
        yield from pasts

    def _of(self, member: int, until: datetime) -> Iterable[Past]:
        deeds = [deed for deed in self.deeds[member] if deed.activity.occurred_at < until]
        history = judge(
            deeds,
            rule_sets=rule_sets({deed.rule_set for deed in deeds}),
            current=rule_set(self.rule_set),
            joined_on=date(2026, 1, 1),
        )
        return [_past(member, judged) for judged in history.judged]


def _past(member: int, judged: Judged) -> Past:
    deed = judged.deed
    lines = judged.award.line_points or (0,) * len(deed.activity.lines)
    return Past(
        holder=holder(member),
        joined_on=date(2026, 1, 1),
        id=deed.id,
        source=deed.source,
        external_id=deed.external_id,
        activity=deed.activity,
        original=deed.original,
        returned=deed.returned,
        rule_set=deed.rule_set,
        facts=judged.facts or MemberFacts(),
        award=judged.award,
        line_points=lines,
        revisions=tuple(Revised(each.cause, judged.facts, each.award) for each in judged.revisions),
    )


def open_lives(**policies: Any) -> Lives:
    programme = Programme(slug="kleur", name="Kleur & Co", point_worth=Decimal("0.01"), **policies)
    open_programme(programme=programme, at=OPENED)
    lives = Lives(programme)
    lives.publish("base", earning(PER_EURO))
    return lives


def day(number: int) -> datetime:
    return OPENED + timedelta(days=number)


def doubled(lives: Lives) -> dict[str, Any]:
    document = document_of(lives.programme.pk)
    [base] = document["rules"]
    effect = PER_EURO | {"points": 2}
    return document | {"rules": [base | {"version": 2, "document": earning(effect)}]}


def with_rule(lives: Lives, key: str, document: dict[str, Any], **more: Any) -> dict[str, Any]:
    live = document_of(lives.programme.pk)
    rule = {"key": key, "version": 1, "name": {"nl": key, "en": key}, "document": document}
    return live | {"rules": [*live["rules"], rule]} | more
