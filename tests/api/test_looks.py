"""Every reading of a member by a connected system is counted, for the member to read."""

from members.models import MemberLook, TimelineEntry
from tests.api.conftest import Till
from tests.members.shop import Shop


class TestLooks:
    def test_are_one_row_a_day_for_what_was_read(self, till: Till, shop: Shop) -> None:
        member = f"members/{shop.anna.member_id}"

        for path in (member, member, f"{member}/statement", f"{member}/timeline"):
            assert till.get(path).status_code == 200

        rows = MemberLook.objects.order_by("pk").values_list("role", "deed", "what", "times")
        assert list(rows) == [
            ("kassa", "SEEN", "profile", 2),
            ("kassa", "SEEN", "statement", 1),
            ("kassa", "SEEN", "timeline", 1),
        ]
        assert not TimelineEntry.objects.exists()
