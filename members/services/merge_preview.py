"""What a merge would change, found by doing it and taking it back: nothing stays of it."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from loyalty.errors import DomainError
from loyalty.models import Account
from members.models import ActivityRevision, Identifier, Member, Membership
from members.selectors import tiers_of
from members.services.merging import merge_members

Side = tuple[UUID, UUID]  # kept, absorbed


class Held(NamedTuple):
    """What both hold of a unit, and what the kept one holds afterwards; debts taken off."""

    unit: str
    name: str
    kept: int
    absorbed: int
    after: int

    @property
    def difference(self) -> int:
        return self.after - self.kept - self.absorbed


class Tier(NamedTuple):
    """The tier of a set by name, of both and afterwards; empty for none."""

    name: str
    kept: str
    absorbed: str
    after: str


class Preview(NamedTuple):
    """`blocked` is why it cannot be; else what both hold and have, and how many activities change."""

    held: list[Held]
    tiers: list[Tier]
    activities: int
    identifiers: int
    blocked: DomainError | None = None

    @property
    def sentences(self) -> list[str]:
        """What changes, in the reader's language."""
        told = [
            ngettext(
                "%(count)s address, number or card goes over.",
                "%(count)s addresses, numbers and cards go over.",
                self.identifiers,
            )
            % {"count": self.identifiers}
        ]
        told += [_held_told(each) for each in self.held]
        if self.activities:
            told.append(
                ngettext(
                    "%(count)s activity is worth something else in the joined history.",
                    "%(count)s activities are worth something else in the joined history.",
                    self.activities,
                )
                % {"count": self.activities}
            )
        told += [
            _("%(set)s: %(tier)s from now on.")
            % {"set": each.name, "tier": each.after or _("none")}
            for each in self.tiers
            if each.after != each.kept
        ]
        return told


def preview_merge(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Preview:
    """What merging the two at that moment changes; nothing is written and nobody is told."""
    pair = kept_id, absorbed_id
    before = _figures(pair, at)
    after, changed, refusal = before, 0, None
    try:
        with transaction.atomic():
            merge = merge_members(
                kept_id=kept_id, absorbed_id=absorbed_id, reason="preview", actor="preview", at=at
            )
            done = ActivityRevision.objects.filter(
                activity__membership__member=kept_id, cause=merge.pk
            )
            after, changed = _figures(pair, at), done.count()
            transaction.set_rollback(True)
    except DomainError as found:
        refusal = found
    return Preview(
        held=[
            Held(unit, name, held.get(kept_id, 0), held.get(absorbed_id, 0), _of(after, unit, pair))
            for (unit, name), held in before.units.items()
        ],
        tiers=[
            Tier(name, tiers.get(kept_id, ""), tiers.get(absorbed_id, ""), _tier(after, name, pair))
            for name, tiers in before.tiers.items()
        ],
        activities=changed,
        identifiers=Identifier.objects.filter(member=absorbed_id).count(),
        blocked=refusal,
    )


class _Figures(NamedTuple):
    units: dict[tuple[str, str], dict[UUID, int]]
    tiers: dict[str, dict[UUID, str]]


def _figures(pair: Side, at: datetime) -> _Figures:
    units: dict[tuple[str, str], dict[UUID, int]] = {}
    tiers: dict[str, dict[UUID, str]] = {}
    language: Any = "nl" if (get_language() or "nl").startswith("nl") else "en"
    memberships = Membership.objects.select_related("programme").filter(member__in=pair)
    for membership in memberships.order_by("pk"):
        accounts = Account.objects.select_related("unit").filter(
            unit__programme=membership.programme_id, holder=membership.holder, kind="MEMBER"
        )
        for account in accounts.order_by("unit__code"):
            name = account.unit.name_nl if language == "nl" else account.unit.name_en
            of_unit = units.setdefault((account.unit.code, name), {})
            held = of_unit.get(membership.member_id, 0) + account.balance - account.owed
            of_unit[membership.member_id] = held
        for tier in tiers_of(membership, language, at=at):
            tiers.setdefault(tier.name, {})[membership.member_id] = tier.tier_name
    return _Figures(units, tiers)


def _of(figures: _Figures, unit: str, pair: Side) -> int:
    return sum(
        held.get(pair[0], 0) for (code, _name), held in figures.units.items() if code == unit
    )


def _tier(figures: _Figures, name: str, pair: Side) -> str:
    return figures.tiers.get(name, {}).get(pair[0], "")


def _held_told(held: Held) -> str:
    said = {"unit": held.name, "kept": held.kept, "absorbed": held.absorbed, "after": held.after}
    told = _("%(unit)s: %(kept)s and %(absorbed)s become %(after)s.") % said
    if held.difference > 0:
        told += " " + _("That is %(more)s more, because rules look at both histories.") % {
            "more": held.difference
        }
    elif held.difference < 0:
        told += " " + _("That is %(less)s less, because rules look at both histories.") % {
            "less": -held.difference
        }
    return told


def members_of(pair: Side) -> tuple[Member, Member]:
    """Both, with what finds them. Raises Member.DoesNotExist."""
    known = Member.objects.prefetch_related("identifiers", "memberships").in_bulk(pair)
    if len(known) != len(set(pair)):
        raise Member.DoesNotExist
    return known[pair[0]], known[pair[1]]
