"""Uses of vouchers without a line, uploaded later: the floor, and who loses a double use."""

import contextlib
from datetime import timedelta
from decimal import Decimal

import pytest

from loyalty.models import OutboxEvent
from rewards.errors import TillUnknown
from rewards.models import (
    DoubleUse,
    JournalEntry,
    Redemption,
    TillReceipt,
    Voucher,
    VoucherUse,
)
from rewards.services.offline.keys import retire_key
from rewards.services.offline.tickets import offline_digits_of, ticket_of
from rewards.services.tills import Floor
from tests.rewards.offline.conftest import CARD, OTHER_CARD
from tests.rewards.offline.emulator import OverFloor
from tests.rewards.offline.test_journal import kept, outcomes, use_online
from tests.rewards.shop import NOON, STAFF

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


pytestmark = pytest.mark.django_db


class TestUses:
    def test_of_a_ticket_is_booked_with_its_receipt(self, emulator_factory, voucher_factory):
        voucher = voucher_factory()
        till = emulator_factory()
        till.take(ticket_of(voucher), NOON + HOUR, receipt="r-1")
        till.sell("r-1", "20.00", NOON + HOUR)

        answer = till.upload(NOON + 2 * HOUR)

        assert outcomes(answer) == [(1, "BOOKED", ""), (2, "BOOKED", "")]
        voucher.refresh_from_db()
        use = VoucherUse.objects.get()
        assert (voucher.state, voucher.uses, voucher.used_at) == ("USED", 1, NOON + HOUR)
        assert (use.is_offline, use.basket, use.actor) == (True, "r-1", "till:till-1")
        assert Redemption.objects.get().state == "FULFILLED"
        assert TillReceipt.objects.get().uses == [use.pk]
        assert (answer.entries[0].value, answer.entries[0].winner) == (Decimal("5.00"), None)

    def test_by_digits_is_the_same(self, emulator_factory, voucher_factory):
        voucher = voucher_factory()
        till = emulator_factory()
        till.take(offline_digits_of(voucher), NOON + HOUR)

        assert outcomes(till.upload(NOON + 2 * HOUR)) == [(1, "BOOKED", "")]
        assert VoucherUse.objects.get().voucher == voucher

    def test_keeps_nothing_that_could_be_handed_in(self, emulator_factory, voucher_factory, anna):
        first, second = voucher_factory(membership=anna), voucher_factory()
        till = emulator_factory()
        codes = [ticket_of(first), offline_digits_of(second)]
        till.take(codes[0], NOON, card=CARD)
        till.take(codes[1], NOON)
        till.upload(NOON + HOUR)

        said = str(list(JournalEntry.objects.values_list()))
        assert not any(word in said for word in (*codes, CARD))

    def test_used_before_the_end_counts_however_late_it_is_uploaded(
        self, emulator_factory, voucher_factory
    ):
        voucher = voucher_factory(expires_at=NOON + HOUR)
        till = emulator_factory()
        till.take(ticket_of(voucher), NOON + HOUR - MINUTE)

        assert outcomes(till.upload(NOON + 90 * DAY)) == [(1, "BOOKED", "")]

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"happened_at": (NOON + 100 * DAY).isoformat()}, "ticket_expired"),
            ({"pack": 9}, "pack_unknown"),
            ({"pack": 0}, "pack_unknown"),
            ({"code": "A" * 120}, "ticket_unreadable"),
            ({"code": "1234"}, "digits_unknown"),
            ({"code": ""}, "digits_unknown"),
        ],
    )
    def test_that_cannot_be_are_refused_and_kept(
        self, emulator_factory, voucher_factory, changes, refusal
    ):
        voucher = voucher_factory()
        till = emulator_factory()
        till.pack["number"] = changes.get("pack", 1)
        when = NOON + 100 * DAY if "happened_at" in changes else NOON
        till.note("USE", when, code=changes.get("code", ticket_of(voucher)), cents=500)

        answer = till.upload(NOON + HOUR)

        assert outcomes(answer) == [(1, "REFUSED", refusal)]
        assert answer.entries == till.upload(NOON + 2 * HOUR).entries
        assert VoucherUse.objects.count() == 0
        assert JournalEntry.objects.get().value == Decimal("5.00")

    def test_of_a_forged_ticket_books_nothing(self, emulator_factory, voucher_factory):
        till = emulator_factory()
        code = ticket_of(voucher_factory())
        till.note("USE", NOON, code=code[:-1] + ("A" if code[-1] != "A" else "B"), cents=500)

        [(_number, outcome, refusal)] = outcomes(till.upload(NOON + HOUR))

        assert (outcome, refusal) == ("REFUSED", "ticket_forged")
        assert VoucherUse.objects.count() == 0

    def test_of_digits_with_another_vouchers_serial_books_nothing(
        self, emulator_factory, voucher_factory
    ):
        mine, theirs = voucher_factory(), voucher_factory()
        till = emulator_factory()
        serial, cents = till.check(ticket_of(theirs), NOON)
        till.note("USE", NOON, code=offline_digits_of(mine), serial=serial, cents=cents)

        assert outcomes(till.upload(NOON + HOUR)) == [(1, "REFUSED", "digits_unknown")]
        assert VoucherUse.objects.count() == 0

    def test_before_its_time_books_nothing(self, emulator_factory, voucher_factory):
        voucher = voucher_factory(valid_from=NOON + 2 * HOUR)
        till = emulator_factory()
        till.note("USE", NOON + HOUR, code=ticket_of(voucher), cents=500)

        assert outcomes(till.upload(NOON + 3 * HOUR)) == [(1, "REFUSED", "ticket_not_yet_valid")]

    def test_of_a_cancelled_voucher_is_refused(self, emulator_factory, voucher_factory):
        voucher = voucher_factory()
        till = emulator_factory()
        till.take(ticket_of(voucher), NOON)
        Voucher.objects.filter(pk=voucher.pk).update(state="CANCELLED")

        assert outcomes(till.upload(NOON + HOUR)) == [(1, "REFUSED", "voucher_cancelled")]

    @pytest.mark.parametrize("card", ["", OTHER_CARD])
    def test_of_one_members_voucher_needs_their_card(
        self, emulator_factory, voucher_factory, anna, card
    ):
        voucher = voucher_factory(membership=anna)
        till = emulator_factory()
        till.note("USE", NOON, code=ticket_of(voucher), member=card, cents=500)

        assert outcomes(till.upload(NOON + HOUR)) == [(1, "REFUSED", "ticket_of_other_holder")]

    def test_under_a_key_that_was_retired_since_counts_as_far_as_the_till_could_know(
        self, emulator_factory, voucher_factory, programme
    ):
        first, second = voucher_factory(), voucher_factory()
        till = emulator_factory()
        codes = [ticket_of(first), ticket_of(second)]
        till.take(codes[0], NOON)
        retire_key(programme_id=programme.pk, number=0, actor=STAFF, at=NOON + HOUR)
        till.fetch(NOON + HOUR)
        till.note("USE", NOON + HOUR, code=codes[1], cents=500)

        assert outcomes(till.upload(NOON + 2 * HOUR)) == [
            (1, "BOOKED", ""),
            (2, "REFUSED", "ticket_key_unknown"),
        ]

    def test_another_entry_under_the_same_number_is_told_and_harms_nothing(
        self, emulator_factory, voucher_factory
    ):
        """A till that was put back to an earlier state counts the same numbers again."""
        till = emulator_factory()
        till.take(ticket_of(voucher_factory()), NOON)
        fork = emulator_factory()
        fork.pack["number"] = 1
        fork.take(ticket_of(voucher_factory()), NOON)
        first = till.upload(NOON + HOUR)
        before = kept()

        answer = fork.upload(NOON + HOUR)

        assert outcomes(answer) == [(1, "REFUSED", "key_conflict")]
        assert kept() == before
        assert till.upload(NOON + HOUR).entries == first.entries

    def test_are_refused_from_a_till_that_was_put_away(self, emulator_factory, till_factory):
        till = emulator_factory()
        till.sell("r-1", "1.00", NOON)
        till_factory(is_active=False)

        with pytest.raises(TillUnknown):
            till.upload(NOON + HOUR)
        assert JournalEntry.objects.count() == 0


class TestFloor:
    def test_bounds_what_a_till_takes_in(self, emulator_factory, voucher_factory):
        till = emulator_factory()
        codes = [ticket_of(voucher_factory()) for _one in range(10)]

        for code in codes[:8]:
            till.take(code, NOON + HOUR)

        with pytest.raises(
            OverFloor
        ):  # eight are all that it may, though 10 of its 50 euro are left
            till.take(codes[8], NOON + HOUR)

    def test_what_went_over_it_is_booked_and_marked_whatever_the_order(
        self, emulator_factory, voucher_factory, offline_reward_factory
    ):
        big = offline_reward_factory("big", kind="DISCOUNT", terms={"amount": "20.00"})
        till = emulator_factory()
        entries = [
            till.note("USE", NOON, code=ticket_of(voucher_factory(reward)), cents=2000)
            for reward in (big, big, big)
        ]

        for entry in reversed(entries):
            till.upload(NOON + HOUR, entry)

        marks = [one.marks for one in till.upload(NOON + HOUR).entries]
        assert marks == [
            ["over_floor_value"],
            ["over_floor_value"],
            ["over_floor_value", "over_floor_total"],
        ]
        assert VoucherUse.objects.count() == 3

    def test_that_is_changed_later_does_not_change_what_was_marked(
        self, emulator_factory, voucher_factory, till_factory
    ):
        till = emulator_factory()
        entry = till.take(ticket_of(voucher_factory()), NOON)

        till_factory(floor=Floor(value=Decimal(1)))

        assert till.upload(NOON + HOUR, entry).entries[0].marks == []


class TestDoubleUse:
    def test_the_earlier_use_wins_and_the_loser_is_stated(self, emulator_factory, voucher_factory):
        voucher = voucher_factory()
        first, second = emulator_factory("a"), emulator_factory("b")
        code = ticket_of(voucher)
        first.take(code, NOON + HOUR)
        second.take(code, NOON + 2 * HOUR)

        assert outcomes(first.upload(NOON + 3 * HOUR)) == [(1, "BOOKED", "")]
        answer = second.upload(NOON + 3 * HOUR)

        assert outcomes(answer) == [(1, "LOST", "")]
        winner = answer.entries[0].winner
        assert (winner.by, winner.used_at) == ("till:a", NOON + HOUR)
        lost = DoubleUse.objects.get()
        assert (lost.loser.till.key, lost.value, lost.voucher) == ("b", Decimal("5.00"), voucher)

    def test_an_earlier_use_uploaded_later_takes_the_win_over_and_says_so(
        self, emulator_factory, voucher_factory
    ):
        voucher = voucher_factory()
        first, second = emulator_factory("a"), emulator_factory("b")
        code = ticket_of(voucher)
        first.take(code, NOON + HOUR)
        second.take(code, NOON + 2 * HOUR, receipt="r-9")
        second.sell("r-9", "10.00", NOON + 2 * HOUR)
        assert outcomes(second.upload(NOON + 3 * HOUR))[0] == (1, "BOOKED", "")

        answer = first.upload(NOON + 4 * HOUR)

        assert outcomes(answer) == [(1, "BOOKED", "")]
        assert [(one.till, one.number, one.outcome) for one in answer.moved] == [("b", 1, "LOST")]
        assert TillReceipt.objects.get(number="r-9").uses == []
        assert outcomes(second.upload(NOON + 5 * HOUR))[0] == (1, "LOST", "")
        assert DoubleUse.objects.get().loser.till.key == "b"
        voucher.refresh_from_db()
        assert (voucher.uses, voucher.used_at, voucher.used_by) == (1, NOON + HOUR, "till:a")
        assert VoucherUse.objects.filter(rolled_back_at=None).get().actor == "till:a"
        told = OutboxEvent.objects.get(name="rewards.double_use_found.v1").payload
        assert (told["till"], told["entry"], told["is_moved"]) == ("b", 1, True)

    def test_a_use_with_a_line_always_wins(self, emulator_factory, voucher_factory):
        voucher = voucher_factory()
        till = emulator_factory()
        till.take(ticket_of(voucher), NOON + HOUR)
        use_online(voucher, NOON + 2 * HOUR)

        answer = till.upload(NOON + 3 * HOUR)

        assert outcomes(answer) == [(1, "LOST", "")]
        assert answer.entries[0].winner.by == "api:x"
        assert VoucherUse.objects.get().is_offline is False

    def test_at_the_same_moment_the_tills_key_decides(self, emulator_factory, voucher_factory):
        voucher = voucher_factory()
        tills = [emulator_factory(key) for key in ("b", "a")]
        for till in tills:
            till.take(ticket_of(voucher), NOON)
            till.upload(NOON + HOUR)

        assert VoucherUse.objects.filter(rolled_back_at=None).get().actor == "till:a"

    def test_of_a_voucher_for_several_uses_begins_after_the_last(
        self, emulator_factory, voucher_factory
    ):
        voucher = voucher_factory(max_uses=2)
        tills = [emulator_factory(key) for key in ("c", "b", "a")]
        code = ticket_of(voucher)
        for till in tills:
            till.take(code, NOON)
            till.upload(NOON + HOUR)

        assert sorted(VoucherUse.objects.filter(rolled_back_at=None).values_list("actor")) == [
            ("till:a",),
            ("till:b",),
        ]
        assert DoubleUse.objects.get().loser.till.key == "c"

    def test_a_till_that_takes_it_twice_loses_the_second(self, emulator_factory, voucher_factory):
        till = emulator_factory()
        code = ticket_of(voucher_factory())
        for minute in (2, 1):
            till.note("USE", NOON + minute * MINUTE, code=code, cents=500)

        assert outcomes(till.upload(NOON + HOUR)) == [(1, "LOST", ""), (2, "BOOKED", "")]

    def test_after_a_use_with_a_line_is_rolled_back_the_loser_has_it(
        self, emulator_factory, voucher_factory
    ):
        voucher = voucher_factory()
        till = emulator_factory()
        till.take(ticket_of(voucher), NOON)
        online = use_online(voucher, NOON)
        till.upload(NOON + HOUR)
        online.rolled_back_at = NOON + HOUR
        online.save()

        answer = till.upload(NOON + 2 * HOUR)

        assert outcomes(answer) == [(1, "BOOKED", "")]
        assert DoubleUse.objects.count() == 0
        assert OutboxEvent.objects.filter(name="rewards.double_use_gone.v1").count() == 1

    def test_a_win_that_was_undone_at_its_till_is_the_next_ones(
        self, emulator_factory, voucher_factory
    ):
        voucher = voucher_factory()
        tills = [emulator_factory(key) for key in ("a", "b")]
        for till in tills:
            till.take(ticket_of(voucher), NOON)
            till.upload(NOON + HOUR)
        VoucherUse.objects.update(rolled_back_at=NOON + HOUR, rolled_back_by="till:a")

        assert outcomes(tills[1].upload(NOON + 2 * HOUR)) == [(1, "BOOKED", "")]
        assert outcomes(tills[0].upload(NOON + 2 * HOUR)) == [(1, "BOOKED", "")]
        assert VoucherUse.objects.filter(rolled_back_at=None).get().actor == "till:b"
        assert DoubleUse.objects.count() == 0

    def test_loses_no_more_than_the_floors(self, emulator_factory, voucher_factory):
        """Two tills, every voucher shown to both: what is lost is one till's floor."""
        tills = [emulator_factory(key) for key in ("a", "b")]
        codes = [ticket_of(voucher_factory()) for _one in range(12)]
        for till in tills:
            for code in codes:
                with contextlib.suppress(OverFloor):
                    till.take(code, NOON + HOUR)
            till.upload(NOON + 2 * HOUR)

        lost = sum(one.value for one in DoubleUse.objects.all())
        assert lost == Decimal(40) <= Decimal(50)
        assert {one.loser.till.key for one in DoubleUse.objects.all()} == {"b"}
