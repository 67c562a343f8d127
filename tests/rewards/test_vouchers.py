from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loyalty.errors import KeyConflict
from loyalty.models import OutboxEvent
from rewards.codes import code_of
from rewards.errors import VoucherAlreadyUsed, VoucherExpired, VoucherUnknown
from rewards.models import Redemption, Voucher
from rewards.services.checked_vouchers import CheckedVoucher, check_voucher
from rewards.services.voucher_checks import Handing
from rewards.services.vouchers import use_voucher
from tests.rewards.shop import NOON, everything, redeem

UTRECHT = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)  # 10:12 in Utrecht


@pytest.fixture
def redemption(membership_factory, reward_factory) -> Redemption:
    return redeem(membership_factory(points=1000), reward_factory())


def use(voucher: Voucher, **changes: Any) -> Voucher:
    wanted = {
        "programme_id": voucher.redemption.reward.programme_id,
        "code": code_of(voucher.pk),
        "request_key": "till-1",
        "actor": "api:till",
        "location": "Utrecht",
        "at": UTRECHT,
    }
    return use_voucher(**{**wanted, **changes})


class TestUseVoucher:
    def test_marks_the_voucher_with_when_where_and_by_whom(self, redemption):
        use(redemption.voucher)

        voucher = Voucher.objects.get()
        assert voucher.state == "USED"
        assert (voucher.used_at, voucher.used_location) == (UTRECHT, "Utrecht")
        assert voucher.used_by == "api:till"

    def test_says_so_once_and_never_tells_the_code(self, redemption):
        use(redemption.voucher)

        event = OutboxEvent.objects.get(name="rewards.voucher_used.v1")
        assert event.subject == redemption.membership.holder
        assert event.payload == {
            "voucher": str(redemption.voucher.pk),
            "redemption": str(redemption.pk),
            "reward": "brush",
            "location": "Utrecht",
        }

    def test_takes_the_code_as_people_type_it(self, redemption):
        code = code_of(redemption.voucher.pk).lower().replace("-", " ")

        assert use(redemption.voucher, code=code).state == "USED"

    def test_gives_the_same_answer_again_for_the_same_key_for_ever(self, redemption):
        first = use(redemption.voucher)
        before = everything()

        again = use(redemption.voucher, at=UTRECHT + timedelta(days=400))

        assert (again, again.used_at) == (first, UTRECHT)
        assert everything() == before

    def test_refuses_a_second_use_and_says_when_and_where_the_first_was(self, redemption):
        use(redemption.voucher)
        before = everything()

        with pytest.raises(VoucherAlreadyUsed, match=r"23 November 2026 at 10:12 in Utrecht") as no:
            use(redemption.voucher, request_key="till-2", location="Zwolle")

        assert (no.value.used_at, no.value.location) == (UTRECHT, "Utrecht")
        assert everything() == before

    def test_keeps_the_keys_of_callers_apart(self, redemption):
        use(redemption.voucher, actor="api:till")

        with pytest.raises(VoucherAlreadyUsed):
            use(redemption.voucher, actor="api:webshop")

    def test_refuses_another_place_under_a_used_key_and_changes_nothing(self, redemption):
        use(redemption.voucher)
        before = everything()

        with pytest.raises(KeyConflict):
            use(redemption.voucher, location="Zwolle")

        assert everything() == before

    def test_refuses_another_voucher_under_a_used_key_and_changes_nothing(self, redemption):
        other = redeem(redemption.membership, redemption.reward)
        use(redemption.voucher)
        before = everything()

        with pytest.raises(KeyConflict):
            use(other.voucher)

        assert everything() == before

    def test_refuses_another_voucher_under_a_key_in_use_this_very_moment(
        self, redemption, monkeypatch
    ):
        other = redeem(redemption.membership, redemption.reward)
        use(redemption.voucher)
        monkeypatch.setattr("rewards.services.vouchers._was_used_by", lambda *said: False)
        before = everything()

        with pytest.raises(KeyConflict):
            use(other.voucher)

        assert everything() == before

    def test_takes_a_voucher_until_its_last_moment(self, redemption):
        last = redemption.voucher.expires_at - timedelta(microseconds=1)

        assert use(redemption.voucher, at=last).used_at == last

    def test_refuses_from_the_moment_it_expires_and_changes_nothing(self, redemption):
        before = everything()

        with pytest.raises(VoucherExpired, match="valid until 21 February 2027 at 00:00"):
            use(redemption.voucher, at=redemption.voucher.expires_at)

        assert everything() == before

    def test_knows_no_voucher_of_another_programme(self, redemption, other_programme):
        before = everything()

        with pytest.raises(VoucherUnknown):
            use(redemption.voucher, programme_id=other_programme.pk)

        assert everything() == before

    def test_knows_no_code_that_was_never_issued(self, redemption):
        before = everything()

        with pytest.raises(VoucherUnknown):
            use(redemption.voucher, code=code_of(redemption.pk))

        assert everything() == before

    def test_needs_thirteen_queries_and_two_savepoints(self, redemption, django_assert_num_queries):
        with django_assert_num_queries(13 + 4):
            use(redemption.voucher)


class TestCheckVoucher:
    def standing(self, redemption: Redemption, at: datetime = NOON) -> str:
        code = code_of(redemption.voucher.pk)
        return self.checked(redemption.reward.programme_id, code, at).standing

    def checked(self, programme_id: int, code: str, at: datetime = NOON) -> CheckedVoucher:
        return check_voucher(
            programme_id=programme_id, code=code, handing=Handing(actor="api:till"), at=at
        )

    def test_tells_a_good_voucher_and_leaves_it_good(self, redemption):
        before = everything()

        assert self.standing(redemption) == "USABLE"
        assert everything() == before

    def test_tells_an_expired_one(self, redemption):
        assert self.standing(redemption, redemption.voucher.expires_at) == "EXPIRED"

    def test_tells_a_used_one_also_when_its_time_is_over(self, redemption):
        use(redemption.voucher)

        assert self.standing(redemption, redemption.voucher.expires_at) == "USED"

    def test_knows_none_of_another_programme(self, redemption, other_programme):
        with pytest.raises(VoucherUnknown):
            self.checked(other_programme.pk, code_of(redemption.voucher.pk))
