"""What a purchase is judged by, in the memory of each process."""

from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from loyalty.earning.document import Rule
from loyalty.errors import NotFound
from loyalty.models import Account, Category, Programme, Unit
from loyalty.selectors import configuration_version, published_rules
from loyalty.types import Rounding, Words


@dataclass(frozen=True, eq=False)
class Rulebook:
    """A programme's live rules and policies as they are in one version of the configuration."""

    programme_id: int
    version: int
    rules: tuple[Rule, ...]
    rounding: Rounding
    unit_id: int
    issuance_account: int
    redeemed_account: int
    currency: str
    point_worth: Decimal
    zone: ZoneInfo
    points_valid_months: int | None
    labels: dict[str, Words]

    @property
    def time_zone(self) -> str:
        """The name of the programme's zone: in it its days begin and end."""
        return self.zone.key


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
    unit = Unit.objects.get(programme=programme, code="points")
    own = Account.objects.filter(unit=unit).exclude(kind=Account.Kind.MEMBER)
    accounts = dict(own.values_list("kind", "id"))
    return Rulebook(
        programme_id=programme_id,
        version=configuration,
        rules=tuple(published_rules(programme_id)),
        rounding=Rounding(programme.rounding),
        unit_id=unit.pk,
        issuance_account=accounts[Account.Kind.ISSUANCE],
        redeemed_account=accounts[Account.Kind.REDEEMED],
        currency=programme.currency,
        point_worth=programme.point_worth,
        zone=ZoneInfo(programme.time_zone),
        points_valid_months=programme.points_valid_months,
        labels=Category.objects.filter(programme=programme).labels(),
    )
