"""What a purchase is judged by, in the memory of each process."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from loyalty.earning.document import Rule
from loyalty.earning.ruleset import RuleSet
from loyalty.errors import NotFound
from loyalty.labels import labels_of
from loyalty.models import Account, Programme
from loyalty.selectors import configuration_version
from loyalty.services import rule_sets
from loyalty.types import Rounding, Words

Kind = Account.Kind


class UnitAccounts(NamedTuple):
    """A unit and the programme's own accounts for it, by id."""

    unit_id: int
    issuance: int
    redeemed: int
    expired: int
    returned: int
    adjustment: int
    donated: int


@dataclass(frozen=True, eq=False)
class Rulebook:
    """A programme's live rules and policies as they are in one version of the configuration."""

    programme_id: int
    version: int
    rule_set_id: int
    rule_set: RuleSet
    units: dict[str, UnitAccounts]
    point_worth: Decimal
    zone: ZoneInfo
    labels: dict[str, Words]

    @property
    def time_zone(self) -> str:
        """The name of the programme's zone: in it its days begin and end."""
        return self.zone.key

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self.rule_set.rules

    @property
    def rounding(self) -> Rounding:
        return self.rule_set.rounding

    @property
    def currency(self) -> str:
        return self.rule_set.currency

    @property
    def unit_id(self) -> int:
        """Of the unit "points"; so are the accounts below."""
        return self.units["points"].unit_id

    @property
    def issuance_account(self) -> int:
        return self.units["points"].issuance

    @property
    def redeemed_account(self) -> int:
        return self.units["points"].redeemed


_books: dict[int, Rulebook] = {}


def rulebook(*, programme_id: int, configuration: int) -> Rulebook:
    """The programme's rules in that version of the configuration, kept until the next.

    Never older than that version; when a newer one is being published at this very moment it may
    be newer. Raises NotFound for an unknown programme.
    """
    known = _books.get(programme_id)
    if known is None or known.version != configuration:
        known = _load(programme_id, configuration)
        _books[programme_id] = known
    return known


def current_rulebook(*, programme_id: int) -> Rulebook:
    """The programme's rules as they are now; asks the database for the version alone."""
    return rulebook(programme_id=programme_id, configuration=configuration_version())


def _load(programme_id: int, configuration: int) -> Rulebook:
    programme = Programme.objects.filter(pk=programme_id).first()
    if programme is None:
        raise NotFound("There is no such programme.")
    kept = rule_sets.current_rule_set(programme_id=programme_id)
    return Rulebook(
        programme_id=programme_id,
        version=configuration,
        rule_set_id=kept.pk,
        rule_set=rule_sets.rule_set(kept.pk),
        units=_units(programme_id),
        point_worth=programme.point_worth,
        zone=ZoneInfo(programme.time_zone),
        labels=labels_of(programme_id),
    )


def _units(programme_id: int) -> dict[str, UnitAccounts]:
    own = Account.objects.filter(unit__programme_id=programme_id, holder=None)
    accounts: dict[str, dict[str, int]] = {}
    unit_ids: dict[str, int] = {}
    for code, unit_id, kind, account in own.values_list("unit__code", "unit_id", "kind", "id"):
        unit_ids[code] = unit_id
        accounts.setdefault(code, {})[kind] = account
    return {
        code: UnitAccounts(
            unit_id=unit_ids[code],
            issuance=kinds[Kind.ISSUANCE],
            redeemed=kinds[Kind.REDEEMED],
            expired=kinds[Kind.EXPIRED],
            returned=kinds[Kind.RETURNED],
            adjustment=kinds[Kind.ADJUSTMENT],
            donated=kinds[Kind.DONATED],
        )
        for code, kinds in accounts.items()
    }
