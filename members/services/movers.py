"""What this app keeps of a person, and how it goes over when two records are one.

Activities and points go apart from these (members.services.merging): they are folded again.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Exists, Model, OuterRef, QuerySet

from members.belongings import Mover, register_mover
from members.models import (
    GuestSale,
    Identifier,
    MemberLook,
    Membership,
    Message,
    Note,
    Preference,
    ProfileAnswer,
    SegmentMembership,
    TimelineEntry,
    Visitor,
    WalletPass,
)

_CONSENTS = "SELECT members_move_consents(%s, %s, %s)"


def repointing(
    key: str,
    model: type[Model],
    field: str,
    *,
    once: Sequence[str] = (),
    of_person: bool = False,
) -> Mover:
    """A mover of rows that name their owner in `field`.

    Of rows that can be there once per owner and `once`, the kept owner's own stays and the other
    stays with the absorbed one.
    """
    rows: QuerySet[Any] = QuerySet(model)

    def owner(membership: Membership) -> Any:
        return membership.member_id if of_person else membership.pk

    def move(absorbed: Membership, kept: Membership) -> Sequence[Any]:
        own = rows.filter(**{field: owner(absorbed)})
        if once:
            same = {each: OuterRef(each) for each in once}
            own = own.exclude(Exists(rows.filter(**{field: owner(kept)}, **same)))
        ids = [*own.order_by("pk").values_list("pk", flat=True)]
        rows.filter(pk__in=ids).update(**{field: owner(kept)})
        return [each if isinstance(each, int) else str(each) for each in ids]

    def move_back(ids: Sequence[Any], absorbed: Membership) -> None:
        back = rows.filter(pk__in=ids)
        if once:
            same = {each: OuterRef(each) for each in once}
            back = back.exclude(Exists(rows.filter(**{field: owner(absorbed)}, **same)))
        rows.filter(pk__in=[*back.values_list("pk", flat=True)]).update(**{field: owner(absorbed)})

    return Mover(key=key, move=move, move_back=move_back, is_of_person=of_person)


def _consents() -> Mover:
    def move(absorbed: Membership, kept: Membership) -> Sequence[int]:
        with connection.cursor() as cursor:
            cursor.execute(_CONSENTS, [absorbed.member_id, kept.member_id, None])
            moved: Sequence[int] = cursor.fetchone()[0]
        return moved

    def move_back(ids: Sequence[int], absorbed: Membership) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT members_move_consents(m.merged_into_id, m.id, %s)"
                " FROM members_member m WHERE m.id = %s AND m.merged_into_id IS NOT NULL",
                [list(ids), absorbed.member_id],
            )

    return Mover(key="consents", move=move, move_back=move_back, is_of_person=True)


def register_movers() -> None:
    """Have a merge know them; done when the app starts."""
    person: list[tuple[str, type[Model], Sequence[str]]] = [
        ("identifiers", Identifier, ()),
        ("answers", ProfileAnswer, ["field"]),
        ("notes", Note, ()),
        ("timeline", TimelineEntry, ()),
        ("visitors", Visitor, ()),
        ("looks", MemberLook, ["actor", "deed", "what", "on"]),
    ]
    for key, model, once in person:
        register_mover(repointing(key, model, "member", once=once, of_person=True))
    register_mover(_consents())
    register_mover(repointing("preferences", Preference, "membership", once=["kind", "key"]))
    register_mover(repointing("messages", Message, "membership", once=["key"]))
    register_mover(repointing("wallet passes", WalletPass, "membership", once=["wallet"]))
    register_mover(repointing("claims", GuestSale, "claimed_by"))
    register_mover(repointing("segments", SegmentMembership, "membership"))
