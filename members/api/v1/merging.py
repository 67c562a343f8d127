from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.bodies import ONE_LINE, decode
from loyalty.api.callers import Caller, caller_of
from loyalty.api.operations import Operation
from loyalty.errors import NotFound
from loyalty.services.idempotency import Answer, answer_once, fingerprint_of
from members.api.v1.answers import MergeAnswer
from members.api.v1.member import noted
from members.models import MemberLook, Merge
from members.selectors import find_membership
from members.services.merging import merge_members
from members.services.parting import part_members

Why = Annotated[str, Meta(min_length=1, max_length=300, pattern=ONE_LINE)]


class MergeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The other record of the same person, which becomes part of this one; and why."""

    other: UUID
    reason: Why


class PartRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why they are two people after all."""

    reason: Why


class MemberMerge(APIView):
    """Make two records of one person one, as if they had always been one.

    Cards, addresses, points with their dates, purchases and vouchers go over; both histories are
    judged as one. The other's id leads to this member from then on.
    """

    scopes = {"POST": "members:write"}
    operations = {
        "POST": Operation(
            id="merge_member", body=MergeRequest, answers={201: MergeAnswer}, is_keyed=True
        )
    }

    def post(self, request: Request, member_id: UUID) -> HttpResponse:
        caller, now = caller_of(request), timezone.now()
        wanted = decode(request, MergeRequest)
        membership = find_membership(caller.programme_id, str(member_id))
        find_membership(caller.programme_id, str(wanted.other))
        answer = answer_once(
            caller=caller.scope_of_keys,
            key=request.headers.get("Idempotency-Key", ""),
            fingerprint=fingerprint_of("POST merge", str(member_id), wanted),
            at=now,
            deed=lambda: Answer(201, _merged(caller, member_id, wanted, now)),
        )
        noted(caller, membership, MemberLook.Deed.CHANGED, now, "merge")
        return answered(msgspec.convert(answer.body, MergeAnswer), status=answer.status)


class MergeParted(APIView):
    """Undo a merge: what went over goes back, as far as it is still there."""

    scopes = {"POST": "members:write"}
    operations = {
        "POST": Operation(
            id="part_merge", body=PartRequest, answers={200: MergeAnswer}, is_keyed=True
        )
    }

    def post(self, request: Request, merge_id: UUID) -> HttpResponse:
        caller, now = caller_of(request), timezone.now()
        wanted = decode(request, PartRequest)
        merge = Merge.objects.filter(pk=merge_id).first()
        if merge is None:
            raise NotFound("There is no such merge.")
        membership = find_membership(caller.programme_id, str(merge.kept_id))
        answer = answer_once(
            caller=caller.scope_of_keys,
            key=request.headers.get("Idempotency-Key", ""),
            fingerprint=fingerprint_of("POST part", str(merge_id), wanted),
            at=now,
            deed=lambda: Answer(200, _parted(caller, merge_id, wanted, now)),
        )
        noted(caller, membership, MemberLook.Deed.CHANGED, now, "merge")
        return answered(msgspec.convert(answer.body, MergeAnswer), status=answer.status)


def _merged(caller: Caller, kept: UUID, wanted: MergeRequest, at: datetime) -> dict[str, Any]:
    merge = merge_members(
        kept_id=kept, absorbed_id=wanted.other, reason=wanted.reason, actor=caller.actor, at=at
    )
    return _told(merge)


def _parted(caller: Caller, merge_id: UUID, wanted: PartRequest, at: datetime) -> dict[str, Any]:
    merge = part_members(merge_id=merge_id, reason=wanted.reason, actor=caller.actor, at=at)
    return _told(merge)


def _told(merge: Merge) -> dict[str, Any]:
    answer = MergeAnswer(
        id=merge.pk,
        member=merge.kept_id,
        other=merge.absorbed_id,
        merged_at=merge.merged_at,
        parted_at=merge.parted_at,
    )
    told: dict[str, Any] = msgspec.to_builtins(answer)
    return told
