"""The till's page in a real browser believes what Python signed, and nothing else."""

import random
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from rewards.offline.digits import digest_of
from rewards.offline.ticket import holder_of, new_private, public_of, read, sign
from rewards.services.offline.keys import rotate_key
from rewards.services.offline.tickets import offline_digits_of, ticket_of
from tests.rewards.offline.conftest import (
    CARD,
    OTHER_CARD,
    anna,
    emulator_factory,
    fiver,
    offline_reward_factory,
    programme,
    reward_factory,
    till_factory,
    voucher_factory,
)
from tests.rewards.offline.emulator import unpacked
from tests.rewards.offline.test_ticket import PRIVATE, TEXT, TICKET, forged
from tests.rewards.shop import NOON, STAFF

__all__ = [
    "anna",
    "emulator_factory",
    "fiver",
    "offline_reward_factory",
    "programme",
    "reward_factory",
    "till_factory",
    "voucher_factory",
]

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SCRIPT = Path(__file__).parents[2] / "static/js/till/ticket.js"
WORKING = """
async ([name, args]) => {
  const till = await import("/ticket.js");
  return till[name](...args);
}
"""
REFUSED = """
async ([name, args]) => {
  const till = await import("/ticket.js");
  try {
    await till[name](...args);
  } catch (refusal) {
    return refusal.code;
  }
  return "";
}
"""
ALL_REFUSED = """
async ([texts, about]) => {
  const till = await import("/ticket.js");
  const accepted = [];
  for (const text of texts) {
    try {
      accepted.push(await till.verify(text, about));
    } catch (refusal) {
      if (!(refusal instanceof till.Refused)) throw refusal;
    }
  }
  return accepted.length;
}
"""
TIMED = """
async ([text, about, times]) => {
  const till = await import("/ticket.js");
  const began = performance.now();
  for (let n = 0; n < times; n += 1) await till.verify(text, about);
  return (performance.now() - began) / times;
}
"""


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def pack_of(**changes: Any) -> dict[str, Any]:
    """A pack that knows the key of the tickets in test_ticket."""
    said = {
        "number": 1,
        "programme": 7,
        "issued_at": NOON.isoformat(),
        "valid_until": (NOON + timedelta(days=1)).isoformat(),
        "keys": [{"number": 3, "public": _base64(public_of(PRIVATE))}],
        "floor": {"value": "10.00", "total": "50.00", "count": 8},
        "rewards": [],
        "revoked": [],
        "digits": {"salt": "AA", "iterations": 1000, "left_out": 0, "vouchers": []},
    }
    return {**said, **changes}


def _base64(said: bytes) -> str:
    return urlsafe_b64encode(said).decode().rstrip("=")


class Script:
    """The module in a page; `check` is what the till's page calls."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def run(self, name: str, *args: Any) -> Any:
        return self.page.evaluate(WORKING, [name, list(args)])

    def refusal(self, name: str, *args: Any) -> str:
        return str(self.page.evaluate(REFUSED, [name, list(args)]))

    def check(self, text: str, pack: Any, at: datetime = NOON, **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.run(
            "check", text, {"pack": pack, "now": milliseconds(at), **more}
        )
        return found


@pytest.fixture
def script(browser: Browser) -> Iterator[Script]:
    context = browser.new_context()
    page = context.new_page()

    def answer(route: Route) -> None:
        if route.request.url.endswith("/ticket.js"):
            route.fulfill(body=SCRIPT.read_text(), content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><title>till</title>", content_type="text/html")

    page.route("**/*", answer)
    page.goto("http://localhost/")
    yield Script(page)
    context.close()


class TestVerify:
    def test_reads_what_python_wrote(self, script):
        said = script.run("verify", TEXT, {"pack": pack_of(), "now": milliseconds(NOON)})

        assert (said["kind"], said["key"], said["programme"]) == ("DISCOUNT", 3, 7)
        assert (said["cents"], said["serial"]) == (500, f"{TICKET.serial:016x}")
        assert said["valid_from"] == milliseconds(TICKET.valid_from)
        assert said["valid_until"] == milliseconds(TICKET.valid_until)

    def test_reads_the_largest_numbers(self, script):
        large = TICKET._replace(
            value=Decimal("167772.15"),
            programme=65535,
            key=255,
            serial=2**63 - 1,
            holder=b"\xff" * 4,
            valid_from=datetime(2106, 2, 7, tzinfo=UTC),
            valid_until=datetime(2106, 2, 7, tzinfo=UTC) + timedelta(minutes=2**24 - 1),
        )

        said = script.run("decode", sign(large, PRIVATE))

        assert (said["cents"], said["programme"], said["key"]) == (16777215, 65535, 255)
        assert said["serial"] == "7fffffffffffffff"
        assert said["valid_until"] == milliseconds(large.valid_until)

    def test_none_of_a_thousand_forged_or_changed_codes_is_accepted(self, script):
        draw = random.Random(7)
        texts = [text for text in (forged(draw) for _one in range(1000)) if text != TEXT]

        accepted = script.page.evaluate(
            ALL_REFUSED, [texts, {"pack": pack_of(), "now": milliseconds(NOON)}]
        )

        assert len(texts) > 900
        assert accepted == 0

    @pytest.mark.parametrize(
        ("pack", "at", "code"),
        [
            ({}, NOON - timedelta(seconds=1), "ticket_not_yet_valid"),
            ({}, NOON + timedelta(days=90), "ticket_expired"),
            ({"programme": 8}, NOON, "ticket_of_other_programme"),
            ({"keys": []}, NOON, "ticket_key_unknown"),
            (
                {"keys": [{"number": 3, "public": _base64(public_of(new_private()))}]},
                NOON,
                "ticket_forged",
            ),
        ],
    )
    def test_refuses_with_the_same_codes_as_python(self, script, pack, at, code):
        about = {"pack": pack_of(**pack), "now": milliseconds(at)}

        assert script.refusal("verify", TEXT, about) == code

    def test_takes_no_time_that_a_cashier_would_notice(self, script):
        about = {"pack": pack_of(), "now": milliseconds(NOON)}

        assert script.page.evaluate(TIMED, [TEXT, about, 200]) < 20  # milliseconds

    def test_knows_a_holder_by_the_same_bytes(self, script):
        serial = f"{TICKET.serial:016x}"

        assert script.run("holderOf", serial, CARD) == holder_of(TICKET.serial, CARD).hex()

    def test_makes_the_same_digest_of_digits(self, script):
        salt = bytes(range(16))
        made = script.page.evaluate(
            "async ([digits, how]) => Array.from(await (await import('/ticket.js'))"
            ".digestOf(digits, how))",
            ["123456789012", {"salt": _base64(salt), "iterations": 1000}],
        )

        assert bytes(made) == digest_of("123456789012", salt)


class TestCheck:
    """With the pack that a till is sent, and vouchers as members see them."""

    def test_takes_a_ticket_and_its_digits(self, script, emulator_factory, voucher_factory):
        voucher = voucher_factory()
        till = emulator_factory()
        code, digits = ticket_of(voucher), offline_digits_of(voucher)
        serial = f"{read(code).serial:016x}"
        expected = {"outcome": "GOOD", "serial": serial, "cents": 500, "kind": "DISCOUNT"}

        assert script.check(code, till.pack) == {**expected, "code": code, "label": "Kwast"}
        spaced = f"{digits[:4]} {digits[4:8]} {digits[8:]}"
        assert script.check(spaced, till.pack, language="en") == {
            **expected,
            "code": digits,
            "label": "Brush",
        }

    def test_takes_tickets_of_a_rotated_key(
        self, script, emulator_factory, voucher_factory, programme
    ):
        voucher = voucher_factory()
        till = emulator_factory()
        old = ticket_of(voucher)
        rotate_key(programme_id=programme.pk, actor=STAFF, at=NOON)
        fresh = ticket_of(voucher)

        assert script.check(fresh, till.pack)["reason"] == "ticket_key_unknown"
        till.fetch(NOON)
        assert [script.check(code, till.pack)["outcome"] for code in (old, fresh)] == ["GOOD"] * 2

    def test_goes_with_its_members_card(self, script, emulator_factory, voucher_factory, anna):
        voucher = voucher_factory(membership=anna)
        till = emulator_factory()

        for code in (ticket_of(voucher), offline_digits_of(voucher)):
            for card, outcome in [(f"card:{CARD}", "GOOD"), (OTHER_CARD, "HOLDER"), ("", "HOLDER")]:
                assert script.check(code, till.pack, card=card)["outcome"] == outcome

    @pytest.mark.parametrize(
        ("text", "outcome", "reason"),
        [
            ("2990000000019", "NOT_A_VOUCHER", None),
            ("anna@example.org", "NOT_A_VOUCHER", None),
            ("123456789012", "NOT_A_VOUCHER", None),  # no check digit fits: a card
            ("000000000000", "BAD", "digits_unknown"),
            ("7K3M-9QXA-2FDB-T0VW", "FLOOR", "no_line"),
            ("A" * 120, "BAD", "ticket_unreadable"),
            ("A" * 119, "BAD", "ticket_unreadable"),
        ],
    )
    def test_says_what_else_it_may_be(self, script, emulator_factory, text, outcome, reason):
        said = script.check(text, emulator_factory().pack)

        assert (said["outcome"], said.get("reason")) == (outcome, reason)

    def test_without_a_pack_leaves_vouchers_for_the_line(self, script):
        assert script.check(TEXT, None) == {"outcome": "FLOOR", "reason": "no_line"}

    @pytest.mark.parametrize(
        ("at", "outcome"),
        [(NOON - timedelta(seconds=1), "EARLY"), (NOON + timedelta(days=90), "LATE")],
    )
    def test_says_early_and_late(self, script, at, outcome):
        assert script.check(TEXT, pack_of(), at)["outcome"] == outcome

    def test_says_what_was_revoked_or_taken(self, script):
        serial = f"{TICKET.serial:016x}"

        assert script.check(TEXT, pack_of(revoked=[serial]))["outcome"] == "REVOKED"
        taken = [{"serial": serial, "cents": 500}]
        assert script.check(TEXT, pack_of(), taken=taken)["outcome"] == "USED"

    @pytest.mark.parametrize(
        ("floor", "taken", "at", "reason"),
        [
            ({"value": "4.99", "total": "50", "count": 8}, [], NOON, "over_floor_value"),
            ({"value": "5", "total": "9.99", "count": 8}, [500], NOON, "over_floor_total"),
            ({"value": "5", "total": "50", "count": 1}, [1], NOON, "over_floor_count"),
            ({"value": "5", "total": "50", "count": 8}, [], NOON + 24 * HOUR, "after_pack"),
        ],
    )
    def test_stays_within_its_floor_and_hours(self, script, floor, taken, at, reason):
        before = [{"serial": f"{n:016x}", "cents": cents} for n, cents in enumerate(taken)]

        said = script.check(TEXT, pack_of(floor=floor), at, taken=before)

        assert said == {"outcome": "FLOOR", "reason": reason}

    def test_takes_what_just_fits_the_floor(self, script):
        floor = {"value": "5.00", "total": "10.00", "count": 2}
        before = [{"serial": "0", "cents": 500}]

        assert script.check(TEXT, pack_of(floor=floor), taken=before)["outcome"] == "GOOD"
        assert script.run("room", floor, before) == {"value": 500, "total": 500, "count": 1}

    def test_decides_as_the_till_in_python(self, script, emulator_factory, voucher_factory):
        till = emulator_factory()
        assert unpacked(till.pack["keys"][0]["public"]) == till.keys()[0]
        code = ticket_of(voucher_factory())
        till.take(code, NOON)
        taken = [{"serial": one.body.serial, "cents": one.body.cents} for one in till.journal]

        assert script.check(code, till.pack, taken=taken)["outcome"] == "USED"
