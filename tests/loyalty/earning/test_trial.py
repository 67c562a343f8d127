from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from loyalty.earning.trial import DRAFT, LIVE, Compared, Side, Trial
from loyalty.earning.trial_figures import EDGES, TOP, Change, Figures
from loyalty.types import Award, Grant, Outcome, Reason

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONDAY = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
UNTIL = MONDAY + timedelta(days=60)


def reason(rule: str, points: int, **more: object) -> Reason:
    given = {"outcome": Outcome.APPLIED, "code": "per_amount", "name": {"en": rule}} | more
    return Reason(rule=rule, version=1, points=points, **given)


def award(**points: int) -> Award:
    """What these rules gave, each so many points."""
    total = sum(points.values())
    return Award(
        points=total,
        loose_points=total,
        grants=(Grant(points=total, loose_points=total),) if total else (),
        reasons=tuple(reason(rule, given) for rule, given in points.items()),
    )


def compared(live: Award, draft: Award, *, at: datetime = MONDAY, **more: object) -> Compared:
    given = {"live_tiers": {}, "draft_tiers": {}, "segments": ()} | more
    return Compared(
        at, given["segments"], Side(live, given["live_tiers"]), Side(draft, given["draft_tiers"])
    )


@pytest.fixture
def trial() -> Trial:
    return a_trial()


def a_trial(months: tuple[int, int] = (24, 24)) -> Trial:
    def ends(days: int):
        return lambda _grant, at: at + timedelta(days=days)

    return Trial(
        zone=AMSTERDAM, until=UNTIL, lapses_at=(ends(months[0] * 30), ends(months[1] * 30))
    )


def told(trial: Trial, *, worth: str = "0.01", spent: dict[str, int] | None = None) -> Figures:
    trial.close_all(spent=spent or {})
    return trial.figures(order="member", currency="EUR", point_worth=Decimal(worth))


class TestTrial:
    def test_finds_nothing_in_nothing(self, trial):
        figures = told(trial)

        assert (figures.activities, figures.units, figures.rules) == (0, [], [])
        assert figures.members.members == 0
        assert (figures.cost.live_amount, figures.cost.draft_amount) == ("0.00", "0.00")

    def test_adds_up_points_activities_and_money(self, trial):
        trial.add("anna", compared(award(base=100), award(base=150)))
        trial.add("anna", compared(award(base=40), award(base=40)))
        trial.add("bo", compared(award(base=7), award()))

        figures = told(trial, worth="0.0125")

        assert (figures.activities, figures.changed) == (3, 2)
        [units] = figures.units
        assert (units.key, units.live, units.draft) == ("points", 147, 190)
        cost = figures.cost
        assert (cost.live, cost.live_amount) == (147, "1.84")  # 1.8375
        assert (cost.draft, cost.draft_amount) == (190, "2.38")  # 2.375

    def test_counts_other_units_apart_from_points(self, trial):
        stamps = Award(
            points=0,
            grants=(Grant(points=3, unit="stamps"),),
            reasons=(reason("card", 3, unit="stamps"),),
        )

        trial.add("anna", compared(award(base=10), stamps))
        figures = told(trial)

        assert [(each.key, each.live, each.draft) for each in figures.units] == [
            ("points", 10, 0),
            ("stamps", 0, 3),
        ]
        card = figures.rules[1]
        assert (card.rule, card.draft, card.draft_activities) == ("card", 0, 1)

    def test_tells_what_each_rule_gave_and_how_often(self, trial):
        trial.add("anna", compared(award(base=100), award(base=100, paint=50)))
        trial.add("bo", compared(award(base=10, old=5), award(base=10)))

        figures = told(trial)

        assert [
            (r.rule, r.live, r.draft, r.live_activities, r.draft_activities) for r in figures.rules
        ] == [("base", 110, 110, 2, 2), ("old", 5, 0, 1, 0), ("paint", 0, 50, 0, 1)]
        assert figures.rules[2].name == {"en": "paint"}

    def test_counts_an_activity_once_for_a_rule_with_two_effects(self, trial):
        twice = Award(points=3, reasons=(reason("base", 1), reason("base", 2)))

        trial.add("anna", compared(award(), twice))
        figures = told(trial)

        assert (figures.rules[0].draft, figures.rules[0].draft_activities) == (3, 1)
        assert (figures.overlapping, figures.overlaps) == (0, [])

    def test_leaves_out_rules_that_gave_nothing(self, trial):
        near = Award(points=0, reasons=(reason("fifty", 0, outcome=Outcome.NEAR_MISS),))

        trial.add("anna", compared(near, near))

        assert told(trial).rules == []

    def test_puts_activities_in_the_local_week(self, trial):
        sunday_night = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # half past midnight in Amsterdam
        trial.add("anna", compared(award(base=1), award(base=2), at=sunday_night))
        trial.add("anna", compared(award(base=3), award(base=4)))
        trial.add("anna", compared(award(base=5), award(base=6), at=MONDAY + timedelta(days=7)))

        weeks = [(w.starts_on, w.activities, w.live, w.draft) for w in told(trial).weeks]

        assert weeks == [(date(2026, 3, 2), 2, 4, 6), (date(2026, 3, 9), 1, 5, 6)]

    def test_sets_each_sides_points_under_the_tier_that_it_saw(self, trial):
        trial.add(
            "anna",
            compared(
                award(base=10),
                award(base=30),
                live_tiers={"main": "silver"},
                draft_tiers={"main": "gold"},
                segments=["decorators", "new"],
            ),
        )

        figures = told(trial)

        assert [(t.of, t.key, t.live, t.draft) for t in figures.tiers] == [
            ("main", "gold", 0, 30),
            ("main", "silver", 10, 0),
        ]
        assert [(s.key, s.live, s.draft, s.activities) for s in figures.segments] == [
            ("decorators", 10, 30, 1),
            ("new", 10, 30, 1),
        ]

    def test_pairs_the_rules_of_the_draft_that_hit_the_same_activities(self, trial):
        trial.add("anna", compared(award(a=1, b=1), award(a=1, b=1, c=1)))
        trial.add("anna", compared(award(a=1, b=1), award(c=1, a=1)))
        trial.add("anna", compared(award(a=1, b=1), award(b=1)))

        figures = told(trial)

        assert figures.overlapping == 2
        assert [(each.rules, each.activities) for each in figures.overlaps] == [
            (("a", "c"), 2),
            (("a", "b"), 1),
            (("b", "c"), 1),
        ]

    def test_counts_moves_between_tiers_and_where_members_end(self, trial):
        trial.moved(LIVE, "main", "", "silver")
        trial.moved(DRAFT, "main", "", "silver")
        trial.moved(DRAFT, "main", "silver", "gold")
        trial.ended(LIVE, "main", "silver")
        trial.ended(DRAFT, "main", "gold")

        figures = told(trial)

        assert [(m.before, m.after, m.live, m.draft) for m in figures.tier_moves] == [
            ("", "silver", 1, 1),
            ("silver", "gold", 0, 1),
        ]
        assert [(t.key, t.live, t.draft) for t in figures.tier_members] == [
            ("gold", 0, 1),
            ("silver", 1, 0),
        ]


class TestWinnersAndLosers:
    def test_are_members_whose_points_change_over_the_whole_period(self, trial):
        trial.add("anna", compared(award(base=10), award(base=30)))
        trial.add("bo", compared(award(base=10), award(base=5)))
        trial.add("cas", compared(award(base=10), award()))
        trial.add("cas", compared(award(), award(base=10)))

        members = told(trial).members

        assert (members.members, members.winners, members.losers, members.unchanged) == (3, 1, 1, 1)
        assert (members.gained, members.lost) == (20, 5)
        assert members.top_winners == [Change(holder="anna", live=10, draft=30, change=20)]
        assert members.top_losers == [Change(holder="bo", live=10, draft=5, change=-5)]

    @pytest.mark.parametrize("closing", [True, False])
    def test_shows_the_largest_of_many_also_when_closed_one_by_one(self, trial, closing):
        for n in range(500):
            holder = f"m{n * 7 % 500:03}"
            trial.add(holder, compared(award(), award(base=n * 7 % 500 + 1)))
            if closing:
                trial.close(holder)

        top = told(trial).members.top_winners

        assert [each.change for each in top] == list(range(500, 500 - TOP, -1))
        assert top[0].holder == "m499"

    @pytest.mark.parametrize(
        ("change", "band"),
        [(-1001, (None, -1000)), (-1000, (-1000, -500)), (-1, (-10, 0)), (0, (0, 1)), (1, (1, 11))],
    )
    def test_fall_in_one_band_of_change(self, trial, change, band):
        trial.add("anna", compared(award(base=2000), award(base=2000 + change)))

        bands = told(trial).members.distribution

        assert len(bands) == len(EDGES) + 1
        assert [(b.least, b.below) for b in bands if b.members] == [band]


class TestLiability:
    def test_leaves_out_what_would_have_lapsed_by_the_end(self):
        trial = a_trial(months=(1, 3))
        trial.add("anna", compared(award(base=100), award(base=100)))
        trial.add("anna", compared(award(base=7), award(base=7), at=UNTIL - timedelta(days=1)))

        liability = told(trial).liability

        assert (liability.live, liability.draft) == (7, 107)
        assert (liability.live_amount, liability.draft_amount) == ("0.07", "1.07")

    def test_takes_off_what_each_member_really_spent_and_never_more_than_there_is(self, trial):
        trial.add("anna", compared(award(base=100), award(base=150)))
        trial.add("bo", compared(award(base=10), award(base=5)))

        liability = told(trial, spent={"anna": 40, "bo": 8}).liability

        assert (liability.live, liability.draft) == (60 + 2, 110 + 0)
