from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from campaigns.errors import DoseTestRefused
from campaigns.models import ContactChoice, ContactPolicy, Dispatch, DispatchEvent, DoseTest
from campaigns.services.doses import (
    caps_of,
    dose_of,
    end_dose_test,
    figures_in,
    read_dose_test,
    save_dose_test,
    start_dose_test,
)
from loyalty.errors import InvalidRequest, NotFound
from loyalty.models import Programme
from loyalty.services.accounts import open_programme
from members.models import Consent
from tests.campaigns.experiments.shop import AFTER, STAFF, START, buys, some_members

READING_ON = date(2026, 11, 1)


@pytest.fixture
def programme(db: None) -> Programme:
    programme = Programme(slug="shop", name="Shop", point_worth=Decimal("0.01"))
    programme = open_programme(programme=programme, at=START - timedelta(days=100)).programme
    ContactPolicy.objects.create(programme=programme, cap=3, salt="house")
    return programme


def saved(programme, **changes):
    fields = {"name": "Autumn", "doses": [4, 1, 2], "share": 100, "reading_on": READING_ON}
    return save_dose_test(programme_id=programme.pk, actor=STAFF, at=START, **{**fields, **changes})


def started(programme, **changes):
    return start_dose_test(dose_test_id=saved(programme, **changes).pk, at=START)


class TestCapsOf:
    def test_is_the_programmes_when_nothing_is_tested(self, programme):
        [member] = some_members(programme, 1)

        assert caps_of([member.pk], AFTER) == {member.pk: 3}

    def test_is_the_dose_that_was_drawn(self, programme):
        members = some_members(programme, 20)
        test = started(programme)

        caps = caps_of([member.pk for member in members], AFTER)

        assert caps == {member.pk: dose_of(test, member.member_id) for member in members}
        assert set(caps.values()) == {1, 2, 4}

    def test_is_never_more_than_the_member_chose(self, programme):
        members = some_members(programme, 20)
        started(programme)
        for member in members:
            ContactChoice.objects.create(membership=member, at_most=1, changed_at=START)

        assert set(caps_of([member.pk for member in members], AFTER).values()) == {1}

    def test_is_none_at_all_for_who_chose_none(self, programme):
        [member] = some_members(programme, 1)
        ContactChoice.objects.create(membership=member, at_most=0, changed_at=START)

        assert caps_of([member.pk], AFTER) == {member.pk: 0}

    def test_is_the_programmes_for_who_does_not_take_part(self, programme):
        members = some_members(programme, 40)
        test = started(programme, share=50)

        caps = caps_of([member.pk for member in members], AFTER)

        apart = {m.pk for m in members if dose_of(test, m.member_id) is None}
        assert {pk for pk, cap in caps.items() if cap == 3} == apart
        assert 5 < len(apart) < 35

    def test_is_the_programmes_again_when_the_test_is_over(self, programme):
        [member] = some_members(programme, 1)
        end_dose_test(dose_test_id=started(programme).pk, decision="Two.", at=AFTER)

        assert caps_of([member.pk], AFTER) == {member.pk: 3}

    def test_takes_four_queries_however_many_there_are(self, programme, django_assert_num_queries):
        members = some_members(programme, 5)
        started(programme)

        with django_assert_num_queries(4):
            caps_of([member.pk for member in members], AFTER)


class TestSaveDoseTest:
    def test_puts_the_doses_in_order(self, programme):
        assert saved(programme).doses == [1, 2, 4]

    @pytest.mark.parametrize(
        "wrong", [{"doses": [2, 2]}, {"doses": [1, 99]}, {"share": 0}, {"reading_on": START.date()}]
    )
    def test_refuses_what_cannot_be_compared_and_keeps_nothing(self, programme, wrong):
        with pytest.raises(InvalidRequest):
            saved(programme, **wrong)

        assert not DoseTest.objects.exists()


class TestStartDoseTest:
    def test_refuses_a_second_beside_it(self, programme):
        started(programme)

        with pytest.raises(DoseTestRefused):
            started(programme)

        assert DoseTest.objects.filter(state="LIVE").count() == 1

    def test_refuses_to_begin_twice(self, programme):
        test = started(programme)

        with pytest.raises(DoseTestRefused):
            start_dose_test(dose_test_id=test.pk, at=AFTER)

    def test_refuses_one_that_is_not_there(self, db):
        with pytest.raises(NotFound):
            start_dose_test(dose_test_id=0, at=START)


class TestReadDoseTest:
    @pytest.fixture
    def test(self, programme):
        """Of those at two a week, each spends 30 and some; at one or four 20 and some."""
        self.members = some_members(programme, 160)
        for member in self.members:
            consents(member, days=-1)
        test = started(programme)
        for at, member in enumerate(self.members):
            best = dose_of(test, member.member_id) == 2
            buys(member, f"{(30 if best else 20) + at % 5}.00")
        return test

    def test_advises_the_dose_at_which_most_was_spent(self, test):
        figures = read_dose_test(dose_test_id=test.pk, at=AFTER)

        assert (figures.members, figures.advice.dose, figures.advice.is_sure) == (160, 2, True)
        assert figures_in(DoseTest.objects.get()) == figures
        assert figures.is_early

    def test_counts_who_left_and_who_complained(self, test):
        at_four = [m for m in self.members if dose_of(test, m.member_id) == 4]
        consents(at_four[0], days=2, is_given=False)
        tells(at_four[1], DispatchEvent.Kind.COMPLAINED)
        tells(at_four[2], DispatchEvent.Kind.UNSUBSCRIBED)

        figures = read_dose_test(dose_test_id=test.pk, at=AFTER)

        point = figures.advice.points[2]
        assert point.opt_out == pytest.approx(2 / len(at_four))
        assert point.complaint == pytest.approx(1 / len(at_four))
        assert figures.sent[4] == pytest.approx(2 / len(at_four))
        assert not point.is_within_limits

    def test_leaves_out_who_had_not_agreed_when_it_began(self, programme, test):
        [_stranger, changed] = some_members(programme, 2)
        consents(changed, days=-2)
        consents(changed, days=-1, is_given=False)

        assert read_dose_test(dose_test_id=test.pk, at=AFTER).members == 160

    def test_has_nothing_to_say_of_a_few(self, programme):
        figures = read_dose_test(dose_test_id=started(programme).pk, at=AFTER)

        assert figures.advice is None

    def test_refuses_what_has_not_begun(self, programme):
        test = saved(programme)

        with pytest.raises(DoseTestRefused):
            read_dose_test(dose_test_id=test.pk, at=AFTER)


class TestEndDoseTest:
    def test_keeps_the_decision_and_the_last_figures(self, programme):
        test = end_dose_test(dose_test_id=started(programme).pk, decision=" Two. ", at=AFTER)

        test.refresh_from_db()
        assert (test.state, test.decision, test.ended_at) == ("ENDED", "Two.", AFTER)
        assert figures_in(test).members == 0

    def test_refuses_to_end_without_a_decision(self, programme):
        test = started(programme)

        with pytest.raises(InvalidRequest):
            end_dose_test(dose_test_id=test.pk, decision=" ", at=AFTER)

        test.refresh_from_db()
        assert test.state == "LIVE"


def consents(membership, *, days, is_given=True):
    Consent.objects.create(
        member=membership.member,
        purpose="OFFERS",
        channel="EMAIL",
        is_given=is_given,
        text_version="1",
        touchpoint="portal",
        actor="member",
        recorded_at=START + timedelta(days=days),
    )


def tells(membership, kind):
    at = START + timedelta(days=3)
    dispatch = Dispatch.objects.create(
        id=uuid4(),
        member=membership.member,
        membership=membership,
        key=str(uuid4()),
        channel="EMAIL",
        nature="MARKETING",
        purpose="OFFERS",
        source="campaign:x",
        fate="SENT",
        not_before=at,
        created_at=at,
        sent_at=at,
    )
    DispatchEvent.objects.create(dispatch=dispatch, kind=kind, at=at)
