import pytest

from loyalty.earning.tiers import parse_tier_set
from loyalty.errors import TierSetInvalid
from tests.loyalty.earning.ladders import WORDS, policy


def parse(document):
    return parse_tier_set(document, key="status", name=WORDS)


class TestParseTierSet:
    def test_asks_money_in_cents_and_points_as_they_are(self):
        assert parse(policy()).asks == (100, 300)
        assert parse(policy(measure={"kind": "spend"})).asks == (10_000, 30_000)

    def test_counts_a_rolling_year_and_lowers_to_what_is_eligible_unless_told_otherwise(self):
        read = parse(policy()).policy

        assert (read.period.months, read.downgrade, read.grace_days) == (12, "eligible", 0)
        assert read.on_return == "period_end"

    def test_tallies_the_same_measure_over_the_same_period_together(self):
        known = parse(policy()).tally

        assert parse(policy(tiers={"bronze": 5})).tally == known
        assert parse(policy(measure={"kind": "spend"})).tally != known
        assert parse(policy(period={"kind": "rolling", "months": 6})).tally != known

    @pytest.mark.parametrize(
        ("document", "field"),
        [
            (policy(tiers={}), "tiers"),
            (policy(tiers={"Silver!": 1}), "tiers.0.key"),
            (policy(tiers={"silver": 100, "gold": 100}), "tiers.1.threshold"),
            (policy(tiers={"silver": -1}), "tiers.0.threshold"),
            (policy(measure={"kind": "mood"}), "measure.kind"),
            (policy(period={"kind": "rolling", "months": 0}), "period.months"),
            (policy(period={"kind": "calendar", "starts": "02-30"}), "period.starts"),
            (policy(downgrade="two_levels"), "downgrade"),
            (policy(grace_days=-1), "grace_days"),
            (policy(colour="red"), ""),
            (policy(measure={"kind": "segment"}), "tiers.0.segment"),
        ],
    )
    def test_refuses_what_cannot_be_carried_out_and_names_the_place(self, document, field):
        with pytest.raises(TierSetInvalid) as refused:
            parse(document)

        assert refused.value.field == field

    def test_refuses_a_tier_that_is_named_twice(self):
        document = policy()
        document["tiers"][1]["key"] = "silver"

        with pytest.raises(TierSetInvalid) as refused:
            parse(document)

        assert refused.value.field == "tiers.1.key"
