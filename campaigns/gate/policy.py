"""Whether one message may go to one person now, later or never; the first reason that stops it counts."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec


class Verdict(StrEnum):
    """What the gate says."""

    SEND = "SEND"
    DELAY = "DELAY"
    DROP = "DROP"
    HOLD_OUT = "HOLD_OUT"


class Decision(NamedTuple):
    """A verdict with its reason's code; `not_before` is when a delayed one is asked about again."""

    verdict: Verdict
    reason: str = ""
    not_before: datetime | None = None


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """A programme's policy as it holds for one member: their own cap, in their own zone."""

    cap: int  # marketing messages over all channels …
    window: timedelta  # … in any so long a time
    quiet_from: time
    quiet_until: time
    zone: ZoneInfo
    patience: timedelta  # a message that waited longer is not worth sending any more


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the person and the address at this moment."""

    is_there: bool  # neither erased nor gone into another record
    is_held_out: bool
    has_address: bool
    is_suppressed: bool
    agrees: bool  # to this purpose by this channel
    is_paused: bool = False  # the campaign it is of
    is_over: bool = False


SEND: Final = Decision(Verdict.SEND)
LOOK_AGAIN: Final = timedelta(minutes=15)


def decide_service(facts: Facts) -> Decision:
    """About what somebody did or has: told always, if there is anybody and anywhere to tell it."""
    return _cannot(facts) or SEND


def decide_marketing(
    facts: Facts, rules: Rules, *, asked_at: datetime, sent: Sequence[datetime], at: datetime
) -> Decision:
    """Whether a message that was asked for at `asked_at` may go at `at`.

    `sent` are the moments of the member's marketing messages, in any order; older than the window
    are passed over.
    """
    last = asked_at + rules.patience
    return (
        _never(facts, is_late=at > last)
        or _paused(facts, at)
        or _later(rules, sent, at, last)
        or SEND
    )


def quiet_end(rules: Rules, at: datetime) -> datetime | None:
    """When it is no longer quiet where the member is; None if it is not quiet now."""
    local = at.astimezone(rules.zone)
    start, end, now = rules.quiet_from, rules.quiet_until, local.time()
    is_over_midnight = start > end
    is_quiet = (now >= start or now < end) if is_over_midnight else start <= now < end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=int(is_over_midnight and now >= start))
    # By the clock on the wall there: a night in which it is put back lasts an hour longer.
    return datetime.combine(day, end, tzinfo=rules.zone).astimezone(UTC)


def _never(facts: Facts, *, is_late: bool) -> Decision | None:
    """Why it will never go, in the order in which the reasons count."""
    if facts.is_there and facts.is_held_out:
        return Decision(Verdict.HOLD_OUT, "held_out")
    if facts.is_there and facts.is_over:
        return Decision(Verdict.DROP, "ended")
    if stopped := _cannot(facts):
        return stopped
    if not facts.agrees:
        return Decision(Verdict.DROP, "no_consent")
    return Decision(Verdict.DROP, "patience") if is_late else None


def _paused(facts: Facts, at: datetime) -> Decision | None:
    return Decision(Verdict.DELAY, "paused", at + LOOK_AGAIN) if facts.is_paused else None


def _cannot(facts: Facts) -> Decision | None:
    if not facts.is_there:
        return Decision(Verdict.DROP, "gone")
    if not facts.has_address:
        return Decision(Verdict.DROP, "no_address")
    if facts.is_suppressed:
        return Decision(Verdict.DROP, "suppressed")
    return None


def _later(rules: Rules, sent: Sequence[datetime], at: datetime, last: datetime) -> Decision | None:
    """Quiet and the cap: delayed until both allow it, unless that is longer than it is worth."""
    if rules.cap == 0:
        return Decision(Verdict.DROP, "cap")
    then, reason = at, ""
    lately = sorted(moment for moment in sent if moment > at - rules.window)
    if len(lately) >= rules.cap:
        then, reason = lately[-rules.cap] + rules.window, "cap"
    if end := quiet_end(rules, then):
        then, reason = end, reason or "quiet"
    if not reason:
        return None
    if then > last:
        return Decision(Verdict.DROP, reason)
    return Decision(Verdict.DELAY, reason, then)
