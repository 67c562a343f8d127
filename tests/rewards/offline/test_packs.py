from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.errors import InvalidRequest, NotFound
from members.models import Identifier
from rewards.errors import TillUnknown
from rewards.models import OfflinePack, SigningKey, Till, Voucher
from rewards.offline.refusals import (
    DigitsUnknown,
    TicketForged,
    TicketKeyUnknown,
    TicketNotYetValid,
    TicketOfOtherHolder,
    TicketOfOtherProgramme,
)
from rewards.offline.ticket import read, verify
from rewards.sealing import seal, unseal
from rewards.services.offline.keys import private_of, retire_key, rotate_key, signing_key
from rewards.services.offline.packs import issue_pack
from rewards.services.offline.tickets import number_vouchers, offline_digits_of, ticket_of
from rewards.services.tills import Floor, find_till, save_till
from tests.rewards.offline.conftest import CARD, OTHER_CARD
from tests.rewards.offline.emulator import Emulator, OverFloor, Revoked, Taken
from tests.rewards.shop import NOON, STAFF

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.django_db


class TestKeys:
    def test_the_half_that_signs_is_sealed(self, till_factory, programme):
        till_factory()

        key = signing_key(programme.pk)
        assert private_of(key) not in bytes(key.sealed_private)
        assert unseal(seal(b"secret", purpose="a"), purpose="a") == b"secret"

    def test_what_is_sealed_for_one_purpose_opens_for_no_other(self):
        with pytest.raises(Exception, match="VOUCHER_KEY does not open"):
            unseal(seal(b"secret", purpose="a"), purpose="b")

    def test_a_rotated_key_signs_and_the_one_before_is_still_believed(
        self, emulator_factory, voucher_factory, programme
    ):
        voucher = voucher_factory()
        till = emulator_factory()
        before = ticket_of(voucher)

        rotate_key(programme_id=programme.pk, actor=STAFF, at=NOON + HOUR)
        after = ticket_of(voucher)
        till.fetch(NOON + HOUR)

        assert (read(before).key, read(after).key) == (0, 1)
        assert till.check(before, NOON + HOUR) == till.check(after, NOON + HOUR)

    def test_a_retired_key_is_believed_by_no_till_that_heard_of_it(
        self, emulator_factory, voucher_factory, programme
    ):
        voucher = voucher_factory()
        till = emulator_factory()
        before = ticket_of(voucher)

        retire_key(programme_id=programme.pk, number=0, actor=STAFF, at=NOON + HOUR)

        assert till.check(before, NOON + HOUR)  # it could not know
        till.fetch(NOON + HOUR)
        with pytest.raises(TicketKeyUnknown):
            till.check(before, NOON + HOUR)
        assert till.check(ticket_of(voucher), NOON + HOUR)

    def test_retiring_twice_keeps_the_first_moment(self, till_factory, programme):
        till_factory()
        retire_key(programme_id=programme.pk, number=0, actor=STAFF, at=NOON)
        retire_key(programme_id=programme.pk, number=0, actor=STAFF, at=NOON + HOUR)

        assert SigningKey.objects.get(programme=programme, number=0).retired_at == NOON
        assert signing_key(programme.pk).number == 1

    def test_there_is_no_key_to_retire_that_was_never_made(self, programme):
        with pytest.raises(NotFound):
            retire_key(programme_id=programme.pk, number=0, actor=STAFF, at=NOON)

    def test_a_programme_has_256_keys_at_most(self, till_factory, programme):
        till_factory()
        SigningKey.objects.filter(programme=programme).update(number=255)

        with pytest.raises(InvalidRequest):
            rotate_key(programme_id=programme.pk, actor=STAFF, at=NOON)
        assert SigningKey.objects.filter(programme=programme).count() == 1


class TestTicketOf:
    def test_is_the_same_every_time_and_says_what_the_voucher_is(
        self, till_factory, voucher_factory, fiver
    ):
        till_factory()
        voucher = voucher_factory()
        ticket = ticket_of(voucher)

        assert ticket == ticket_of(Voucher.objects.get(pk=voucher.pk))
        said = read(ticket)
        assert (said.kind, said.value) == ("DISCOUNT", Decimal("5.00"))
        assert said.valid_from == voucher.issued_at
        assert said.valid_until == voucher.expires_at
        assert said.serial >> 40 == fiver.pk
        assert said.serial == Voucher.objects.get(pk=voucher.pk).serial

    @pytest.mark.parametrize(
        "changes",
        [
            {"state": "USED", "used_at": NOON, "uses": 1},
            {"state": "CANCELLED"},
            {"value_left": Decimal(5)},
        ],
    )
    def test_there_is_none_of_what_cannot_be_used_or_only_we_know(
        self, till_factory, voucher_factory, changes
    ):
        till_factory()
        voucher = voucher_factory(**changes)

        assert (ticket_of(voucher), offline_digits_of(voucher)) == ("", "")

    @pytest.mark.parametrize(
        ("values", "worth"),
        [
            ({"kind": "DISCOUNT", "terms": {"percent": "10"}}, None),
            ({"kind": "DISCOUNT", "terms": {"percent": "10", "at_most": "7.50"}}, "7.50"),
            ({"kind": "PRODUCT", "terms": {"products": ["p"], "worth": "2", "quantity": 3}}, "6"),
            ({"kind": "GIFT", "cost": Decimal("1.20")}, "1.20"),
            ({"kind": "GIFT"}, "0"),
        ],
    )
    def test_is_worth_what_could_be_lost_with_it(
        self, till_factory, voucher_factory, offline_reward_factory, values, worth
    ):
        till_factory()
        voucher = voucher_factory(offline_reward_factory("it", **values))
        ticket = ticket_of(voucher)

        assert (read(ticket).value if ticket else None) == (Decimal(worth) if worth else None)

    def test_there_is_none_of_a_reward_that_is_not_for_it(
        self, till_factory, voucher_factory, reward_factory
    ):
        till_factory()

        assert ticket_of(voucher_factory(reward_factory(key="brush"))) == ""

    def test_there_is_none_while_there_is_no_till(self, voucher_factory):
        assert ticket_of(voucher_factory()) == ""

    def test_of_one_member_goes_with_their_card(self, emulator_factory, voucher_factory, anna):
        voucher = voucher_factory(membership=anna)
        till = emulator_factory()

        for code in (ticket_of(voucher), offline_digits_of(voucher)):
            assert till.check(code, NOON + HOUR, CARD)
            for card in ("", OTHER_CARD):
                with pytest.raises(TicketOfOtherHolder):
                    till.check(code, NOON + HOUR, card)

    def test_there_is_none_of_a_member_without_a_card(self, till_factory, voucher_factory, anna):
        till_factory()
        Identifier.objects.filter(member_id=anna.member_id).delete()
        voucher = voucher_factory(membership=anna)

        assert (ticket_of(voucher), offline_digits_of(voucher)) == ("", "")


class TestPack:
    def test_lets_a_till_take_a_ticket_or_its_digits_once(self, emulator_factory, voucher_factory):
        voucher = voucher_factory()
        till = emulator_factory()
        code, digits = ticket_of(voucher), offline_digits_of(voucher)

        assert till.check(code, NOON + HOUR) == till.check(digits, NOON + HOUR)
        till.take(digits, NOON + HOUR)
        for again in (code, digits):
            with pytest.raises(Taken):
                till.check(again, NOON + HOUR)

    def test_names_what_was_used_or_cancelled_and_could_still_be_shown(
        self, emulator_factory, voucher_factory
    ):
        used, cancelled, late = voucher_factory(), voucher_factory(), voucher_factory()
        till = emulator_factory()
        codes = [ticket_of(one) for one in (used, cancelled, late)]
        Voucher.objects.filter(pk=used.pk).update(state="USED", used_at=NOON, uses=1)
        Voucher.objects.filter(pk=cancelled.pk).update(state="CANCELLED")
        Voucher.objects.filter(pk=late.pk).update(state="CANCELLED", expires_at=NOON + HOUR)

        till.fetch(NOON + HOUR)

        for code in codes[:2]:
            with pytest.raises(Revoked):
                till.check(code, NOON + HOUR)
        assert sorted(till.pack["revoked"]) == sorted(
            f"{read(one).serial:016x}" for one in codes[:2]
        )

    def test_has_digits_of_live_vouchers_of_this_programme_only(
        self, emulator_factory, voucher_factory, till_factory, other_programme
    ):
        voucher = voucher_factory()
        till_factory("other")
        theirs = Emulator(
            save_till(
                programme_id=other_programme.pk,
                key="theirs",
                name="x",
                location="y",
                actor=STAFF,
                at=NOON,
            )
        )
        theirs.fetch(NOON)

        with pytest.raises(DigitsUnknown):
            theirs.check(offline_digits_of(voucher), NOON)
        with pytest.raises(TicketOfOtherProgramme):
            theirs.check(ticket_of(voucher), NOON)
        own = voucher.reward.programme_id
        with pytest.raises(TicketForged):
            verify(ticket_of(voucher), keys=theirs.keys(), programme=own, at=NOON)

    def test_holds_no_digits_and_no_codes_in_the_clear(self, emulator_factory, voucher_factory):
        voucher = voucher_factory()
        till = emulator_factory()

        assert offline_digits_of(voucher) not in str(till.pack)
        assert len(till.pack["digits"]["vouchers"]) == 1

    def test_two_vouchers_with_the_same_digits_are_left_out(
        self, emulator_factory, voucher_factory, monkeypatch
    ):
        voucher_factory(), voucher_factory()
        monkeypatch.setattr(
            "rewards.services.offline.packs.digits_for", lambda _voucher: "000000000000"
        )
        till = emulator_factory()

        assert till.pack["digits"]["vouchers"] == []
        assert till.pack["digits"]["left_out"] == 2

    def test_is_asked_in_so_many_queries_however_many_vouchers(
        self, till_factory, voucher_factory, anna
    ):
        till = till_factory()

        def queries() -> int:
            issue_pack(till_id=till.pk, actor=STAFF, at=NOON)
            with CaptureQueriesContext(
                connection,
            ) as seen:
                issue_pack(till_id=till.pk, actor=STAFF, at=NOON)
            return len(seen)

        voucher_factory(membership=anna)
        one = queries()
        for _more in range(5):
            voucher_factory(membership=anna)
        assert queries() == one

    def test_says_the_floor_and_keeps_it(
        self, emulator_factory, voucher_factory, offline_reward_factory
    ):
        big = offline_reward_factory("big", kind="DISCOUNT", terms={"amount": "10.01"})
        voucher, dear = voucher_factory(), voucher_factory(big)
        till = emulator_factory()

        assert till.pack["floor"] == {"value": "10.00", "total": "50.00", "count": 8}
        with pytest.raises(OverFloor):
            till.check(ticket_of(dear), NOON)
        with pytest.raises(OverFloor):
            till.check(ticket_of(voucher), NOON + DAY)
        kept = OfflinePack.objects.get()
        assert (kept.number, kept.floor_total, kept.valid_until) == (1, 50, NOON + DAY)

    def test_a_till_with_a_slow_clock_does_not_take_what_is_not_valid_yet(
        self, emulator_factory, voucher_factory
    ):
        voucher = voucher_factory(valid_from=NOON + 2 * HOUR)
        till = emulator_factory(skew=-HOUR)

        with pytest.raises(TicketNotYetValid):
            till.check(ticket_of(voucher), NOON + 2 * HOUR)
        assert till.check(ticket_of(voucher), NOON + 3 * HOUR)

    def test_is_refused_to_a_till_that_was_put_away(self, till_factory):
        till = till_factory(is_active=False)

        with pytest.raises(TillUnknown):
            issue_pack(till_id=till.pk, actor=STAFF, at=NOON)
        assert OfflinePack.objects.count() == 0


class TestSaveTill:
    def test_changes_the_till_of_that_key_and_keeps_its_floor(self, till_factory):
        first = till_factory()
        again = till_factory(name="Front", floor=None)

        assert (again.pk, again.name, again.floor_total) == (first.pk, "Front", 50)

    @pytest.mark.parametrize(
        "floor", [Floor(value=Decimal(-1)), Floor(count=-1), Floor(hours=0), Floor(hours=337)]
    )
    def test_refuses_a_floor_that_cannot_be(self, till_factory, floor):
        with pytest.raises(InvalidRequest):
            till_factory(floor=floor)
        assert Till.objects.count() == 0

    def test_refuses_a_connection_of_another_programme(
        self, till_factory, shop_factory, other_programme
    ):
        theirs = shop_factory(within=other_programme).client_id

        with pytest.raises(NotFound):
            till_factory(client_id=theirs)
        assert Till.objects.count() == 0

    def test_a_connection_with_several_tills_says_which(self, till_factory, shop, programme):
        for key in ("a", "b"):
            till_factory(key, client_id=shop.client_id)
        asked = {"programme_id": programme.pk, "client_id": shop.client_id}

        assert find_till(**asked, key="b").key == "b"
        for key in ("", "c"):
            with pytest.raises(TillUnknown):
                find_till(**asked, key=key)


class TestNumberVouchers:
    def test_gives_each_a_serial_alone_or_together(self, voucher_factory):
        first, second = voucher_factory(), voucher_factory()
        alone = [*number_vouchers([first]), *number_vouchers([second])]
        Voucher.objects.update(serial=None)
        for voucher in (first, second):
            voucher.refresh_from_db()

        assert number_vouchers([first, second]) == alone
        assert set(Voucher.objects.values_list("serial", flat=True)) == set(alone)

    def test_gives_another_one_when_it_is_taken(self, voucher_factory):
        first, second, third = (voucher_factory() for _one in range(3))
        [wanted] = number_vouchers([first])
        Voucher.objects.update(serial=None)
        Voucher.objects.filter(pk=third.pk).update(serial=wanted)
        first.refresh_from_db()

        given = number_vouchers([first, second])

        assert wanted not in given
        assert len({wanted, *given}) == 3
        assert number_vouchers([first, second]) == given
