import subprocess
from collections import Counter
from uuid import UUID

import pytest

from campaigns.experiments.allocation import (
    HOLDOUT,
    UNIVERSAL,
    Share,
    arm_of,
    campaign_of_group,
    is_in,
    place_of,
)
from campaigns.models import HOLDOUT as HOLDOUT_OF_MODELS
from campaigns.models import UNIVERSAL as UNIVERSAL_OF_MODELS

MEMBER = UUID("0190b6f2-6a3e-7c11-8d5e-2f4a9b0c1d2e")
MEMBERS = [UUID(int=n) for n in range(20_000)]
EVERYBODY = [("everybody", 1)]
ONE_LINER = "echo $(( 0x$(printf %s {}:{} | sha256sum | cut -c1-8) * 10000 >> 32 ))"


class TestPlaceOf:
    def test_is_the_first_64_bits_of_the_hash(self):
        assert place_of("autumn", MEMBER) == 0x5288727DC378F792

    def test_is_what_a_shell_says(self):
        for salt in ("autumn", "welcome", "a1b2c3"):
            said = subprocess.run(
                ["bash", "-c", ONE_LINER.format(salt, MEMBER)],
                capture_output=True,
                check=True,
            )

            assert int(said.stdout) == place_of(salt, MEMBER) * 10_000 >> 64


class TestArmOf:
    def test_words_are_those_that_the_database_keeps_to(self):
        assert (HOLDOUT, UNIVERSAL) == (HOLDOUT_OF_MODELS, UNIVERSAL_OF_MODELS)

    def test_holds_out_the_part_that_was_asked(self):
        arms = Counter(arm_of("s", member, 10, None, EVERYBODY) for member in MEMBERS)

        assert arms[HOLDOUT] == pytest.approx(2_000, abs=130)

    def test_shares_the_rest_by_weight(self):
        variants = [("a", 1), ("b", 3)]

        arms = Counter(arm_of("s", member, 20, None, variants) for member in MEMBERS)

        assert arms["a"] == pytest.approx(4_000, abs=170)
        assert arms["b"] == pytest.approx(12_000, abs=210)

    def test_gives_nobody_to_a_variant_without_weight(self):
        arms = {arm_of("s", member, 0, None, [("a", 0), ("b", 2)]) for member in MEMBERS}

        assert arms == {"b"}

    def test_refuses_variants_without_any_weight(self):
        with pytest.raises(ValueError, match="no variant has a weight"):
            arm_of("s", MEMBER, 0, None, [("a", 0)])

    def test_holds_out_nobody_when_nothing_is_held_out(self):
        assert HOLDOUT not in {arm_of("s", member, 0, None, EVERYBODY) for member in MEMBERS}

    def test_puts_the_universal_holdout_before_the_campaign(self):
        universal = Share("house", 5)

        for member in MEMBERS[:2_000]:
            arm = arm_of("s", member, 10, universal, EVERYBODY)

            assert (arm == UNIVERSAL) == is_in(universal, member)

    def test_leaves_the_arm_alone_of_who_is_not_in_the_universal_holdout(self):
        for member in MEMBERS[:2_000]:
            arm = arm_of("s", member, 10, Share("house", 5), EVERYBODY)

            assert arm in {UNIVERSAL, arm_of("s", member, 10, None, EVERYBODY)}

    def test_draws_two_campaigns_apart(self):
        both = sum(
            arm_of("s", m, 10, None, EVERYBODY) == arm_of("t", m, 10, None, EVERYBODY) == HOLDOUT
            for m in MEMBERS
        )

        assert both == pytest.approx(200, abs=60)


class TestCampaignOfGroup:
    def test_is_none_of_none(self):
        assert campaign_of_group("g", [], MEMBER) is None

    def test_gives_each_an_equal_part(self):
        parts = Counter(campaign_of_group("g", ["a", "b", "c"], member) for member in MEMBERS)

        assert all(parts[key] == pytest.approx(6_667, abs=270) for key in "abc")

    def test_moves_members_only_to_the_campaign_that_joins(self):
        for member in MEMBERS[:2_000]:
            before = campaign_of_group("g", ["a", "b"], member)
            after = campaign_of_group("g", ["a", "b", "c"], member)

            assert after in {before, "c"}

    def test_does_not_depend_on_the_order(self):
        for member in MEMBERS[:500]:
            assert campaign_of_group("g", ["a", "b"], member) == campaign_of_group(
                "g", ["b", "a"], member
            )
