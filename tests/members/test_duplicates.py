"""Who may be in the records twice is found, the surest first, and decided by somebody."""

import pytest

from loyalty.errors import NotFound
from members.errors import MergeEnded
from members.models import DuplicateCandidate, Member, User
from members.services.duplicates import CROWD, dismiss_duplicate, find_duplicates
from members.services.enrolment import enrol_member
from members.services.merge_preview import preview_merge
from tests.members.deeds import bought, record
from tests.members.pairs import LATER, OTHER_CARD, balance_of, open_lots, open_pair
from tests.members.shop import NOON
from tests.members.test_merging import FIRST, twice

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    return open_pair()


def join(pair, *identifiers, given="Bo", family="de Vries"):
    return enrol_member(
        programme_id=pair.shop.programme.pk,
        identifiers=list(identifiers),
        given_name=given,
        family_name=family,
        touchpoint="api",
        actor="test",
        at=NOON,
    ).member_id


def found(pair):
    find_duplicates(programme_id=pair.shop.programme.pk, at=NOON)
    rows = DuplicateCandidate.objects.order_by("-score")
    return [({row.first_id, row.second_id}, row.score, row.reasons) for row in rows]


class TestFindDuplicates:
    def test_sees_a_tag_and_dots_in_an_address(self, pair):
        one = join(pair, "email:bo.de.vries@example.nl")
        other = join(pair, "email:bodevries+winkel@example.nl", given="B.")

        assert found(pair) == [({one, other}, 85, ["twin_email"])]

    def test_is_surer_of_the_same_name(self, pair):
        one = join(pair, "email:bo.de.vries@example.nl")
        other = join(pair, "email:bodevries@example.nl", given="BO", family="De Vries")

        [(members, score, reasons)] = found(pair)
        assert (members, reasons[-2:]) == ({one, other}, ["same_name", "twin_email"])
        assert score >= 97

    def test_sees_a_slip_in_the_address_of_a_namesake_and_not_in_anothers(self, pair):
        one = join(pair, "email:bo@example.nl")
        other = join(pair, "email:bob@example.nl")
        join(pair, "email:boo@example.nl", given="Cor")

        assert found(pair) == [({one, other}, 67, ["close_email", "same_name"])]

    def test_sees_the_address_of_a_login_in_another_record(self, pair):
        login = User.objects.create_user("bo@example.nl")
        one = join(pair, "card:2990000000088", given="Bo", family="")
        Member.objects.filter(pk=one).update(user=login)
        other = join(pair, "email:bo@example.nl", given="", family="")

        assert found(pair) == [({one, other}, 95, ["same_login"])]

    def test_says_nothing_of_a_crowd_and_of_who_is_merged(self, pair):
        for n in range(CROWD + 1):
            join(pair, f"email:bo+{n}@example.nl", given=f"Bo{n}")
        pair.merge()

        assert found(pair) == []

    def test_finds_nothing_new_again_and_leaves_what_was_decided(self, pair):
        join(pair, "email:b.o.b@example.nl")
        join(pair, "email:bob+x@example.nl", given="Cor")
        assert len(found(pair)) == 1
        candidate = DuplicateCandidate.objects.get()

        dismiss_duplicate(candidate_id=candidate.pk, actor="staff:1", at=LATER)
        again = find_duplicates(programme_id=pair.shop.programme.pk, at=LATER)

        assert (again.pairs, again.new) == (1, 0)
        candidate.refresh_from_db()
        assert (candidate.state, candidate.decided_by) == ("DISMISSED", "staff:1")

    def test_asks_three_statements_however_many_members(self, pair, django_assert_num_queries):
        for n in range(10):
            join(pair, f"email:bo.{n}@example.nl")
        with django_assert_num_queries(6):
            find_duplicates(programme_id=pair.shop.programme.pk, at=NOON)


class TestDecide:
    def test_a_merge_decides_the_pair_and_cannot_be_dismissed(self, pair):
        first, second = sorted((pair.kept.member_id, pair.absorbed.member_id))
        candidate = DuplicateCandidate.objects.create(
            first_id=first, second_id=second, score=80, reasons=["same_phone"], found_at=NOON
        )
        merge = pair.merge()

        candidate.refresh_from_db()
        assert candidate.state == "MERGED"
        with pytest.raises(MergeEnded):
            dismiss_duplicate(candidate_id=candidate.pk, actor="staff:1", at=LATER)
        pair.part(merge)
        candidate.refresh_from_db()
        assert candidate.state == "DISMISSED"

    def test_refuses_what_is_not_there(self):
        with pytest.raises(NotFound):
            dismiss_duplicate(candidate_id=1, actor="staff:1", at=LATER)


class TestPreviewMerge:
    def test_tells_what_changes_and_changes_nothing(self, pair):
        twice(pair, ("first", FIRST))
        was = open_lots(pair.kept), open_lots(pair.absorbed)

        seen = preview_merge(
            kept_id=pair.kept.member_id, absorbed_id=pair.absorbed.member_id, at=LATER
        )

        [points] = seen.held
        assert (points.kept, points.absorbed, points.after) == (510, 520, 530)
        assert (seen.activities, seen.identifiers, seen.blocked) == (1, 2, None)
        assert len(seen.sentences) == 3
        assert (open_lots(pair.kept), open_lots(pair.absorbed)) == was
        merge = pair.merge()
        assert balance_of(pair.kept) == points.after
        assert merge.kept_id == pair.kept.member_id

    def test_tells_why_it_cannot_be(self, pair):
        pair.merge()

        seen = preview_merge(
            kept_id=pair.kept.member_id, absorbed_id=pair.absorbed.member_id, at=LATER
        )

        assert seen.blocked is not None
        assert seen.blocked.code == "already_merged"
        record(pair.shop, bought("b-9", 4, "3.00", member=OTHER_CARD))
        assert balance_of(pair.kept) == 3
