import re
from uuid import UUID

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.codes import ALPHABET, code_of, digest_of
from rewards.errors import VoucherUnknown

VOUCHER = UUID(int=7)
vouchers = st.uuids()


def plain(voucher_id: UUID) -> str:
    return code_of(voucher_id).replace("-", "")


class TestCodeOf:
    def test_is_four_groups_without_look_alikes_and_never_changes(self):
        assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code_of(VOUCHER))
        assert code_of(VOUCHER) == code_of(UUID(int=7))
        assert len(set(ALPHABET)) == 32

    def test_depends_on_the_secret(self, settings):
        before = code_of(VOUCHER)

        settings.VOUCHER_KEY = "another-key-" + "z" * 40

        assert code_of(VOUCHER) != before

    def test_refuses_to_make_codes_without_a_secret(self, settings):
        settings.VOUCHER_KEY = ""

        with pytest.raises(ImproperlyConfigured):
            code_of(VOUCHER)

    def test_gives_every_voucher_its_own(self):
        assert len({code_of(UUID(int=number)) for number in range(10_000)}) == 10_000


class TestDigestOf:
    @settings(deadline=None)  # the machine may be busy
    @given(vouchers)
    def test_does_not_hold_the_code(self, voucher_id):
        assert re.fullmatch(r"[0-9a-f]{64}", digest_of(code_of(voucher_id)))
        assert plain(voucher_id).lower() not in digest_of(code_of(voucher_id))

    @settings(deadline=None)  # the machine may be busy
    @given(vouchers)
    def test_reads_a_code_as_people_type_it(self, voucher_id):
        code = code_of(voucher_id)
        digest = digest_of(code)

        assert digest_of(code.lower()) == digest
        assert digest_of(f" {code.replace('-', ' ')} ") == digest
        assert digest_of(plain(voucher_id)) == digest
        assert digest_of(code.replace("0", "o").replace("1", "l")) == digest
        assert digest_of(code.replace("0", "O").replace("1", "I")) == digest

    @settings(deadline=None)  # the machine may be busy
    @given(vouchers, st.integers(0, 15), st.integers(1, 31))
    def test_refuses_any_one_wrong_character(self, voucher_id, place, shift):
        code = plain(voucher_id)
        wrong = ALPHABET[(ALPHABET.index(code[place]) + shift) % 32]

        with pytest.raises(VoucherUnknown):
            digest_of(code[:place] + wrong + code[place + 1 :])

    @settings(deadline=None)  # the machine may be busy
    @given(vouchers, st.integers(0, 15), st.integers(0, 15))
    def test_refuses_any_two_characters_that_changed_places(self, voucher_id, one, other):
        code = list(plain(voucher_id))
        if code[one] == code[other]:
            return
        code[one], code[other] = code[other], code[one]

        with pytest.raises(VoucherUnknown):
            digest_of("".join(code))

    @settings(deadline=None)  # the machine may be busy
    @given(st.text())
    def test_refuses_what_is_no_code_and_nothing_else(self, text):
        try:
            digest_of(text)
        except VoucherUnknown:
            return
        assert sum(character not in " -" for character in text) <= 16

    @pytest.mark.parametrize("text", ["", "-", "1234", "U" * 16, "é" * 16, "\0" * 16])
    def test_refuses(self, text):
        with pytest.raises(VoucherUnknown):
            digest_of(text)

    def test_refuses_a_code_with_a_character_too_few_or_too_many(self):
        with pytest.raises(VoucherUnknown):
            digest_of(code_of(VOUCHER)[:-1])
        with pytest.raises(VoucherUnknown):
            digest_of(code_of(VOUCHER) + "0")
