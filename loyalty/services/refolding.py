"""Every member's history judged again, beside the awards and the standings that are kept."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from uuid import UUID

from loyalty.earning.standing import Standing, read_standing, write_standing
from loyalty.models import Programme
from loyalty.models import Standing as StandingRow
from loyalty.services.audit import SHOWN, Seen
from loyalty.services.back_test_check import Folded, check_live_rules
from loyalty.services.pasts import archive

AWARDS = "explained again"
STANDINGS = "I15 standings"
PROMISES = {
    AWARDS: "Each activity, judged again by its rule set and its facts, earns what is booked.",
    STANDINGS: "Counts, limits used and tiers of a member are the fold of what they did.",
}
_FIRST = datetime(1, 1, 2, tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)


def refold() -> Mapping[str, Seen]:
    """Judge everything again and compare; in bounded memory, one member after the other."""
    activities = different = 0
    examples: list[Mapping[str, str]] = []
    standings = _Standings()
    for programme in Programme.objects.order_by("pk").values_list("pk", flat=True):
        if not archive().count(programme, until=_LAST):
            continue
        standings.of(programme)
        checked = check_live_rules(
            programme_id=programme, since=_FIRST, until=_LAST, folded=standings.compare
        )
        activities += checked.activities
        different += checked.different
        examples += [each._asdict() for each in checked.first]
    return {
        AWARDS: Seen(activities, different, examples),
        STANDINGS: Seen(standings.compared, standings.different, standings.examples),
    }


class _Standings:
    """The comparison of standings under way."""

    def __init__(self) -> None:
        self.compared = self.different = 0
        self.examples: list[Mapping[str, str]] = []
        self._programme = 0

    def of(self, programme_id: int) -> None:
        """From here on the members are this programme's."""
        self._programme = programme_id

    def compare(self, folded: Folded) -> None:
        """Count the member, and their standing if it is another than what was folded."""
        kept = _kept(self._programme, folded.holder)
        if kept is None and any(each.deed.given for each in folded.history.judged):
            return  # from before standings were kept
        self.compared += 1
        told = list(_differences(kept or Standing(), folded))
        self.different += bool(told)
        if told and len(self.examples) < SHOWN:
            self.examples.append({"holder": str(folded.holder)} | dict(told))


def _kept(programme_id: int, holder: UUID) -> Standing | None:
    row = (
        StandingRow.objects.filter(
            account__holder=holder,
            account__kind="MEMBER",
            account__unit__programme_id=programme_id,
            sequence__gt=0,
        )
        .values_list("document", "last_at")
        .first()
    )
    return read_standing(row[0]) if row and row[1] else None


def _differences(kept: Standing, folded: Folded) -> Iterator[tuple[str, str]]:
    """What is not the same, as kept and as folded.

    What tiers are tallied for is what the rule sets said that were live at the time: it is the same
    for sure only while all of them have the same tier sets.
    """
    again = folded.history.standing
    pairs: dict[str, tuple[object, object]] = {
        "counts": (kept.counts, again.counts),
        "used": (kept.used, again.used),
        "last_at": (kept.last_at, again.last_at),
    }
    if all(rules.tier_sets == folded.current.tier_sets for rules in folded.rules.values()):
        only = Standing(tallies=kept.tallies, qualified=kept.qualified)
        other = Standing(tallies=again.tallies, qualified=again.qualified)
        pairs["tiers"] = (write_standing(only), write_standing(other))
        if (only.tallies, only.qualified) == (other.tallies, other.qualified):
            del pairs["tiers"]
    for what, (booked, judged) in pairs.items():
        if booked != judged:
            yield what, f"{booked} is kept, {judged} is the fold"
