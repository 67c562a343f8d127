"""What an export tells of the books: activities with lines and why, every movement, lots, tiers."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from loyalty.models import Account, Lot, LotMove, TierAssignment, TierMove
from loyalty.remarks import words_of
from loyalty.selectors import StatementLine, statement
from loyalty.services.rulebook import Rulebook, current_rulebook
from loyalty.types import Outcome, Reason
from members.belongings import Row
from members.explanations import told
from members.models import (
    Activity,
    ActivityLine,
    ActivityRevision,
    Consent,
    ConsentText,
    Member,
    Membership,
)

_EVERY = 2**31 - 1


def _plain(row: dict[str, Any]) -> Row:
    made: Row = msgspec.to_builtins(row)
    return made


# --- What they agreed to -------------------------------------------------------------------------


def told_consents(member: Member) -> list[Row]:
    """Each receipt with the words that were agreed to."""
    programmes = Membership.objects.filter(member=member).values("programme")
    words = {
        (text.purpose, text.version): text
        for text in ConsentText.objects.filter(programme__in=programmes)
    }
    receipts = Consent.objects.filter(member=member).order_by("pk")
    fields = ("purpose", "channel", "is_given", "text_version", "touchpoint", "recorded_at")
    return [
        _plain({**row, **_agreed(words.get((row["purpose"], row["text_version"])))})
        for row in receipts.values(*fields)
    ]


def _agreed(text: ConsentText | None) -> dict[str, str]:
    return {"text_nl": text.text_nl, "text_en": text.text_en} if text else {}


# --- What they did -------------------------------------------------------------------------------


def told_activities(member: Member) -> list[Row]:
    """All that they did, the first first, line by line, and why it gave its points."""
    return [
        row
        for membership in Membership.objects.filter(member=member).select_related("programme")
        for row in _activities(membership)
    ]


def _activities(membership: Membership) -> Iterable[Row]:
    book = current_rulebook(programme_id=membership.programme_id)
    done = list(Activity.objects.filter(membership=membership).order_by("occurred_at", "pk"))
    ids = [activity.pk for activity in done]
    lines: defaultdict[UUID, list[Row]] = defaultdict(list)
    for line in ActivityLine.objects.filter(activity__in=ids).order_by("activity_id", "number"):
        lines[line.activity_id].append(_line(line))
    worth: defaultdict[UUID, list[Row]] = defaultdict(list)
    revisions = ActivityRevision.objects.filter(activity__in=ids).order_by("activity_id", "number")
    for each in revisions:
        said = {"points": each.points, "recorded_at": each.recorded_at, "cause": each.cause}
        worth[each.activity_id].append(_plain(said))
    for activity in done:
        reasons = msgspec.convert(activity.award.get("reasons", []), list[Reason])
        yield {
            "programme": membership.programme.slug,
            **_activity(activity),
            "lines": lines[activity.pk],
            "why": _why(book, reasons),
            "later": worth[activity.pk],
        }


def _activity(activity: Activity) -> Row:
    names = ("id", "type", "source", "external_id", "occurred_at", "recorded_at", "channel")
    more = ("location", "amount", "points", "points_paid", "tender", "original", "attributes")
    return _plain({name: getattr(activity, name) for name in (*names, *more)})


def _line(line: ActivityLine) -> Row:
    names = ("number", "product", "category", "brand", "quantity", "amount", "points", "kind")
    return _plain({name: getattr(line, name) for name in names})


def _why(book: Rulebook, reasons: Iterable[Reason]) -> list[Row]:
    return [
        {
            "rule": reason.rule,
            "version": reason.version,
            "points": reason.points,
            "unit": reason.unit,
            "text": _words(book, reason),
        }
        for reason in reasons
        if reason.outcome is Outcome.APPLIED
    ]


def _words(book: Rulebook, reason: Reason) -> dict[str, str]:
    return dict(reason.name) if "remark" in reason.params else dict(told(book, reason))


# --- Their points --------------------------------------------------------------------------------


def told_statement(member: Member) -> list[Row]:
    """Of each unit: the balance, every movement and every lot of which something remains."""
    return [
        _account(membership, account)
        for membership in Membership.objects.filter(member=member).select_related("programme")
        for account in Account.objects.select_related("unit").filter(
            kind=Account.Kind.MEMBER,
            holder=membership.holder,
            unit__programme=membership.programme_id,
        )
    ]


def _account(membership: Membership, account: Account) -> Row:
    book = current_rulebook(programme_id=membership.programme_id)
    lines = statement(account.pk, limit=_EVERY)
    paid: defaultdict[int, list[Row]] = defaultdict(list)
    for move in LotMove.objects.filter(transfer__in=[line.transfer for line in lines]):
        paid[move.transfer_id].append({"lot": move.lot_id, "points": move.points})
    return {
        "programme": membership.programme.slug,
        "unit": account.unit.code,
        "unit_name": {"nl": account.unit.name_nl, "en": account.unit.name_en},
        "account": str(membership.holder),
        "balance": account.balance,
        "owed": account.owed,
        "movements": [_movement(book, line, paid[line.transfer]) for line in reversed(lines)],
        "lots": [_lot(lot, account) for lot in _open_lots(account)],
    }


def _open_lots(account: Account) -> Iterable[Lot]:
    lots = Lot.objects.filter(account=account, remaining__gt=0)
    return lots.order_by("expires_at", "pk")


def _lot(lot: Lot, account: Account) -> Row:
    end = account.lapses_at if lot.is_sliding else lot.expires_at
    said = {
        "id": lot.pk,
        "granted": lot.granted,
        "remaining": lot.remaining,
        "available_from": lot.available_from,
        "awaits": lot.awaits,
        "expires_at": end,
        "is_sliding": lot.is_sliding,
        "expiry": lot.expiry,
    }
    return _plain(said)


def _movement(book: Rulebook, line: StatementLine, lots: list[Row]) -> Row:
    return {
        **_plain(
            {
                "transfer": line.transfer,
                "at": line.at,
                "kind": line.kind,
                "points": line.points,
                "balance": line.balance_after,
                "source": line.source,
                "external_id": line.external_id,
            }
        ),
        "why": _why(book, line.reasons),
        "lots": lots,
    }


# --- Their tiers ---------------------------------------------------------------------------------


def told_tiers(member: Member) -> list[Row]:
    """Every change of tier, and the tiers that were given by hand."""
    holders = Membership.objects.filter(member=member).values("holder")
    moves = TierMove.objects.filter(account__holder__in=holders).order_by("effective_at", "pk")
    given = TierAssignment.objects.filter(account__holder__in=holders).order_by("starts_at", "pk")
    fields = ("tier_set__key", "before", "after", "cause", "effective_at")
    by_hand = list(
        given.values("tier_set__key", "tier", "starts_at", "ends_at", "ended_at", "reason")
    )
    words = words_of(row["reason"] for row in by_hand)
    return [
        *(_plain(row) for row in moves.values(*fields)),
        *(_plain({**row, "reason": words[row["reason"]]}) for row in by_hand),
    ]
