"""Segments by conditions: saved, published, followed, counted, uploaded."""

from datetime import timedelta

import pytest

from loyalty.models import OutboxEvent
from members.models import Segment, SegmentMembership
from members.segments.catalogue import attributes
from members.segments.document import read_document
from members.segments.errors import SegmentUnknown
from members.segments.sentences import sentence
from members.services.activities import record_activity
from members.services.segments import (
    audience,
    draw_list,
    estimate,
    follow_members,
    match_members,
    publish_segment,
    refresh_segment,
    save_segment,
    segments_of,
    stop_segment,
    upload_list,
)
from members.types import ActivitySubmission
from tests.members.shop import CARD, NOON

DAY = timedelta(days=1)
BUYERS = {
    "attribute": "purchases.amount",
    "with": {"days": 90},
    "is": "at_least",
    "value": "10.00",
}
NAMES = {"nl": "Kopers", "en": "Buyers"}


def saved(shop, *, kind="DYNAMIC", document=BUYERS) -> Segment:
    return save_segment(
        programme_id=shop.programme.pk,
        key="buyers",
        names=NAMES,
        kind=kind,
        document=document,
        actor="staff:1",
        at=NOON,
    )


def buy(shop, amount: str, at) -> None:
    record_activity(
        book=shop.book,
        submission=ActivitySubmission(
            type="purchase", member=CARD, external_id=f"r{amount}", occurred_at=at, amount=amount
        ),
        actor="api:till",
        at=at,
    )


def told() -> list[tuple[str, str]]:
    rows = OutboxEvent.objects.filter(name__startswith="members.segment_").order_by("pk")
    return [(row.name.split(".")[1], row.payload["segment"]) for row in rows]


class TestSources:
    def test_of_every_attribute_answer_for_a_member(self, shop):
        buy(shop, "12.00", NOON)
        given = {"days": 30, "purpose": "OFFERS", "field": "birthday", "type": "purchase"}
        for each in attributes():
            narrowed = [{}, {name: given.get(name, "points") for name in each.parameters}]
            for said in narrowed:
                if set(each.needs) <= said.keys():
                    part = {"attribute": each.key, "with": said, **_asked(each)}
                    found = match_members(read_document(part), [shop.anna.pk], NOON)
                    size = estimate(programme_id=shop.programme.pk, document=part, at=NOON).size
                    assert size == found[shop.anna.pk].is_in, part


def _asked(attribute):
    if attribute.kind == "YES_NO":
        return {"is": "is", "value": True}
    return {"is": "at_least", "value": 1} if attribute.counts else {"is": "is_known"}


class TestReadDocument:
    @pytest.mark.parametrize(
        ("document", "field"),
        [
            ({"all": []}, "all"),
            ({"all": [{"attribute": "nothing", "is": "is", "value": 1}]}, "all.0.attribute"),
            ({"any": [BUYERS, {**BUYERS, "is": "one_of"}]}, "any.1.is"),
            ({**BUYERS, "value": "much"}, "value"),
            ({**BUYERS, "with": {"colour": "red"}}, "with"),
            ({**BUYERS, "with": {"days": 0}}, "with.days"),
            ({"except": {"of": BUYERS}}, "except"),
        ],
    )
    def test_refuses_nonsense_and_says_where(self, document, field):
        with pytest.raises(SegmentUnknown) as refusal:
            read_document(document)

        assert refusal.value.field == field

    def test_refuses_what_is_too_deep(self):
        document = BUYERS
        for _level in range(6):
            document = {"all": [document]}

        with pytest.raises(SegmentUnknown):
            read_document(document)


class TestSentence:
    def test_says_it_in_both_languages(self):
        tree = read_document({"except": {"of": BUYERS, "without": {"any": [BUYERS, BUYERS]}}})
        amount = "amount of purchases (in the last 90 days) is at least 10.00"

        assert sentence(tree, "en", {}) == f"{amount}, except who: ({amount} or {amount})"
        assert sentence(tree.of, "nl", {}) == (
            "bedrag aan aankopen (de laatste 90 dagen) is minstens 10,00"
        )


class TestPublishSegment:
    def test_has_in_it_whom_it_describes_and_says_so_once(self, shop):
        buy(shop, "12.00", NOON)
        segment = publish_segment(segment_id=saved(shop).pk, actor="staff:1", at=NOON)
        refresh_segment(segment_id=segment.pk, at=NOON + DAY)

        assert (segment.state, segment.version, segment.size) == ("LIVE", 1, 1)
        assert segments_of(shop.anna.pk, at=NOON) == {"buyers"}
        assert told() == [
            ("segment_saved", "buyers"),
            ("segment_entered", "buyers"),
            ("segment_published", "buyers"),
        ]

    def test_is_left_when_time_went_by(self, shop):
        buy(shop, "12.00", NOON)
        segment = publish_segment(segment_id=saved(shop).pk, actor="staff:1", at=NOON)

        assert refresh_segment(segment_id=segment.pk, at=NOON + 91 * DAY) == 0
        assert segments_of(shop.anna.pk, at=NOON + 90 * DAY) == {"buyers"}
        assert segments_of(shop.anna.pk, at=NOON + 91 * DAY) == set()
        assert told()[-1] == ("segment_left", "buyers")


class TestFollowMembers:
    def test_lets_a_member_in_and_out(self, shop):
        segment = publish_segment(segment_id=saved(shop).pk, actor="staff:1", at=NOON)
        buy(shop, "12.00", NOON)

        came = follow_members(subjects=[shop.anna.holder], at=NOON)
        again = follow_members(subjects=[shop.anna.member_id], at=NOON)
        assert (came, again, segments_of(shop.anna.pk, at=NOON)) == (1, 0, {"buyers"})

        assert follow_members(subjects=[shop.anna.holder], at=NOON + 91 * DAY) == 1
        assert segments_of(shop.anna.pk, at=NOON + 91 * DAY) == set()
        assert segment.state == "LIVE"


class TestStopSegment:
    def test_ends_every_stay(self, shop):
        buy(shop, "12.00", NOON)
        segment = publish_segment(segment_id=saved(shop).pk, actor="staff:1", at=NOON)

        stop_segment(segment_id=segment.pk, actor="staff:1", at=NOON + DAY)

        assert segments_of(shop.anna.pk, at=NOON + DAY) == set()
        assert SegmentMembership.objects.count() == 1


class TestLists:
    def test_that_are_drawn_stay_until_drawn_again(self, shop):
        segment = publish_segment(
            segment_id=saved(shop, kind="STATIC").pk, actor="staff:1", at=NOON
        )
        buy(shop, "12.00", NOON)
        assert refresh_segment(segment_id=segment.pk, at=NOON) == 0

        assert draw_list(segment_id=segment.pk, actor="staff:1", at=NOON) == 1

    def test_that_are_uploaded_say_which_lines_are_nobody(self, shop):
        segment = saved(shop, kind="UPLOADED", document={})

        found = upload_list(
            segment_id=segment.pk,
            identifiers=["anna@example.nl", "nobody@example.nl", "???"],
            actor="staff:1",
            at=NOON,
        )

        assert found == (1, ["nobody@example.nl", "???"])
        assert segments_of(shop.anna.pk, at=NOON) == {"buyers"}


class TestAudience:
    def test_is_who_is_in_one_and_not_in_another(self, shop):
        buy(shop, "12.00", NOON)
        publish_segment(segment_id=saved(shop).pk, actor="staff:1", at=NOON)
        asked = {"programme_id": shop.programme.pk, "at": NOON}

        assert audience(segment_keys=["buyers"], without_keys=[], **asked).get() == shop.anna
        assert not audience(segment_keys=[], without_keys=["buyers"], **asked).exists()
