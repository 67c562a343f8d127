"""The steps of a campaign's form as they are sent: found, moved and taken away by their names."""

from django.utils.datastructures import MultiValueDict

from campaigns.admin import step_tree as tree
from campaigns.admin.step_tree import Sent


def sent(*steps: tuple[str, str]) -> Sent:
    said: Sent = MultiValueDict()
    for place, kind in steps:
        tree.put(said, place, kind, {"note": f"{kind} at {place}"})
    return said


class TestStepTree:
    def test_finds_the_steps_of_a_list_in_their_order_and_not_those_of_its_branches(self) -> None:
        said = sent(("s_10", "wait"), ("s_2", "condition"), ("s_2_yes_0", "points"))
        assert tree.steps_of(said, "s") == ["s_2", "s_10"]
        assert tree.steps_of(said, "s_2_yes") == ["s_2_yes_0"]
        assert tree.next_place(said, "s") == "s_11"
        assert tree.next_place(said, "s_2_no") == "s_2_no_0"

    def test_a_step_changes_places_with_its_neighbour_and_takes_its_branches_along(self) -> None:
        said = sent(("s_0", "wait"), ("s_4", "split"), ("s_4_p0_0", "points"))
        assert tree.moved(said, "s_4", -1) == "s_0"
        assert tree.about(said, "s_0") == "split"
        assert tree.about(said, "s_0_p0_0") == "points"
        assert tree.about(said, "s_4") == "wait"
        assert said["s_4-note"] == "wait at s_0"
        assert tree.about(said, "s_4_p0_0") == ""

    def test_the_first_step_goes_no_further_up_and_one_that_is_not_there_nowhere(self) -> None:
        said = sent(("s_0", "wait"), ("s_1", "points"))
        before = said.copy()
        assert tree.moved(said, "s_0", -1) == "s_0"
        assert tree.moved(said, "s_7", 1) == "s_7"
        assert said == before

    def test_taking_a_step_away_takes_all_that_is_in_it_and_nothing_else(self) -> None:
        said = sent(("s_1", "split"), ("s_1_p0_0", "points"), ("s_10", "wait"))
        tree.without(said, "s_1")
        assert tree.all_steps(said) == ["s_10"]
        assert set(said) == {"s_10-about", "s_10-note"}

    def test_names_that_are_no_steps_are_not_taken_for_them(self) -> None:
        said: Sent = MultiValueDict(
            {"s_x-about": ["wait"], "s-new": ["wait"], "s_0_9_1-about": [""]}
        )
        assert tree.steps_of(said, "s") == []

    def test_says_how_deep_a_list_is(self) -> None:
        assert [tree.level(each) for each in ("s", "s_0_yes", "s_0_yes_2_p1")] == [1, 2, 3]
