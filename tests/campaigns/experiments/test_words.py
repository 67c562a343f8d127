"""What is said is honest: an effect only when it was shown, and what could not be told is told."""

from typing import Any

import pytest

from campaigns.experiments.dose import DoseArm, advise
from campaigns.experiments.dose_words import advised
from campaigns.experiments.figures import Compared, Figures, Range, Verdict
from campaigns.experiments.words import Told, part, told


def money(value: float) -> str:
    return f"€{value:.2f}"


def compared(estimate: float, low: float | None, high: float | None, **more: Any) -> Compared:
    fields = {"key": "", "members": 900, "mean": 40.0, "cost": 0.0, **more}
    return Compared(absolute=Range(estimate, low, high), **fields)


def figures(verdict: Verdict, overall: Compared | None = None, **more: Any) -> Figures:
    fields: dict[str, Any] = {
        "goal": "SPEND",
        "goal_days": 28,
        "is_final": True,
        "counted_at": "2026-11-01T12:00:00+00:00",
        "reading_on": "2026-11-01",
        **more,
    }
    return Figures(verdict=verdict, overall=overall, **fields)


def english(found: Figures, **more: Any) -> Told:
    return told(found, "en", shown=money, **more)


class TestTold:
    def test_of_more_is_the_effect_and_its_part(self):
        overall = compared(3.2, 1.1, 5.3, relative=Range(0.12, 0.04, 0.2))

        said = english(figures(Verdict.MORE, overall))

        assert said.answer == (
            "Those who got it spent €3.20 more on average (+12%) than those who got nothing, "
            "in 28 days."
        )
        assert said.more == [
            "The true difference lies between €1.10 and €5.30 per member; such margins hold in 95 "
            "of 100 campaigns."
        ]

    def test_of_all_marketing_speaks_of_no_campaign(self):
        overall = compared(3.2, 1.1, 5.3, net=Range(-1, -2, 0.5))
        found = figures(Verdict.MORE, overall, is_final=False, reading_on="", cost=12.0)

        said = english(found, is_together=True)

        assert said.answer == (
            "Those who may hear from us spent €3.20 more on average than those held out of "
            "everything, in 28 days."
        )
        assert said.more[1:] == [
            "Who was a member before counts; the lot holds for all that we send.",
            "Who looks early gets wider margins; they hold however often anybody looks.",
            "Whether all of it earned its cost back is not sure: the balance lies between €-2.00 "
            "and €0.50 per member.",
        ]

    def test_of_less_says_so(self):
        said = english(figures(Verdict.LESS, compared(-2, -3, -1)))

        assert said.answer == (
            "Those who got it spent €2.00 less on average than those who got nothing, in 28 days."
        )

    def test_of_what_was_not_shown_claims_nothing_and_says_what_it_could_have_shown(self):
        said = english(figures(Verdict.NOT_SHOWN, compared(0.8, -1, 2.6), smallest=2.5))

        assert said.answer == (
            "No effect was shown: the difference of €0.80 may as well be chance."
        )
        assert said.more[1] == (
            "This campaign would probably not have shown a difference smaller than €2.50 per "
            "member. No effect shown is not the same as no effect."
        )

    def test_of_an_unfair_lot_gives_no_figure_at_all(self):
        said = english(figures(Verdict.UNEVEN, compared(30, 20, 40)))

        assert said.answer.startswith("Do not trust this result")
        assert not any("€" in sentence for sentence in said)

    @pytest.mark.parametrize(
        ("verdict", "answer"),
        [
            (Verdict.TOO_FEW, "There are too few members to say anything yet."),
            (
                Verdict.NO_HOLDOUT,
                "What this campaign did cannot be told: nobody was held out to compare with.",
            ),
        ],
    )
    def test_of_nothing_to_compare_says_why(self, verdict, answer):
        assert english(figures(verdict)).answer == answer

    def test_of_an_early_look_says_that_it_is_and_when_it_is_judged(self):
        said = english(figures(Verdict.MORE, compared(3, 1, 5), is_final=False))

        assert said.more[1:] == [
            "Read early. It is judged on 2026-11-01, as was said beforehand.",
            "Who looks early gets wider margins; they hold however often anybody looks.",
        ]

    def test_of_one_that_was_stopped_says_when_and_why(self):
        found = figures(Verdict.MORE, compared(3, 1, 5), ended_early_on="2026-09-21")

        said = english(found, reason="the budget was spent")

        assert said.more[-1].startswith(
            "The campaign was ended on 2026-09-21, earlier than was said beforehand (the budget "
            "was spent)."
        )

    @pytest.mark.parametrize(
        ("net", "begins"),
        [
            (Range(2, 1, 3), "After its cost, €2.00 per member was left"),
            (Range(-2, -3, -1), "It cost €2.00 per member more than it brought"),
            (Range(1, -1, 3), "Whether it earned its cost back is not sure"),
        ],
    )
    def test_of_the_cost_says_whether_it_came_back(self, net, begins):
        said = english(figures(Verdict.MORE, compared(3, 1, 5, net=net), cost=10.0))

        assert said.more[1].startswith(begins)

    def test_of_variants_names_those_that_showed_something(self):
        variants = [compared(3, 1, 5, key="a", is_shown=True), compared(1, -1, 3, key="b")]
        found = figures(Verdict.MORE, compared(3, 1, 5), variants=variants)

        said = english(found, names={"a": "Free brush"})

        assert said.more[-1] == "Of the variants, an effect was shown for Free brush only."

    def test_of_members_whose_days_are_not_over_says_how_many(self):
        said = english(figures(Verdict.TOO_FEW, entered=10, ripe=4))

        assert said.more == ["6 members do not count yet: their 28 days are not over."]

    @pytest.mark.parametrize("goal", ["SPEND", "PURCHASED", "PURCHASES", "REDEEMED"])
    @pytest.mark.parametrize("verdict", list(Verdict))
    @pytest.mark.parametrize("language", ["nl", "en"])
    def test_has_words_for_every_goal_and_verdict(self, goal, verdict, language):
        silent = verdict in (Verdict.TOO_FEW, Verdict.NO_HOLDOUT)
        overall = None if silent else compared(1, None, None)

        said = told(figures(verdict, overall, goal=goal), language, shown=money)

        assert said.answer.endswith(".")
        assert "{" not in said.answer + "".join(said.more)


class TestPart:
    def test_is_written_as_the_reader_does(self):
        assert (part(0.125, "en"), part(-0.035, "nl"), part(0.2, "nl")) == (
            "+12.5%",
            "−3,5%",
            "+20%",
        )


class TestAdvised:
    def test_says_which_dose_to_keep(self):
        advice = advise([DoseArm(1, 9_000, 10, 9, 0, 0), DoseArm(2, 9_000, 14, 9, 0, 0)])

        said = advised(advice, "nl", days=7, shown=money)

        assert said.answer == "Houd het op hoogstens 2 berichten per 7 dagen."
        assert said.more[0] == "De kans dat dit de beste is van wat getest is: 100%."

    def test_says_what_may_be_as_good(self):
        advice = advise([DoseArm(1, 900, 10, 9, 0, 0), DoseArm(2, 900, 10, 9, 0, 0)])

        said = advised(advice, "en", days=7, shown=money)

        assert said.answer.endswith("but 1 to 2 may be as good.")

    def test_says_which_doses_cost_too_many_members(self):
        advice = advise([DoseArm(1, 9_000, 10, 9, 0, 0), DoseArm(4, 9_000, 14, 9, 900, 0)])

        said = advised(advice, "en", days=7, shown=money, early_until="1 November 2026")

        assert said.answer == "Keep to 1 message in 7 days at most."
        assert said.more[-2:] == [
            "Read early. It is judged on 1 November 2026, as was said beforehand.",
            "At 4 in 7 days too many members leave or complain, whatever it brings.",
        ]

    def test_has_nothing_to_say_of_a_few(self):
        assert advised(None, "en", days=7, shown=money).answer.startswith("There are too few")
