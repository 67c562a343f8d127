"""K: a ticket is believed by its signature alone, and by nothing less."""

import base64
import contextlib
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.models import Reward
from rewards.offline.digits import COUNT, digits_from, read_digits
from rewards.offline.refusals import (
    DigitsUnknown,
    TicketExpired,
    TicketForged,
    TicketKeyUnknown,
    TicketNotYetValid,
    TicketOfOtherHolder,
    TicketOfOtherProgramme,
    TicketRefused,
    TicketUnreadable,
)
from rewards.offline.ticket import (
    KINDS,
    SIZE,
    Ticket,
    check_holder,
    holder_of,
    new_private,
    public_of,
    read,
    sign,
    verify,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PRIVATE = bytes(range(32))
KEYS = {3: public_of(PRIVATE)}
CARD = "2990000000019"
TICKET = Ticket(
    kind="DISCOUNT",
    key=3,
    programme=7,
    value=Decimal("5.00"),
    valid_from=NOON,
    valid_until=NOON + timedelta(days=90),
    serial=2**62 + 12345,
)
TEXT = sign(TICKET, PRIVATE)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
FORGERIES = 10_000
ORDER = 2**252 + 27742317777372353535851937790883648493  # of the curve


def checked(text: str, **changes):
    return verify(text, **{"keys": KEYS, "programme": 7, "at": NOON, **changes})


def _one_bit(draw: random.Random, said: bytearray) -> None:
    said[draw.randrange(90)] ^= 1 << draw.randrange(8)


def _some_bytes(draw: random.Random, said: bytearray) -> None:
    for _ in range(draw.randint(1, 8)):
        said[draw.randrange(90)] = draw.randrange(256)


def _another_field(draw: random.Random, said: bytearray) -> None:
    """Value, time, serial or holder, under the same signature."""
    start = draw.choice([4, 7, 11, 14, 22])
    said[start : start + 3] = draw.randbytes(3)


def _made_up(draw: random.Random, said: bytearray) -> None:
    said[SIZE:] = draw.randbytes(64)


def _signed_by_another(draw: random.Random, said: bytearray) -> None:
    other = TICKET._replace(serial=draw.randrange(2**63), value=Decimal(500))
    said[:] = base64.urlsafe_b64decode(sign(other, draw.randbytes(32)))


def _same_number_written_otherwise(draw: random.Random, said: bytearray) -> None:
    """S + n L: what a careless verifier takes for the same signature."""
    other = int.from_bytes(said[58:], "little") + ORDER * draw.randint(1, 7)
    said[58:] = (other % 2**256).to_bytes(32, "little")


def _cut_or_longer(draw: random.Random, said: bytearray) -> None:
    if draw.random() < 0.5:
        del said[draw.randrange(90) :]
    else:
        said += draw.randbytes(draw.randint(1, 3))


WAYS = [
    _one_bit,
    _some_bytes,
    _another_field,
    _made_up,
    _signed_by_another,
    _same_number_written_otherwise,
    _cut_or_longer,
]


def forged(draw: random.Random) -> str:
    """A ticket that is nearly genuine, in one of the ways in which somebody would try."""
    if draw.random() < 0.1:  # a sign of the text, or one that does not belong there
        place = draw.randrange(120)
        return TEXT[:place] + draw.choice(ALPHABET + " =+/é") + TEXT[place + 1 :]
    said = bytearray(base64.urlsafe_b64decode(TEXT))
    draw.choice(WAYS)(draw, said)
    return base64.urlsafe_b64encode(said).decode()


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    begin = datetime.fromtimestamp(draw(st.integers(0, 2**32 - 1)), UTC)
    return Ticket(
        kind=draw(st.sampled_from(KINDS)),
        key=draw(st.integers(0, 255)),
        programme=draw(st.integers(0, 2**16 - 1)),
        value=Decimal(draw(st.integers(0, 2**24 - 1))) / 100,
        valid_from=begin,
        valid_until=begin + timedelta(minutes=draw(st.integers(0, 2**24 - 1))),
        serial=draw(st.integers(0, 2**63 - 1)),
        holder=draw(st.binary(min_size=4, max_size=4)),
    )


class TestTicket:
    def test_fits_a_qr_code_of_120_bytes_and_says_what_was_signed(self):
        assert len(TEXT.encode()) == 120
        assert checked(TEXT) == read(TEXT) == TICKET

    def test_none_of_ten_thousand_forged_or_changed_codes_is_accepted(self):
        draw = random.Random(5)
        accepted = []
        tried = 0
        while tried < FORGERIES:
            text = forged(draw)
            if text == TEXT:
                continue
            tried += 1
            with contextlib.suppress(TicketRefused):
                accepted.append(checked(text))

        assert accepted == []

    def test_every_single_bit_is_signed(self):
        whole = base64.urlsafe_b64decode(TEXT)
        for place in range(90 * 8):
            changed = bytearray(whole)
            changed[place // 8] ^= 1 << place % 8
            with pytest.raises(TicketRefused):
                checked(base64.urlsafe_b64encode(changed).decode())

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"at": NOON - timedelta(seconds=1)}, TicketNotYetValid),
            ({"at": NOON + timedelta(days=90)}, TicketExpired),
            ({"programme": 8}, TicketOfOtherProgramme),
            ({"keys": {}}, TicketKeyUnknown),
            ({"keys": {4: KEYS[3]}}, TicketKeyUnknown),
            ({"keys": {3: public_of(new_private())}}, TicketForged),
        ],
    )
    def test_is_refused_with_the_reason(self, changes, refusal):
        with pytest.raises(refusal):
            checked(TEXT, **changes)

    def test_is_good_to_the_last_second(self):
        assert checked(TEXT, at=NOON + timedelta(days=90, seconds=-1)) == TICKET

    @pytest.mark.parametrize("text", ["", "x", TEXT[:-1], TEXT + "A", "é" * 120, TEXT[:-1] + "\n"])
    def test_what_is_no_ticket_is_unreadable(self, text):
        with pytest.raises(TicketUnreadable):
            checked(text)

    def test_of_one_member_is_refused_with_another_card_or_none(self):
        bound = TICKET._replace(holder=holder_of(TICKET.serial, CARD))

        check_holder(bound, CARD)
        for other in ("2990000000026", ""):
            with pytest.raises(TicketOfOtherHolder):
                check_holder(bound, other)

    def test_of_two_vouchers_of_one_member_cannot_be_linked(self):
        assert holder_of(1, CARD) != holder_of(2, CARD)

    def test_never_lasts_longer_than_it_was_said(self):
        uneven = TICKET._replace(valid_until=NOON + timedelta(minutes=5, seconds=59))

        assert read(sign(uneven, PRIVATE)).valid_until == NOON + timedelta(minutes=5)

    def test_knows_every_kind_of_reward(self):
        assert set(KINDS) == set(Reward.Kind.values)

    @given(tickets())
    def test_reads_back_whatever_fits_on_it(self, ticket):
        assert read(sign(ticket, PRIVATE)) == ticket

    @pytest.mark.parametrize(
        "changes",
        [
            {"value": Decimal("167772.16")},
            {"value": Decimal("1.005")},
            {"value": Decimal(-1)},
            {"key": 256},
            {"programme": 65536},
            {"serial": 2**64},
            {"holder": b"abc"},
            {"valid_until": NOON - timedelta(minutes=1)},
            {"kind": "CASH"},
        ],
    )
    def test_is_not_made_of_what_does_not_fit(self, changes):
        with pytest.raises((ValueError, OverflowError)):
            sign(TICKET._replace(**changes), PRIVATE)


class TestDigits:
    @given(st.binary(min_size=32, max_size=32))
    def test_are_twelve_and_read_back_however_they_are_typed(self, secret):
        digits = digits_from(secret)

        assert len(digits) == COUNT
        assert read_digits(f" {digits[:4]} {digits[4:8]}-{digits[8:]} ") == digits

    @given(st.binary(min_size=32, max_size=32), st.integers(0, 11), st.integers(1, 9))
    def test_one_wrong_digit_is_always_noticed(self, secret, place, more):
        digits = digits_from(secret)
        wrong = str((int(digits[place]) + more) % 10)

        with pytest.raises(DigitsUnknown):
            read_digits(digits[:place] + wrong + digits[place + 1 :])

    @given(st.binary(min_size=32, max_size=32), st.integers(0, 10))
    def test_two_neighbours_that_changed_places_are_always_noticed(self, secret, place):
        digits = digits_from(secret)
        if digits[place] == digits[place + 1]:
            return
        swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]

        with pytest.raises(DigitsUnknown):
            read_digits(swapped)

    @pytest.mark.parametrize("text", ["", "12345678901", "1234567890123", "abcdefghijkl", "١" * 12])
    def test_what_is_no_twelve_digits_is_refused(self, text):
        with pytest.raises(DigitsUnknown):
            read_digits(text)
