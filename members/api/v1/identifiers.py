from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.bodies import decode
from loyalty.api.callers import caller_of
from loyalty.api.operations import Operation
from loyalty.api.pages import query
from members.api.v1.answers import IdentifierItem, IdentifiersAnswer
from members.identifiers import ParsedIdentifier
from members.models import Identifier, Membership
from members.selectors import card_number, find_membership, known_by
from members.services.cards import add_identifier, block_card, move_card, remove_identifier

Reason = Annotated[str, Meta(pattern=r"^(LOST|STOLEN|DAMAGED|REPLACED)(?![\s\S])")]


class IdentifierToAdd(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By what else the member is to be found. It counts as not verified."""

    identifier: Annotated[str, Meta(max_length=300, examples=["card:12345678"])]


class IdentifierToBlock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was lost; with `new_card` the member goes on with that one ("virtual" for a new number).

    What was blocked finds nobody, and nobody can have it again.
    """

    identifier: Annotated[int, Meta(ge=1, description="Its id, as the list of them gives it.")]
    reason: Reason = "LOST"
    new_card: Annotated[
        str, Meta(pattern=r"^(virtual|[0-9]{8,19})?(?![\s\S])", examples=["virtual"])
    ] = ""


class MemberIdentifiers(APIView):
    """By what a member is found: cards, addresses, telephones, numbers in other systems."""

    scopes = {"GET": "members:read", "POST": "members:write"}
    operations = {
        "GET": Operation(id="list_identifiers", answers={200: IdentifiersAnswer}),
        "POST": Operation(
            id="add_identifier", body=IdentifierToAdd, answers={200: IdentifiersAnswer}
        ),
    }

    def get(self, request: Request, member_id: UUID) -> HttpResponse:
        query(request)
        return _answered(_membership(request, member_id))

    def post(self, request: Request, member_id: UUID) -> HttpResponse:
        wanted = decode(request, IdentifierToAdd)
        membership = _membership(request, member_id)
        add_identifier(
            member_id=membership.member_id,
            identifier=wanted.identifier,
            actor=caller_of(request).actor,
            at=timezone.now(),
        )
        return _answered(membership)


class MemberIdentifier(APIView):
    """One of them."""

    scopes = {"DELETE": "members:write"}
    operations = {"DELETE": Operation(id="remove_identifier", answers={200: IdentifiersAnswer})}

    def delete(self, request: Request, member_id: UUID, identifier_id: int) -> HttpResponse:
        query(request)
        membership = _membership(request, member_id)
        remove_identifier(
            member_id=membership.member_id,
            identifier_id=identifier_id,
            actor=caller_of(request).actor,
            at=timezone.now(),
        )
        return _answered(membership)


class BlockedIdentifiers(APIView):
    """A lost card: blocked, and moved to another if wanted."""

    scopes = {"POST": "members:write"}
    operations = {
        "POST": Operation(
            id="block_identifier", body=IdentifierToBlock, answers={200: IdentifiersAnswer}
        )
    }

    def post(self, request: Request, member_id: UUID) -> HttpResponse:
        wanted = decode(request, IdentifierToBlock)
        membership = _membership(request, member_id)
        said: dict[str, Any] = {
            "member_id": membership.member_id,
            "identifier_id": wanted.identifier,
            "reason": wanted.reason,
            "actor": caller_of(request).actor,
            "at": timezone.now(),
        }
        if wanted.new_card:
            number = wanted.new_card if wanted.new_card != "virtual" else ""
            move_card(number=number, **said)
        else:
            block_card(**said)
        return _answered(membership)


def _membership(request: Request, member_id: UUID) -> Membership:
    return find_membership(caller_of(request).programme_id, str(member_id))


def _answered(membership: Membership) -> HttpResponse:
    return answered(
        IdentifiersAnswer(
            items=[_item(each) for each in known_by(membership.member_id)],
            card=card_number(membership.member_id),
        )
    )


def _item(identifier: Identifier) -> IdentifierItem:
    key = ParsedIdentifier(identifier.kind, identifier.system, identifier.value)
    return IdentifierItem(
        id=identifier.pk,
        identifier=str(key),
        is_virtual=identifier.is_virtual,
        added_at=identifier.added_at,
        verified_at=identifier.verified_at,
        blocked_at=identifier.blocked_at,
    )
