"""K: whatever the order, the parts and the repetitions of uploads, there is one result."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.models import Account
from members.models import Activity
from rewards.models import DoubleUse, JournalEntry, TillReceipt, Voucher, VoucherUse
from rewards.offline.entries import Entry
from rewards.services.offline.tickets import ticket_of
from tests.rewards.offline.conftest import CARD
from tests.rewards.offline.emulator import Emulator
from tests.rewards.shop import NOON

pytestmark = pytest.mark.django_db

TILLS, VOUCHERS = 3, 3
SKEWS = [timedelta(0), timedelta(minutes=-90), timedelta(hours=3)]
LATER = NOON + timedelta(days=2)
Step = tuple[int, list[Entry]]

deeds = st.lists(
    st.tuples(
        st.integers(0, TILLS - 1),
        st.integers(0, VOUCHERS),  # the last is a sale
        st.integers(0, 12 * 60),  # minutes
    ),
    min_size=2,
    max_size=8,
)


def noted(tills: list[Emulator], codes: list[str], wanted: list[tuple[int, int, int]]) -> None:
    """Let the tills do it, without asking whether they may: worse than any honest till."""
    for till in tills:
        till.journal, till.numbers = [], 0
    for which, voucher, minute in wanted:
        till, at = tills[which], NOON + timedelta(minutes=minute)
        receipt = f"r-{minute}"
        if voucher == VOUCHERS:
            till.sell(receipt, "10.00", at, member=CARD)
        else:
            till.note("USE", at, code=codes[voucher], cents=500, receipt=receipt)


def schedule(draw: st.DrawFn, tills: list[Emulator]) -> list[Step]:
    """Every entry at least once, in parts that come in any order, some again."""
    steps = [(which, [entry]) for which, till in enumerate(tills) for entry in till.journal]
    again = draw(st.lists(st.sampled_from(steps), max_size=4))
    whole = [(which, list(till.journal)) for which, till in enumerate(tills) if till.journal]
    more = draw(st.lists(st.sampled_from(whole), max_size=2))
    return draw(st.permutations([*steps, *again, *more]))


def result() -> dict[str, Any]:
    """All that anybody could see, without the ids that rows happen to have."""
    live = VoucherUse.objects.filter(rolled_back_at=None)
    uses = dict(live.values_list("pk", "journal_entry__till__key"))
    fields = (
        "till__key",
        "number",
        "outcome",
        "refusal",
        "marks",
        "value",
        "voucher",
        "counted_at",
    )
    return {
        "entries": sorted(JournalEntry.objects.values_list(*fields), key=str),
        "uses": sorted(live.values_list("voucher", "actor", "basket", "used_at"), key=str),
        "lost": sorted(DoubleUse.objects.values_list("loser__till__key", "loser__number", "value")),
        "vouchers": sorted(
            Voucher.objects.values_list("pk", "state", "uses", "used_at", "used_by"), key=str
        ),
        "receipts": sorted(
            (*one, [uses[use] for use in used])
            for *one, used in TillReceipt.objects.values_list(
                "till__key", "number", "amount", "earned", "day", "uses"
            )
        ),
        "sales": sorted(Activity.objects.values_list("source", "external_id", "points")),
        "balances": sorted(Account.objects.exclude(holder=None).values_list("pk", "balance")),
    }


def uploaded(tills: list[Emulator], steps: list[Step]) -> dict[str, Any]:
    with transaction.atomic():
        for which, entries in steps:
            tills[which].upload(LATER, *entries)
        found = result()
        transaction.set_rollback(True)
    return found


def winners(tills: list[Emulator], codes: list[str]) -> dict[str, tuple[Any, ...]]:
    """Who should have each voucher, reckoned apart: the earliest by the till's own clock."""
    best: dict[str, tuple[Any, ...]] = {}
    for till in tills:
        for entry in till.journal:
            if entry.kind == "USE":
                mine = (max(entry.happened_at, NOON), till.till.key, entry.number)
                best[entry.body.code] = min(best.get(entry.body.code, mine), mine)
    return best


class TestAnyOrderOfUploads:
    @given(data=st.data(), wanted=deeds)
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    def test_has_one_result(self, tills_and_codes, data, wanted):
        tills, codes = tills_and_codes
        noted(tills, codes, wanted)
        in_order = [(which, list(till.journal)) for which, till in enumerate(tills) if till.journal]

        expected = uploaded(tills, in_order)

        assert uploaded(tills, data.draw(st.composite(schedule)(tills))) == expected
        best = winners(tills, codes)
        assert sorted(use[1:2] for use in expected["uses"]) == sorted(
            (f"till:{key}",) for _at, key, _number in best.values()
        )
        used = sum(entry.kind == "USE" for till in tills for entry in till.journal)
        assert len(expected["lost"]) == used - len(best)
        assert sum(one[2] for one in expected["lost"]) == Decimal(5) * (used - len(best))


@pytest.fixture
def tills_and_codes(emulator_factory, voucher_factory) -> tuple[list[Emulator], list[str]]:
    tills = [emulator_factory(key, skew=skew) for key, skew in zip("bac", SKEWS, strict=True)]
    return tills, [ticket_of(voucher_factory()) for _one in range(VOUCHERS)]
