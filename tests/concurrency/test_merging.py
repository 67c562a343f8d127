"""Two desks merge the same two records, and tills go on meanwhile: one merge, and nothing is lost."""

from collections import Counter
from functools import partial

import pytest

from members.models import Activity, Member, Merge
from tests.concurrency.racing import race
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import bought, record, returned
from tests.members.pairs import OTHER_CARD, Pair, balance_of, open_pair
from tests.members.shop import CARD, NOON

pytestmark = pytest.mark.django_db(transaction=True)

TILLS = 4
RECEIPTS = 8


def merge(pair: Pair, *, is_crosswise: bool) -> str:
    kept, absorbed = pair.kept.member_id, pair.absorbed.member_id
    if is_crosswise:
        kept, absorbed = absorbed, kept
    pair.merge(kept_id=kept, absorbed_id=absorbed, at=NOON)
    return "MERGED"


def buy(pair: Pair, till: int, number: int) -> str:
    card = CARD if (till + number) % 2 else OTHER_CARD
    submission = bought(f"b-{till}-{number}", 1 + number, "10.00", member=card)
    record(pair.shop, submission)
    return "DONE"


class TestTwoDesks:
    def test_merge_the_same_two_crosswise_and_one_does(self):
        pair = open_pair()
        for _round in range(4):
            answers = race(
                [[partial(merge, pair, is_crosswise=bool(desk % 2))] for desk in range(4)]
            )

            words = Counter(word for each in answers for word in each)
            assert words == {"MERGED": 1, "AlreadyMerged": 3}
            assert Merge.objects.filter(parted_at=None).count() == 1
            assert Member.objects.filter(merged_into__isnull=False).count() == 1
            pair.part(Merge.objects.get(parted_at=None), at=NOON)
        assert differences() == {}


class TestTillsMeanwhile:
    def test_book_every_purchase_to_the_one_who_is_left(self, record_testsuite_property):
        pair = open_pair()
        for number in range(4):
            record(pair.shop, bought(f"a-{number}", 1, "10.00", member=OTHER_CARD))

        answers = race(
            [
                [partial(merge, pair, is_crosswise=False)],
                *([partial(buy, pair, till, n) for n in range(RECEIPTS)] for till in range(TILLS)),
            ]
        )

        words = Counter(word for each in answers for word in each)
        assert words == {"MERGED": 1, "DONE": TILLS * RECEIPTS}
        assert set(Activity.objects.values_list("membership", flat=True)) == {pair.kept.pk}
        assert balance_of(pair.kept) == 10 * (TILLS * RECEIPTS + 4)
        assert balance_of(pair.absorbed) == 0
        assert differences() == {}
        record_testsuite_property("races", TILLS * RECEIPTS + 1)

    def test_and_returns_of_what_was_bought_before_find_their_points(self):
        pair = open_pair()
        for number in range(RECEIPTS):
            record(pair.shop, bought(f"a-{number}", 1, "10.00", member=OTHER_CARD))

        def give_back(number: int) -> str:
            record(pair.shop, returned(f"r-{number}", f"a-{number}", 2, member=OTHER_CARD))
            return "DONE"

        answers = race(
            [
                [partial(merge, pair, is_crosswise=False)],
                [partial(give_back, number) for number in range(0, RECEIPTS, 2)],
                [partial(give_back, number) for number in range(1, RECEIPTS, 2)],
            ]
        )

        words = Counter(word for each in answers for word in each)
        assert words == {"MERGED": 1, "DONE": RECEIPTS}
        assert (balance_of(pair.kept), balance_of(pair.absorbed)) == (0, 0)
        assert differences() == {}
