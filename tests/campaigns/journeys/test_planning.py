"""Campaigns that a day begins: everybody at a moment, silence, points that lapse, birthdays."""

from campaigns.models import Participant
from campaigns.services import planning
from campaigns.services.planning import plan_due
from members.models import ProfileAnswer, ProfileField
from tests.campaigns.journeys.town import DAY, POINTS, document

ONCE = {"kind": "once", "date": "2026-11-23", "time": "10:00"}


def came(campaign):
    return list(
        Participant.objects.filter(campaign=campaign)
        .order_by("membership_id")
        .values_list("membership_id", flat=True)
    )


class TestPlanDue:
    def test_lets_everybody_in_by_chunks_and_goes_on_where_it_was_left(self, town, monkeypatch):
        monkeypatch.setattr(planning, "CHUNK", 2)
        members = [town.shop.anna.pk, *(town.member(n).pk for n in range(4))]
        campaign = town.live("news", document(POINTS, trigger=ONCE))
        assert plan_due(at=town.now) == 0

        town.now += DAY
        assert plan_due(at=town.now, chunks=1) == 2
        assert came(campaign) == members[:2]
        assert plan_due(at=town.now) == 3
        assert plan_due(at=town.now) == 0

        assert came(campaign) == members

    def test_lets_in_who_was_silent_for_so_long(self, town):
        town.now += 20 * DAY
        silent, active = town.member(1), town.member(2)
        trigger = {"kind": "silent", "days": 30}
        campaign = town.live("win-back", document(POINTS, trigger=trigger))
        town.now += 10 * DAY
        town.buys(active, 1)

        town.now += 21 * DAY
        plan_due(at=town.now)

        assert came(campaign) == [silent.pk]

    def test_lets_in_whose_points_are_about_to_lapse(self, town):
        saver = town.member(1)
        town.buys(saver, 1)
        trigger = {"kind": "points_expiring", "days": 30}
        campaign = town.live("expiring", document(POINTS, trigger=trigger))

        town.now += 690 * DAY
        plan_due(at=town.now)
        assert came(campaign) == []
        town.now += 30 * DAY
        plan_due(at=town.now)

        assert came(campaign) == [saver.pk]
        assert Participant.objects.get().context == {"points": 10}

    def test_lets_in_whose_birthday_it_is(self, town):
        field = ProfileField.objects.filter(key="birthday").first() or ProfileField.objects.create(
            programme_id=town.programme_id,
            key="birthday",
            kind="DATE",
            state="LIVE",
            label_nl="Geboortedag",
            label_en="Birthday",
            keep_days=3650,
            created_at=town.now,
        )
        born, other = town.member(1), town.member(2)
        for member, day in ((born, "1980-11-25"), (other, "1980-11-26")):
            ProfileAnswer.objects.create(
                member=member.member,
                field=field,
                value=day,
                source=ProfileAnswer.Source.MEMBER,
                answered_at=town.now,
            )
        campaign = town.live("birthday", document(POINTS, trigger={"kind": "birthday", "days": 2}))

        town.now += DAY
        plan_due(at=town.now)

        assert came(campaign) == [born.pk]
