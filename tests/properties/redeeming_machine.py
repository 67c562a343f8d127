"""Whatever happens to what members take, in whatever order: books and oracle agree."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, ClassVar

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from loyalty.errors import DomainError
from loyalty.models import Lot, Programme
from loyalty.services.accounts import open_programme
from loyalty.services.unit_holdings import units_held
from members.services.enrolment import enrol_member
from rewards.models import Redemption, Voucher
from rewards.services import proof
from rewards.services.catalogue import publish_reward, save_reward, set_stock
from rewards.services.redemption import (
    authorise_redemption,
    cancel_redemption,
    capture_redemption,
    expire_redemptions,
    fulfil_redemption,
    redeem_reward,
    reopen_redemption,
    return_redemption,
)
from rewards.services.stock import left_in_stock
from tests.properties.redeeming_oracle import Oracle, Taken
from tests.rewards.shop import NOON, STAFF, earn

MEMBERS = 2
PRICE = 30
places = st.integers(0, 10**6)
members = st.integers(0, MEMBERS - 1)
terms = st.sampled_from([timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=3)])
waits = st.sampled_from(
    [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=15), timedelta(days=2)]
)


class RedeemingMachine(RuleBasedStateMachine):
    """Two members, one reward with a small stock, and a clock that only goes forward."""

    steps: ClassVar[int] = 0
    refused: ClassVar[int] = 0

    @initialize(stock=st.integers(1, 4))
    def open_the_shop(self, stock: int) -> None:
        self._undo = ExitStack()
        self._undo.enter_context(transaction.atomic())
        self._undo.callback(transaction.set_rollback, True)
        self.now, self.made = NOON, 0
        programme = Programme(slug="shop", name="Shop", goodwill_days=0)
        open_programme(programme=programme, at=NOON)
        self.members = [
            enrol_member(
                programme_id=programme.pk, identifiers=[], touchpoint="api", actor=STAFF, at=NOON
            )
            for _ in range(MEMBERS)
        ]
        reward = save_reward(
            programme_id=programme.pk, key="brush", name_nl="Kwast", name_en="Brush",
            points=PRICE, actor=STAFF, at=NOON,
        )  # fmt: skip
        set_stock(reward_id=reward.pk, total=stock, actor=STAFF, at=NOON)
        self.reward = publish_reward(reward_id=reward.pk, actor=STAFF, at=NOON)
        self.oracle = Oracle(MEMBERS, stock)
        self.ids: list[Any] = []

    def teardown(self) -> None:
        self._undo.close()

    @rule(member=members, points=st.integers(10, 90), days=st.sampled_from([None, 1, 3]))
    def earn(self, member: int, points: int, days: int | None) -> None:
        until = self.now + timedelta(days=days) if days else None
        earn(self.members[member], points, expires_at=until)
        self.oracle.earn(member, points, until)

    @rule(member=members)
    def redeem(self, member: int) -> None:
        expected = self.oracle.take(member, PRICE, self.now, None)
        self._agree(expected, lambda: redeem_reward(**self._asked(member)))

    @rule(member=members, term=terms)
    def authorise(self, member: int, term: timedelta) -> None:
        expected = self.oracle.take(member, PRICE, self.now, term)
        self._agree(expected, lambda: authorise_redemption(term=term, **self._asked(member)))

    @precondition(lambda self: self.ids)
    @rule(place=places)
    def capture(self, place: int) -> None:
        one, said = self._one(place)
        self._agree(self.oracle.capture(one, self.now), lambda: capture_redemption(**said))

    @precondition(lambda self: self.ids)
    @rule(place=places, by_member=st.booleans())
    def cancel(self, place: int, by_member: bool) -> None:
        one, said = self._one(place)
        self._agree(
            self.oracle.cancel(one, self.now, by_member=by_member),
            lambda: cancel_redemption(by_member=by_member, **said),
        )

    @precondition(lambda self: self.ids)
    @rule(place=places)
    def fulfil(self, place: int) -> None:
        one, said = self._one(place)
        self._agree(self.oracle.fulfil(one), lambda: fulfil_redemption(**said))

    @precondition(lambda self: self.ids)
    @rule(place=places)
    def reopen(self, place: int) -> None:
        one, said = self._one(place)
        self._agree(self.oracle.reopen(one), lambda: reopen_redemption(**said))

    @precondition(lambda self: self.ids)
    @rule(place=places)
    def bring_back(self, place: int) -> None:
        one, said = self._one(place)
        self._agree(
            self.oracle.bring_back(one), lambda: return_redemption(reason="wrong colour", **said)
        )

    @rule()
    def expire(self) -> None:
        assert expire_redemptions(at=self.now) == self.oracle.expire(self.now)

    @rule(wait=waits)
    def wait(self, wait: timedelta) -> None:
        self.now += wait

    @invariant()
    def agrees(self) -> None:
        type(self).steps += 1
        assert left_in_stock(self.reward.pk) == self.oracle.left
        states = dict(Redemption.objects.values_list("pk", "state"))
        assert [states[each] for each in self.ids] == [each.state for each in self.oracle.taken]
        assert len(states) == len(self.ids)
        lots = list(Lot.objects.order_by("pk").values_list("remaining", flat=True))
        own = sorted(
            (each for some in self.oracle.parcels for each in some), key=lambda each: each.number
        )
        assert lots == [each.left for each in own]
        self._agree_on_what_can_be_spent()
        self._agree_on_vouchers()
        assert broken_promises() == []

    def _agree_on_what_can_be_spent(self) -> None:
        unit = self.reward.programme.units.get(code="points").pk
        for number, membership in enumerate(self.members):
            held = units_held(holder=membership.holder, unit_ids=[unit], at=self.now)
            there = held[unit].spendable if unit in held else 0
            assert there == max(0, self.oracle.spendable(number, self.now))

    def _agree_on_vouchers(self) -> None:
        good = {"CAPTURED", "FULFILLED"}
        expected = sum(each.state in good for each in self.oracle.taken)
        assert Voucher.objects.filter(state="ISSUED").count() == expected

    def _agree(self, expected: str, deed: Callable[[], Redemption]) -> None:
        done, refusal = None, ""
        try:
            with transaction.atomic():
                done = deed()
        except DomainError as error:
            refusal = type(error).__name__
        if done is None:
            type(self).refused += 1
            assert refusal == expected
            return
        assert expected in ("done", "same")
        if done.pk not in self.ids:
            self.ids.append(done.pk)

    def _asked(self, member: int) -> dict[str, Any]:
        self.made += 1
        return {
            "membership_id": self.members[member].pk,
            "reward_id": self.reward.pk,
            "request_key": f"key-{self.made}",
            "channel": "web",
            "actor": "api:webshop",
            "at": self.now,
        }

    def _one(self, place: int) -> tuple[Taken, dict[str, Any]]:
        nth = place % len(self.ids)
        said = {"redemption_id": self.ids[nth], "actor": "staff:1", "at": self.now}
        return self.oracle.taken[nth], said


def broken_promises() -> list[str]:
    """Which of this app's promises the audit would find broken."""
    broken = []
    with connection.cursor() as cursor:
        for name, _promise, _over, sql in proof.CHECKS:
            cursor.execute(f"SELECT 1 FROM ({sql}) found LIMIT 1", {})
            if cursor.fetchone():
                broken.append(name)
    return broken
