from datetime import timedelta
from decimal import Decimal
from random import choices
from typing import Any
from uuid import uuid4

import pytest

from loyalty.errors import InvalidRequest
from rewards.codes import code_of, digest_of_foreign
from rewards.errors import CodesTooWeak, VoucherAlreadyUsed, VoucherCancelled, VoucherValueExceeded
from rewards.models import Reward, Voucher, VoucherBatch
from rewards.services import batches
from rewards.services.batches import (
    codes_in,
    make_batch,
    make_codes,
    shown_code,
    upload_codes,
    withdraw_batch,
)
from rewards.services.vouchers import use_voucher
from tests.rewards.shop import NOON, STAFF

NAMES = {"nl": "Folder", "en": "Flyer"}
TEN_EURO = {"amount": "10"}


@pytest.fixture
def discount(reward_factory) -> Reward:
    return reward_factory(kind="DISCOUNT", terms=TEN_EURO)


def said(reward: Reward, **changes: Any) -> dict[str, Any]:
    wanted = {
        "reward_id": reward.pk,
        "key": "flyer",
        "names": NAMES,
        "valid_from": NOON,
        "valid_until": NOON + timedelta(days=30),
        "actor": STAFF,
        "at": NOON,
    }
    return {**wanted, **changes}


def made(reward: Reward, **changes: Any) -> VoucherBatch:
    batch = make_batch(**said(reward, **{"wanted": 1, **changes}))
    while make_codes(batch_id=batch.pk, at=NOON):
        pass
    return VoucherBatch.objects.get(pk=batch.pk)


def use(batch: VoucherBatch, code: str, key: str = "till-1", **changes: Any) -> Voucher:
    return use_voucher(
        programme_id=batch.programme_id,
        code=code,
        request_key=key,
        actor="api:till",
        location="Utrecht",
        at=NOON,
        **changes,
    )


class TestMakeCodes:
    def test_goes_on_where_it_was_stopped_until_there_are_as_many_as_asked(
        self, discount, monkeypatch
    ):
        monkeypatch.setattr(batches, "CHUNK", 4)
        batch = make_batch(**said(discount, wanted=10))

        left = [make_codes(batch_id=batch.pk, at=NOON) for _ in range(4)]

        batch.refresh_from_db()
        assert left == [6, 2, 0, 0]
        assert (batch.state, batch.made, Voucher.objects.count()) == ("READY", 10, 10)

    def test_makes_codes_that_can_be_used_once(self, discount):
        batch = made(discount, wanted=2)
        code, other = codes_in(batch.pk)

        assert use(batch, code).state == "USED"
        with pytest.raises(VoucherAlreadyUsed):
            use(batch, code, "till-2")
        assert use(batch, other, "till-3").state == "USED"

    def test_makes_codes_that_can_be_used_as_often_as_said(self, discount):
        batch = made(discount, max_uses=2)
        (code,) = codes_in(batch.pk)

        assert use(batch, code, "till-1").state == "ISSUED"
        assert use(batch, code, "till-2").state == "USED"

    def test_makes_gift_cards_that_are_used_to_the_last_cent(self, reward_factory):
        batch = made(reward_factory(kind="CASH_CARD", terms={"value": "25"}))
        (code,) = codes_in(batch.pk)

        assert use(batch, code, "till-1", amount=Decimal(24)).state == "ISSUED"
        with pytest.raises(VoucherValueExceeded):
            use(batch, code, "till-2", amount=Decimal("1.01"))
        assert use(batch, code, "till-3", amount=Decimal(1)).state == "USED"

    def test_refuses_a_reward_that_is_had_without_a_code(self, reward_factory):
        donation = reward_factory(kind="DONATION", terms={"cause": "Trees"})

        with pytest.raises(InvalidRequest, match="not had by a code"):
            make_batch(**said(donation, wanted=1))

        assert not VoucherBatch.objects.exists()


class TestUploadCodes:
    def test_takes_codes_in_and_shows_them_again_though_they_are_sealed(self, discount):
        codes = [code_of(uuid4()) for _ in range(40)]

        batch = upload_codes(**said(discount, codes=[*codes, ""]))

        assert (batch.state, batch.made) == ("READY", 40)
        voucher = Voucher.objects.get(digest=digest_of_foreign(codes[0]))
        assert codes[0].encode() not in bytes(voucher.sealed_code)
        assert shown_code(voucher) == codes[0]
        assert use(batch, codes[0]).state == "USED"

    @pytest.mark.parametrize("wrong", ["SAVE", "S-A V-E-", "ÉÉÉÉ-ÉÉÉÉ", "A" * 61, "SAVE\tTEN"])
    def test_names_the_row_that_is_no_code_and_adds_none(self, discount, wrong):
        with pytest.raises(InvalidRequest, match="Row 2 is not a code"):
            upload_codes(**said(discount, codes=[code_of(uuid4()), wrong]))

        assert not VoucherBatch.objects.exists()

    def test_names_the_row_that_is_there_twice(self, discount):
        code = code_of(uuid4())

        with pytest.raises(InvalidRequest, match="Row 2 is there twice"):
            upload_codes(**said(discount, codes=[code, code.lower()]))

    def test_refuses_a_code_that_is_in_use(self, discount):
        codes = [code_of(uuid4()) for _ in range(3)]
        upload_codes(**said(discount, codes=codes))
        fresh = [code_of(uuid4()) for _ in range(3)]

        with pytest.raises(InvalidRequest, match="Row 4 is in use already"):
            upload_codes(**said(discount, key="again", codes=[*fresh, codes[1].lower()]))

        assert Voucher.objects.count() == 3

    def test_tells_drawn_codes_from_those_that_are_mostly_the_same(self):
        drawn = [code_of(uuid4()).replace("-", "") for _ in range(500)]
        counted = [f"{number:016}" for number in range(500)]

        assert batches.bits_of(drawn) > batches.LEAST_BITS
        assert batches.bits_of(counted) < batches.LEAST_BITS

    def test_refuses_codes_that_are_too_easily_guessed(self, discount, monkeypatch):
        monkeypatch.setattr(batches, "LEAST_BITS", 81)

        with pytest.raises(CodesTooWeak, match="of 81 random bits"):
            upload_codes(**said(discount, codes=[code_of(uuid4()) for _ in range(40)]))

        assert not VoucherBatch.objects.exists()

    def test_counts_only_what_tells_codes_apart(self, discount):
        """Dashes and case are not looked at when a code is handed in, so they hide nothing."""
        signs = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"
        drawn = ["-".join(choices(signs, k=11)) for _ in range(300)]

        with pytest.raises(CodesTooWeak):
            upload_codes(**said(discount, codes=drawn))

        assert not VoucherBatch.objects.exists()

    def test_allows_a_word_that_everybody_may_use_however_it_is_typed(self, discount):
        batch = upload_codes(**said(discount, codes=["SPRING-26"], max_uses=None))

        for number, typed in enumerate(["SPRING-26", "spring26", " Spring 26 "]):
            assert use(batch, typed, f"till-{number}").state == "ISSUED"
        assert Voucher.objects.get().uses == 3


class TestWithdrawBatch:
    def test_lets_none_of_its_codes_be_used_any_more(self, discount):
        batch = made(discount)
        (code,) = codes_in(batch.pk)

        withdraw_batch(batch_id=batch.pk, actor=STAFF, at=NOON)

        with pytest.raises(VoucherCancelled):
            use(batch, code)
        assert Voucher.objects.get().state == "ISSUED"
