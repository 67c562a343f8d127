"""What somebody did in the webshop before they joined is theirs once they have."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from loyalty.services.rulebook import current_rulebook
from members.models import Activity, Member, Visitor
from members.services.visitors import keep_visitor_event, remember_visitor
from members.types import ActivitySubmission, LineSubmission
from tests.portal.shop import Shop
from tests.portal.test_signing_in import join


@pytest.fixture
def visitor(shop: Shop, now: datetime) -> Visitor:
    visitor = remember_visitor(programme_id=shop.programme.pk, text_version="2026-11", at=now)
    line = LineSubmission(product="p-1", category="tools", amount="20.00")
    submission = ActivitySubmission(
        type="purchase",
        member="",
        source="webshop",
        external_id="o-1",
        occurred_at=now - timedelta(minutes=5),
        lines=(line,),
    )
    keep_visitor_event(
        book=current_rulebook(programme_id=shop.programme.pk),
        visitor_id=visitor.pk,
        submission=submission,
        actor="api:webshop",
        at=now,
    )
    return visitor


def test_joining_by_the_shops_link_makes_the_deeds_the_members(
    client: Client, shop: Shop, visitor: Visitor
) -> None:
    client.get("/j/anything/", {"visitor": str(visitor.pk)})
    join(client, "bo@example.nl")

    visitor.refresh_from_db()
    activity = Activity.objects.get()
    assert visitor.member == Member.objects.get()
    assert (activity.membership.member, activity.points) == (visitor.member, 20)


@pytest.mark.parametrize("said", ["nonsense", "0196e000-0000-7000-8000-000000000000", ""])
def test_a_link_of_nobody_changes_nothing(client: Client, visitor: Visitor, said: str) -> None:
    client.get("/j/anything/", {"visitor": said})
    join(client, "bo@example.nl")

    assert Member.objects.count() == 1
    assert Activity.objects.count() == 0
