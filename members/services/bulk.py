"""One deed for many members: counted first, done in chunks, each member once whatever happens."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction
from uuid_utils.compat import uuid7

from loyalty.errors import DomainError, InvalidRequest
from loyalty.events import publish
from loyalty.models import Account, Programme
from loyalty.services.adjustments import LARGEST, adjust_points
from loyalty.services.remarks import check_remark
from members.events import BulkAsked
from members.models import BulkDeed, Membership
from members.services.member_search import Chosen, chosen_members
from members.services.notes import write_note

AT_ONCE = 500
"""Members in a chunk, and how many are done while the colleague waits."""

Deed, State = BulkDeed.Deed, BulkDeed.State


@transaction.atomic
def ask_bulk_deed(
    *,
    programme_id: int,
    deed: BulkDeed.Deed,
    chosen: Chosen,
    counted: int,
    points: int = 0,
    text: str,
    key: UUID,
    actor: str,
    at: datetime,
) -> BulkDeed:
    """Have it done for all who are chosen now; under the same key once.

    `counted` is how many the colleague was shown. Raises InvalidRequest for points or words that
    make no sense, when nobody is meant, or when it is not so many any more.
    """
    if known := BulkDeed.objects.filter(pk=key).first():
        return known
    check_remark(text)
    if deed == Deed.POINTS and not 0 < points <= LARGEST:
        raise InvalidRequest(f"Give 1 to {LARGEST} points.", field="points")
    programme = Programme.objects.get(pk=programme_id)
    members = chosen_members(chosen, programme, at=at)
    total = members.count()
    if not total or total != counted:
        raise InvalidRequest(f"It is {total} members now, not {counted}.", field="counted")
    asked = BulkDeed.objects.create(
        id=key,
        programme=programme,
        deed=deed,
        asked=msgspec.to_builtins(chosen),
        points=points,
        text=text,
        total=total,
        last=members.order_by("-pk").values_list("pk", flat=True).first(),
        actor=actor,
        asked_at=at,
    )
    publish(BulkAsked(subject=None, occurred_at=at, of=asked.pk, actor=actor), at=at)
    return asked


def new_key() -> UUID:
    return uuid7()


@transaction.atomic
def work_on_bulk(*, bulk_id: UUID, at: datetime) -> bool:
    """Do it for the next 500; whether there are more. Where another is at it, nothing is done.

    A chunk is one transaction with what it did and how far it came, so a worker that dies has done
    none of it. A member who refuses (an account that was closed) is counted and passed over.
    """
    rows = BulkDeed.objects.select_for_update(skip_locked=True).select_related("programme")
    bulk = rows.filter(pk=bulk_id).exclude(state=State.DONE).first()
    if bulk is None:
        return False
    chunk = _next(bulk)
    doing = _DEEDS[Deed(bulk.deed)]
    for membership in chunk:
        try:
            with transaction.atomic():
                doing(bulk, membership, at)
        except DomainError:
            bulk.refused += 1
        else:
            bulk.done += 1
        bulk.after = membership.member_id
    has_more = len(chunk) == AT_ONCE
    bulk.state = State.RUNNING if has_more else State.DONE
    bulk.ended_at = None if has_more else at
    bulk.save()
    return has_more


def _next(bulk: BulkDeed) -> list[Membership]:
    """The next chunk of those who were meant when it was asked."""
    chosen = msgspec.convert(bulk.asked, Chosen)
    members = chosen_members(chosen, bulk.programme, at=bulk.asked_at).filter(pk__lte=bulk.last)
    if bulk.after:
        members = members.filter(pk__gt=bulk.after)
    ids = list(members.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    of_them = Membership.objects.filter(programme=bulk.programme, member__in=ids)
    return list(of_them.select_related("member").order_by("member_id"))


def _give(bulk: BulkDeed, membership: Membership, at: datetime) -> None:
    if membership.member.user_id and bulk.actor == f"staff:{membership.member.user_id}":
        raise InvalidRequest("Nobody gives points to themselves.")
    account = Account.objects.values_list("id", flat=True).get(
        unit__programme=bulk.programme_id,
        unit__code="points",
        kind=Account.Kind.MEMBER,
        holder=membership.holder,
    )
    adjust_points(
        account_id=account,
        points=bulk.points,
        reason=bulk.text,
        actor=bulk.actor,
        at=at,
        key=f"bulk:{bulk.pk}:{membership.pk}",
    )


def _note(bulk: BulkDeed, membership: Membership, at: datetime) -> None:
    write_note(member_id=membership.member_id, text=bulk.text, author=bulk.actor, at=at)


_DEEDS: dict[BulkDeed.Deed, Callable[[BulkDeed, Membership, datetime], None]] = {
    Deed.POINTS: _give,
    Deed.NOTE: _note,
}


def unfinished_bulk() -> list[UUID]:
    """What waits, or was left behind by a worker that died."""
    waiting = BulkDeed.objects.exclude(state=State.DONE)
    return list(waiting.order_by("asked_at").values_list("pk", flat=True))
