import pytest

from loyalty.earning.document import parse_rule
from loyalty.errors import InvalidRequest
from rewards.stamps import filled, read_collect, rule_of, sentence

REWARD = {"nl": "Gratis kwast", "en": "Free brush"}


class TestReadCollect:
    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({}, "collect"),
            ({"by": "luck"}, "collect.by"),
            ({"by": "purchase", "minimum": "-1"}, "collect.minimum"),
            ({"by": "purchase", "colour": "red"}, "collect"),
            ({"by": "product"}, "collect"),
            ({"by": "product", "products": ["a"], "categories": ["b"]}, "collect"),
            ({"by": "product", "products": ["a,b"]}, "collect.products"),
            ({"by": "product", "products": ["a"], "per": 0}, "collect.per"),
            ({"by": "visit", "activity": "Not One"}, "collect.activity"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, said, field):
        with pytest.raises(InvalidRequest) as refusal:
            read_collect(said)

        assert refusal.value.field == field


class TestRuleOf:
    @pytest.mark.parametrize(
        ("said", "document"),
        [
            (
                {"by": "purchase"},
                {
                    "schema": 2,
                    "trigger": "purchase",
                    "effects": [{"kind": "fixed", "points": 1, "unit": "stamps-c"}],
                },
            ),
            (
                {"by": "purchase", "minimum": "10", "most_a_day": 1},
                {
                    "schema": 2,
                    "trigger": "purchase",
                    "conditions": [
                        {"field": "basket.amount", "operator": "at_least", "value": "10"}
                    ],
                    "effects": [{"kind": "fixed", "points": 1, "unit": "stamps-c"}],
                    "limits": [{"of": "points", "unit": "stamps-c", "most": 1, "period": "day"}],
                },
            ),
            (
                {"by": "product", "categories": ["paint"], "per": 2},
                {
                    "schema": 2,
                    "trigger": "purchase",
                    "conditions": [
                        {"field": "line.category", "operator": "in", "value": ["paint"]}
                    ],
                    "effects": [
                        {"kind": "per_quantity", "points": 1, "per": "2", "unit": "stamps-c"}
                    ],
                },
            ),
            (
                {"by": "visit"},
                {
                    "schema": 2,
                    "trigger": "visit",
                    "effects": [{"kind": "fixed", "points": 1, "unit": "stamps-c"}],
                },
            ),
        ],
    )
    def test_is_a_rule_that_the_engine_reads(self, said, document):
        rule = rule_of(read_collect(said), unit="stamps-c")

        assert rule == document
        assert parse_rule(rule, key="c", version=1, name=REWARD).document.trigger in (
            "purchase",
            "visit",
        )


class TestFilled:
    @pytest.mark.parametrize(
        ("stamps", "said"),
        [(-3, (0, 0, 10)), (0, (0, 0, 10)), (9, (0, 9, 1)), (10, (1, 0, 10)), (37, (3, 7, 3))],
    )
    def test_counts_cards_and_what_is_left(self, stamps, said):
        assert filled(stamps, of=10) == said


class TestSentence:
    @pytest.mark.parametrize(
        ("said", "dutch", "english"),
        [
            (
                {"by": "purchase", "minimum": "12.5", "most_a_day": 1},
                "Een stempel bij elke aankoop vanaf €\u00a012,50, hooguit 1 per dag."
                " Bij 10 stempels krijg je: Gratis kwast.",
                "A stamp for every purchase of at least €\u00a012.50, 1 a day at most."
                " 10 stamps get you: Free brush.",
            ),
            (
                {"by": "product", "products": ["a", "b", "c"], "per": 2},
                "Een stempel bij elke 2 keer a, b of c. Bij 10 stempels krijg je: Gratis kwast.",
                "A stamp for every 2 times a, b or c. 10 stamps get you: Free brush.",
            ),
            (
                {"by": "visit"},
                "Een stempel bij elk bezoek. Bij 10 stempels krijg je: Gratis kwast.",
                "A stamp for every visit. 10 stamps get you: Free brush.",
            ),
        ],
    )
    def test_says_it_in_both_languages(self, said, dutch, english):
        assert sentence(read_collect(said), stamps=10, reward=REWARD) == {
            "nl": dutch,
            "en": english,
        }
