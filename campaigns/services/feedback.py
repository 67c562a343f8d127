"""What the mail provider tells of a message: it arrived, was opened, bounced, was called spam."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db import transaction

from campaigns.models import Channel, Dispatch, DispatchEvent, Suppression
from campaigns.services.suppressions import suppress
from campaigns.services.tracking import note
from members.models import Purpose
from members.services.consents import may

Kind = DispatchEvent.Kind
ACTOR = "provider"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a provider tells. `address` is used for the suppression and not kept.

    `is_hard`: of a bounce, that the address will never work.
    """

    provider_id: str
    kind: str
    address: str = ""
    is_hard: bool = False


@transaction.atomic
def take_feedback(*, reports: Sequence[Report], at: datetime) -> int:
    """Note what was told, once each; how many were of messages of ours.

    An address that never works, and one whose reader calls our mail spam, is not written to again.
    An opening counts only of who agreed to that.
    """
    known = {
        each.provider_id: each
        for each in Dispatch.objects.filter(
            provider_id__in=[each.provider_id for each in reports if each.provider_id]
        )
    }
    ours = [(known[each.provider_id], each) for each in reports if each.provider_id in known]
    for dispatch, report in ours:
        if report.kind == Kind.OPENED and not _may_watch(dispatch):
            continue
        is_bounce = report.kind == Kind.BOUNCED
        detail = ("hard" if report.is_hard else "soft") if is_bounce else ""
        note(dispatch, report.kind, at, detail)
        _suppress(dispatch, report, at)
    return len(ours)


def _may_watch(dispatch: Dispatch) -> bool:
    member = dispatch.member_id
    return member is not None and may(member_id=member, purpose=Purpose.PROFILING)


def _suppress(dispatch: Dispatch, report: Report, at: datetime) -> None:
    reasons = {
        Kind.COMPLAINED: Suppression.Reason.COMPLAINED,
        Kind.BOUNCED: Suppression.Reason.BOUNCED if report.is_hard else None,
    }
    reason = reasons.get(Kind(report.kind))
    if reason and report.address and dispatch.channel == Channel.EMAIL:
        suppress(channel=Channel.EMAIL, address=report.address, reason=reason, actor=ACTOR, at=at)
