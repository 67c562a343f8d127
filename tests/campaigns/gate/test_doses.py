"""A dose test at the gate: each member gets as much as was drawn for them, and no more than they chose."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from campaigns.models import ContactChoice, ContactPolicy, Dispatch
from campaigns.services.doses import (
    dose_of,
    end_dose_test,
    figures_in,
    read_dose_test,
    save_dose_test,
    start_dose_test,
)
from campaigns.services.gate import work_off
from members.models import Membership
from tests.campaigns.gate.post import allow, due, fates, left
from tests.campaigns.journeys.town import Town

MEMBERS = 24
POLICY = 3
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def members(town: Town) -> list[Membership]:
    allow(cap=POLICY)
    members = [town.member(number) for number in range(MEMBERS)]
    town.told()
    town.now += HOUR
    return members


def started(town: Town, **said: Any) -> Any:
    fields = {"name": "Autumn", "doses": [1, 2, 4], "share": 100}
    test = save_dose_test(
        programme_id=town.programme_id, actor="test", at=town.now,
        reading_on=(town.now + 30 * DAY).date(), **{**fields, **said},
    )  # fmt: skip
    return start_dose_test(dose_test_id=test.pk, at=town.now)


def sent_after_six(town: Town, members: list[Membership]) -> dict[int, int]:
    """Offer each member six messages over two channels, and say how many left to each."""
    due(town, members, channels=["EMAIL", "INBOX"], each=3)
    work_off(at=town.now)
    counted = left()
    return {member.pk: counted[member.pk] for member in members}


class TestADoseTest:
    def test_gives_each_member_the_dose_that_was_drawn(self, town, members):
        test = started(town)

        sent = sent_after_six(town, members)

        assert sent == {member.pk: dose_of(test, member.member_id) for member in members}
        assert set(sent.values()) == {1, 2, 4}
        assert len(mail.outbox) == Dispatch.objects.filter(fate="SENT", channel="EMAIL").count()
        assert fates()["DROPPED", "cap"] == 6 * MEMBERS - sum(sent.values())

    def test_never_gives_more_than_the_member_chose(self, town, members):
        test = started(town)
        chosen = dict(zip([member.pk for member in members], [0, 1, 3, None] * 6, strict=True))
        for pk, at_most in chosen.items():
            ContactChoice.objects.create(membership_id=pk, at_most=at_most, changed_at=town.now)

        sent = sent_after_six(town, members)

        for member in members:
            dose, at_most = dose_of(test, member.member_id), chosen[member.pk]
            assert sent[member.pk] == (dose if at_most is None else min(dose, at_most))

    def test_leaves_the_policy_to_who_takes_no_part(self, town, members):
        test = started(town, doses=[1, 2], share=50)

        sent = sent_after_six(town, members)

        doses = {member.pk: dose_of(test, member.member_id) for member in members}
        assert {pk for pk, n in sent.items() if n == POLICY} == {
            pk for pk, dose in doses.items() if dose is None
        }
        assert all(sent[pk] == dose for pk, dose in doses.items() if dose is not None)

    def test_keeps_with_each_message_by_which_cap_it_left(self, town, members):
        test = started(town)

        sent_after_six(town, members)
        ContactPolicy.objects.update(cap=1)

        for row in Dispatch.objects.filter(fate="SENT", nature="MARKETING"):
            assert (row.cap, row.cap_days) == (dose_of(test, row.member_id), 7)

    def test_holds_no_more_when_it_is_ended(self, town, members):
        test = started(town)
        end_dose_test(dose_test_id=test.pk, decision="Two.", at=town.now)

        assert set(sent_after_six(town, members).values()) == {POLICY}

    def test_counts_what_was_sent_at_each_dose(self, town, members):
        test = started(town)
        sent = sent_after_six(town, members)

        figures = read_dose_test(dose_test_id=test.pk, at=town.now + DAY)

        per_dose = Counter(dose_of(test, member.member_id) or 0 for member in members)
        assert figures.members == MEMBERS
        assert figures.sent == {dose: float(dose) for dose in sorted(per_dose)}
        assert sum(dose * n for dose, n in per_dose.items()) == sum(sent.values())
        test.refresh_from_db()
        assert figures_in(test) == figures
