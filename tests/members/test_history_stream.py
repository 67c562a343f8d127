import random
from datetime import timedelta
from itertools import groupby, pairwise
from operator import attrgetter

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.services.back_test_check import check_live_rules
from loyalty.services.pasts import Past, archive
from loyalty.services.rule_sets import document_of
from loyalty.services.trying_out import try_out
from loyalty.types import Award
from members.models import Activity
from members.services import history_stream
from members.services.activities import record_activities
from members.services.enrolment import enrol_member
from tests.members.deeds import bought, day, part, record, returned
from tests.members.shop import CARD, NOON, Shop
from tests.properties.test_order import messages, publish

pytestmark = pytest.mark.django_db
ENDED = NOON + timedelta(days=1)
BO = "card:2990000000026"


def told(shop: Shop, order: str = "member", *, until=ENDED) -> list[Past]:
    return list(archive().tell(shop.programme.pk, until=until, order=order))


def join_bo(shop: Shop) -> None:
    enrol_member(
        programme_id=shop.programme.pk, identifiers=[BO], touchpoint="api", actor="test", at=NOON
    )


def check(shop: Shop):
    return check_live_rules(programme_id=shop.programme.pk, since=day(1), until=ENDED)


class TestActivityArchive:
    def test_tells_an_activity_as_it_was_recorded(self, shop):
        answer = record(shop, bought("b-1", 3, "12.50", "7.95", location="Utrecht"))

        [past] = told(shop)

        assert (past.holder, past.id, past.key) == (shop.anna.holder, answer.id, "kassa:b-1")
        assert past.rule_set == shop.book.rule_set_id
        assert (past.award.points, past.line_points) == (20, (12, 8))
        assert past.award == msgspec.structs.replace(answer.award, reasons=past.award.reasons)
        assert [str(line.amount) for line in past.activity.lines] == ["12.50", "7.95"]
        assert (past.activity.occurred_at, past.activity.location) == (day(3), "Utrecht")
        assert (past.original, past.returned, past.revisions) == ("", (), ())

    def test_tells_a_return_and_what_it_left(self, shop):
        record(shop, bought("b-1", 3, "10.00", "20.00"))
        back = record(shop, returned("r-1", "b-1", 4, part(1)))

        sale, came_back = told(shop)

        assert came_back.original == sale.key
        assert [line.line for line in came_back.returned] == [0]
        assert [(each.cause, each.award.points) for each in sale.revisions] == [(back.id, 20)]
        assert (sale.award.points, sale.final.points) == (30, 20)

    def test_leaves_out_what_happened_at_the_end_or_later_and_what_came_of_it(self, shop):
        record(shop, bought("b-1", 3, "10.00"))
        record(shop, returned("r-1", "b-1", 5))

        [sale] = told(shop, until=day(5))

        assert sale.final.points == 10
        assert archive().count(shop.programme.pk, until=day(5)) == 1
        assert archive().returned(shop.programme.pk, until=day(5)) == set()
        assert archive().returned(shop.programme.pk, until=ENDED) == {"kassa:b-1"}

    @pytest.mark.parametrize("page", [1, 3, 2000])
    def test_keeps_the_order_over_all_pages(self, shop, monkeypatch, page):
        monkeypatch.setattr(history_stream, "PAGE", page)
        join_bo(shop)
        members = [CARD, BO]
        for n, on in enumerate([5, 3, 3, 9, 1, 7, 3]):
            record(shop, bought(f"b-{9 - n}", on, "1.00", member=members[n % 2]))

        by_moment = told(shop, "moment")
        by_member = told(shop, "member")

        def order(past: Past):
            return past.activity.occurred_at, past.source, past.external_id

        assert len(by_moment) == len(by_member) == 7
        assert [order(p) for p in by_moment] == sorted(order(p) for p in by_moment)
        holders = [holder for holder, _pasts in groupby(by_member, attrgetter("holder"))]
        assert len(holders) == len(set(holders)) == 2
        for one, next_one in pairwise(by_member):
            assert one.holder != next_one.holder or order(one) < order(next_one)

    def test_asks_once_for_a_page(self, shop, monkeypatch):
        for n in range(6):
            record(shop, bought(f"b-{n}", n + 1, "1.00", "2.00"))
        monkeypatch.setattr(history_stream, "PAGE", 3)

        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(told(shop)) == 6

        # the zone, the order, and two pages; the cursor's own fetches are no statements
        assert len(queries) <= 5


class TestLiveRules:
    @pytest.mark.parametrize("seed", range(4))
    def test_replayed_give_the_books_bit_for_bit_however_things_came_in(self, shop, seed):
        """Tiers, limits, returns, reviews, pending points, late arrivals, and rules that change."""
        choose = random.Random(seed)
        publish(shop)
        said = messages(choose)
        choose.shuffle(said)
        half = len(said) // 2
        record_activities(book=shop.book, submissions=said[:half], actor="api:kassa", at=NOON)
        extra = {"schema": 2, "trigger": "purchase", "effects": [{"kind": "fixed", "points": 7}]}
        shop.publish("extra", extra)
        for submission in said[half:]:
            record_activities(book=shop.book, submissions=[submission], actor="api:kassa", at=NOON)

        checked = check(shop)

        assert checked.first == []
        assert (checked.activities, checked.different) == (Activity.objects.count(), 0)
        assert Activity.objects.filter(revisions__isnull=False).exists()

    def test_replayed_tell_what_was_given_otherwise(self, shop, monkeypatch):
        record(shop, bought("b-1", 3, "10.00"))
        record(shop, bought("b-2", 4, "10.00"))
        tell = history_stream.ActivityArchive.tell

        def altered(self, programme_id, **period):
            for past in tell(self, programme_id, **period):
                if past.external_id == "b-2":
                    yield past._replace(award=Award(points=11, loose_points=11))
                else:
                    yield past

        monkeypatch.setattr(history_stream.ActivityArchive, "tell", altered)
        checked = check(shop)

        assert (checked.activities, checked.different) == (2, 1)
        assert {each.activity for each in checked.first} == {"kassa:b-2"}

    def test_tried_as_a_draft_change_nothing(self, shop):
        publish(shop)
        said = sorted(messages(random.Random(5)), key=lambda each: each.occurred_at)
        record_activities(book=shop.book, submissions=said, actor="api:kassa", at=NOON)

        figures = try_out(
            programme=shop.programme,
            draft=document_of(shop.programme.pk),
            since=day(1),
            until=ENDED,
        )

        assert figures.activities > 20
        assert figures.changed == 0
        assert figures.cost.live == figures.cost.draft > 0
        assert all(move.live == move.draft for move in figures.tier_moves)
        assert [each.live for each in figures.tier_members] == [1]
