"""The gate for what the house says of itself: it leaves at once, and has its fate like all else."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from uuid_utils.compat import uuid7

from campaigns.gate.policy import Decision, Facts, Verdict, decide_service
from campaigns.models import Channel, Dispatch
from campaigns.services.sending import send_now, write_down
from campaigns.services.suppressions import suppressed
from campaigns.types import Envelope, Sent
from members.models import Member, Membership
from members.services.messages import MessageDraft, put_messages
from members.services.outgoing import ServiceMail

NEWS, ACCOUNTS = "news", "accounts"
Fate = Dispatch.Fate


class ServiceGate:
    """What the apps below hand over: news for the message box, and mail about an account."""

    @transaction.atomic
    def announce(self, messages: Sequence[MessageDraft]) -> None:
        """Put them in the boxes of those who are there; fate and message in one transaction."""
        members = _members({each.membership_id for each in messages})
        told = [each for each in messages if each.membership_id in members]
        rows = [_news(each, members[each.membership_id]) for each in told]
        Dispatch.objects.bulk_create(rows, ignore_conflicts=True)
        pairs = zip(told, rows, strict=True)
        put_messages(messages=[each for each, row in pairs if row.fate == Fate.SENT])

    def mail(self, mail: ServiceMail, at: datetime) -> bool:
        """Send it in this very request; that it is leaving is written before it does."""
        row = _letter(mail, at)
        row.save(force_insert=True)
        if row.fate == Fate.DROPPED:
            return False
        envelope = Envelope(
            dispatch_id=row.pk,
            membership_id=None,
            to=mail.to,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            at=at,
        )
        answer = send_now(Channel.EMAIL, envelope)
        write_down([(row, answer)], at)
        return isinstance(answer, Sent)


def _members(membership_ids: Iterable[int]) -> dict[int, Member]:
    found = Membership.objects.filter(pk__in=membership_ids).select_related("member")
    return {each.pk: each.member for each in found}


def _news(draft: MessageDraft, member: Member) -> Dispatch:
    """The fate of a message for the box: everybody who is there has one."""
    decision = decide_service(_facts(is_there=_is_there(member)))
    return Dispatch(
        id=uuid7(),
        member=member,
        membership_id=draft.membership_id,
        key=f"news:{draft.membership_id}:{draft.key}",
        channel=Channel.INBOX,
        source=NEWS,
        template=draft.kind,
        sent_at=draft.sent_at if decision.verdict == Verdict.SEND else None,
        **_fate(decision, draft.sent_at, Fate.SENT),
    )


def _letter(mail: ServiceMail, at: datetime) -> Dispatch:
    """The fate of a letter; of an address that nobody has yet, no member stands with it."""
    owner = Member.objects.filter(identifiers__kind="EMAIL", identifiers__value=mail.to.lower())
    is_dead = bool(suppressed(channel=Channel.EMAIL, addresses=[mail.to], is_service=True))
    number = uuid7()
    return Dispatch(
        id=number,
        member=owner.first(),
        key=f"{ACCOUNTS}:{number}",  # asked for again is another letter
        channel=Channel.EMAIL,
        source=ACCOUNTS,
        template=mail.letter[:60],
        **_fate(decide_service(_facts(is_suppressed=is_dead)), at, Fate.SENDING),
    )


def _facts(*, is_there: bool = True, is_suppressed: bool = False) -> Facts:
    return Facts(
        is_there=is_there,
        is_held_out=False,
        has_address=True,
        is_suppressed=is_suppressed,
        agrees=True,
    )


def _is_there(member: Member) -> bool:
    return member.erased_at is None and member.merged_into_id is None


def _fate(decision: Decision, at: datetime, when_let_through: Dispatch.Fate) -> dict[str, Any]:
    is_through = decision.verdict == Verdict.SEND
    return {
        "nature": Dispatch.Nature.SERVICE,
        "fate": when_let_through if is_through else Fate.DROPPED,
        "reason": decision.reason,
        "not_before": at,
        "created_at": at,
        "decided_at": at,
    }
