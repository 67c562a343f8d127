"""The gate: the only way for a message to be sent to anybody.

What could be sent is offered, and written down. Working off decides on what is due, writes every
fate, commits, and only then hands over what may leave: whatever dies in between, nobody gets a
message twice, and what broke off while it was leaving is said to be of unknown fate.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from uuid_utils.compat import uuid7

from campaigns.gate.policy import Decision, Verdict, decide_marketing, decide_service
from campaigns.models import HOLDOUT, UNIVERSAL, Dispatch
from campaigns.services.gate_facts import Known, known_of
from campaigns.services.parking import put_back
from campaigns.services.rewriting import among, rewrite
from campaigns.services.sending import Outgoing, send_out
from campaigns.types import Candidate
from members.models import Membership

BATCH = 1_000
AT_ONCE = 1_000
BROKEN_AFTER = timedelta(minutes=15)

log = structlog.get_logger()

Fate = Dispatch.Fate
_UNDECIDED = (Fate.WAITING, Fate.DELAYED)
_FATES = {
    Verdict.SEND: Fate.SENDING,
    Verdict.DELAY: Fate.DELAYED,
    Verdict.DROP: Fate.DROPPED,
    Verdict.HOLD_OUT: Fate.HELD_OUT,
}
_CLOSED = ("no_address", "no_consent", "suppressed")
_SAME = (
    *("member_id", "membership_id", "nature", "purpose", "source", "template", "context"),
    *("priority", "campaign_id", "participant_id", "arm", "created_at"),
)
_WRITTEN = ["fate", "reason", "not_before", "decided_at", "cap", "cap_days"]


@transaction.atomic
def offer_messages(candidates: Sequence[Candidate], at: datetime) -> None:
    """Write down what could be sent, once for a member and key; what becomes of it is decided later."""
    rows = [_row(candidate, at) for candidate in candidates]
    Dispatch.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def _row(candidate: Candidate, at: datetime) -> Dispatch:
    is_held_out = candidate.arm in (HOLDOUT, UNIVERSAL)
    return Dispatch(
        id=uuid7(),
        member_id=candidate.member_id,
        membership_id=candidate.membership_id,
        key=candidate.key,
        channel=candidate.channel,
        nature=candidate.nature,
        purpose=candidate.purpose,
        source=candidate.source,
        template=candidate.template,
        context=dict(candidate.context),
        priority=candidate.priority,
        not_before=candidate.not_before,
        campaign_id=candidate.campaign_id,
        participant_id=candidate.participant_id,
        arm=candidate.arm,
        otherwise=list(candidate.otherwise),
        fate=Dispatch.Fate.HELD_OUT if is_held_out else Dispatch.Fate.WAITING,
        reason="held_out" if is_held_out else "",
        created_at=at,
        decided_at=at if is_held_out else None,
    )


def work_off(*, at: datetime, limit: int = AT_ONCE) -> int:
    """Decide on up to `limit` messages that are due and send those that may go; how many were.

    Safe many at once: a member whose messages another worker decides on is passed over. One that
    cannot be decided on holds up no other: it is tried again later, and given up in the end.
    """
    _say_broken(at)
    due = _due(at).order_by("not_before", "-priority")
    decided, leaving = _decided(list(due.values_list("pk", flat=True)[:limit]), at)
    send_out(leaving, at=at)
    return decided


def _say_broken(at: datetime) -> None:
    """What was leaving when its worker died is never sent again: it may have left."""
    broken = Dispatch.objects.filter(fate=Fate.SENDING, decided_at__lt=at - BROKEN_AFTER)
    broken.update(fate=Fate.UNKNOWN, reason="broken_off")


def _due(at: datetime) -> QuerySet[Dispatch]:
    return Dispatch.objects.filter(fate__in=_UNDECIDED, not_before__lte=at)


def _decided(ids: Sequence[UUID], at: datetime) -> tuple[int, list[Outgoing]]:
    """Decide on all at once; if one of them breaks it, on each half, until that one is alone."""
    try:
        return _decide(ids, at)
    except (InterfaceError, OperationalError):
        raise  # the database is away: none of them is to blame
    except Exception:
        if len(ids) == 1:
            log.exception("gate_broke", dispatch=str(ids[0]))
            put_back(ids, of=_UNDECIDED, at=at)
            return 1, []
    middle = len(ids) // 2
    (first, these), (second, those) = _decided(ids[:middle], at), _decided(ids[middle:], at)
    return first + second, [*these, *those]


@transaction.atomic
def _decide(ids: Sequence[UUID], at: datetime) -> tuple[int, list[Outgoing]]:
    """Write the fate of what is due; what may leave is SENDING from the commit on."""
    due = _claimed(ids, at)
    known = known_of(due, at=at)
    for dispatch in due:
        _settle(dispatch, _decision(dispatch, known, at), at)
        _note_cap(dispatch, known)
        if dispatch.fate == Fate.SENDING and dispatch.membership_id and dispatch.purpose:
            known.sent.setdefault(dispatch.membership_id, []).append(at)
    rewrite(due, _WRITTEN)
    instead = [_instead(each, at) for each in due if _is_closed(each)]
    Dispatch.objects.bulk_create(instead, ignore_conflicts=True)
    leaving = [
        Outgoing(dispatch=each, to=known.addresses[each.channel, each.member_id])
        for each in due
        if each.fate == Fate.SENDING and each.member_id
    ]
    return len(due), leaving


def _claimed(ids: Sequence[UUID], at: datetime) -> list[Dispatch]:
    """Those still due, each member's all in one hand: the cap is counted over all of them."""
    rows = list(
        _due(at)
        .filter(pk__in=among(ids, "uuid"))
        .order_by("pk")
        .select_for_update(skip_locked=True)
    )
    wanted = {row.membership_id for row in rows if row.membership_id}
    locked = Membership.objects.filter(pk__in=among(wanted, "bigint")).order_by("pk")
    mine = set(locked.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
    free = [row for row in rows if row.membership_id is None or row.membership_id in mine]
    return sorted(free, key=lambda row: (-row.priority, row.created_at, row.pk))


def _decision(dispatch: Dispatch, known: Known, at: datetime) -> Decision:
    facts = known.facts[dispatch.pk]
    if dispatch.nature == Dispatch.Nature.SERVICE:
        return decide_service(facts)
    if dispatch.membership_id not in known.rules:
        return Decision(Verdict.DROP, "gone")
    return decide_marketing(
        facts,
        known.rules[dispatch.membership_id],
        asked_at=dispatch.created_at,
        sent=known.sent.get(dispatch.membership_id, []),
        at=at,
    )


def _settle(dispatch: Dispatch, decision: Decision, at: datetime) -> None:
    dispatch.fate, dispatch.reason = _FATES[decision.verdict], decision.reason
    dispatch.not_before = decision.not_before or dispatch.not_before
    dispatch.decided_at = at


def _is_closed(dispatch: Dispatch) -> bool:
    """Whether its channel turned out closed to this member, and another may be open."""
    return bool(dispatch.otherwise) and dispatch.reason in _CLOSED and dispatch.fate == Fate.DROPPED


def _instead(closed: Dispatch, at: datetime) -> Dispatch:
    """The same message by the next channel; asked for when the first was, so its patience is one."""
    channel, *rest = closed.otherwise
    step, _, _closed_channel = closed.key.rpartition(":")
    same = {field: getattr(closed, field) for field in _SAME}
    return Dispatch(
        id=uuid7(),
        key=f"{step}:{channel}",
        channel=channel,
        otherwise=rest,
        fate=Fate.WAITING,
        not_before=at,
        **same,
    )


def _note_cap(dispatch: Dispatch, known: Known) -> None:
    """Keep by which cap it was let through: the policy may change, and the audit asks."""
    rules = known.rules.get(dispatch.membership_id or 0)
    if rules and dispatch.fate == Fate.SENDING and dispatch.nature == Dispatch.Nature.MARKETING:
        dispatch.cap, dispatch.cap_days = rules.cap, rules.window.days
