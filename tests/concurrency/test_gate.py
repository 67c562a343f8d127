"""Workers at the same messages, and workers killed while they send: each at most once, within the cap."""

import hashlib
import multiprocessing
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from multiprocessing.synchronize import Event
from typing import Any
from uuid import UUID

import pytest
from django.db import connections, transaction

from campaigns.models import Dispatch, Participant, StepTaken
from campaigns.services.entering import Entrance, enter
from campaigns.services.gate import BROKEN_AFTER, offer_messages, work_off
from campaigns.services.walking import walk
from members.models import Membership, Message
from tests.campaigns.gate.post import (
    PostOffice,
    allow,
    candidate,
    due,
    fates,
    left,
    open_office,
    work_until_nothing_is_due,
)
from tests.campaigns.journeys.town import MESSAGE, POINTS, Town, document, states
from tests.concurrency.racing import race
from tests.members.shop import open_shop

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4
MEMBERS = 10
SECOND = timedelta(seconds=1)
PATIENCE = 20


@pytest.fixture
def town() -> Town:
    town = Town(open_shop())
    town.nobody_held_out_of_all()
    town.message()
    town.told()
    return town


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    with open_office(settings) as office:
        yield office


def members_of(town: Town, how_many: int = MEMBERS) -> list[Membership]:
    members = [town.member(number) for number in range(how_many)]
    town.told()
    return members


def box(members: list[Membership]) -> Counter[int]:
    """What stands in their message boxes of what the gate let through."""
    rows = Message.objects.filter(membership__in=members, kind="offer")
    return Counter(rows.values_list("membership_id", flat=True))


class TestManyWorkers:
    @pytest.mark.parametrize("workers", [2, WORKERS])
    def test_send_each_message_once(self, town, office, workers):
        allow(cap=50)
        members = members_of(town)
        due(town, members, channels=["EMAIL", "INBOX"], each=3)

        answers = race([[partial(work_until_nothing_is_due, town.now, 7)]] * workers)
        work_until_nothing_is_due(town.now, 100)

        assert all(isinstance(answer, int) for (answer,) in answers), answers
        assert fates() == {("SENT", ""): 6 * MEMBERS}
        assert set(Dispatch.objects.values_list("attempts", flat=True)) <= {0, 1}
        ids = Dispatch.objects.filter(channel="EMAIL", nature="MARKETING")
        assert office.letters == {f"<{pk}@trouw>": 1 for pk in ids.values_list("pk", flat=True)}
        assert box(members) == {member.pk: 3 for member in members}

    def test_never_pass_the_cap_over_all_channels(self, town, office):
        allow(cap=2)
        members = members_of(town)
        due(town, members, channels=["EMAIL", "INBOX"], each=4)

        race([[partial(work_until_nothing_is_due, town.now, 2)]] * WORKERS)
        work_until_nothing_is_due(town.now, 100)

        assert left() == {member.pk: 2 for member in members}
        assert fates() == {("SENT", ""): 2 * MEMBERS, ("DROPPED", "cap"): 6 * MEMBERS}
        assert office.letters.total() + box(members).total() == 2 * MEMBERS
        assert max(office.letters.values(), default=0) <= 1

    @pytest.mark.parametrize("held", [Dispatch, Membership])
    def test_pass_over_what_another_decides_on(self, town, held):
        due(town, members_of(town, 3), channels=["EMAIL"])
        rows = Dispatch.objects.filter(nature="MARKETING")
        mine = rows if held is Dispatch else Membership.objects.filter(dispatches__in=rows)

        with transaction.atomic():
            assert len(mine.select_for_update(of=("self",), no_key=True)) == 3
            assert elsewhere(partial(work_off, at=town.now)) == 0
            assert fates() == {("WAITING", ""): 3}
        assert elsewhere(partial(work_off, at=town.now)) == 3

    def test_are_offered_the_same_message_once(self, town):
        (member,) = members_of(town, 1)
        offers = [candidate(town, member, f"hello:{number}") for number in range(20)]

        race([[partial(offer_messages, offers, town.now)]] * WORKERS)

        assert Dispatch.objects.filter(nature="MARKETING").count() == 20


class TestAKilledWorker:
    """Killed by a signal from outside, while it hands the fourth of ten letters over."""

    LIMIT, HANDED = 10, 4

    @pytest.fixture
    def killed(self, town: Town, office: PostOffice) -> None:
        allow(cap=50)
        due(town, members_of(town, 14), channels=["EMAIL"])
        connections.close_all()
        context = multiprocessing.get_context("fork")
        may_begin = context.Event()
        worker = context.Process(target=_work, args=(may_begin, town.now, self.LIMIT))
        worker.start()
        office.victim, office.kills_at = int(worker.pid or 0), self.HANDED
        may_begin.set()
        worker.join(60)
        office.victim = 0
        assert worker.exitcode == -signal.SIGKILL

    @pytest.mark.usefixtures("killed")
    def test_leaves_what_was_leaving_and_others_send_the_rest(self, town, office):
        assert fates() == {("SENDING", ""): self.LIMIT, ("WAITING", ""): 4}

        race([[partial(work_until_nothing_is_due, town.now + SECOND, 3)]] * WORKERS)
        work_until_nothing_is_due(town.now + BROKEN_AFTER, 100)

        assert fates() == {("SENDING", ""): self.LIMIT, ("SENT", ""): 4}
        assert sorted(office.letters.values()) == [1] * (self.HANDED + 4)

    @pytest.mark.usefixtures("killed")
    def test_makes_nothing_come_twice_ever(self, town, office):
        late = town.now + BROKEN_AFTER + SECOND

        race([[partial(work_until_nothing_is_due, late, 3)]] * WORKERS)
        for hours in (1, 24, 24 * 30):
            work_until_nothing_is_due(late + timedelta(hours=hours), 100)

        assert fates() == {("UNKNOWN", "broken_off"): self.LIMIT, ("SENT", ""): 4}
        assert sorted(office.letters.values()) == [1] * (self.HANDED + 4)
        assert max(office.addressees.values()) == 1


class TestEntering:
    def test_twice_at_once_makes_one_participant(self, town):
        campaign = town.live("hello", document(MESSAGE, trigger={"kind": "by_hand"}))
        entrances = [Entrance(member.pk, "hand") for member in members_of(town)]

        answers = race([[partial(_let_in, campaign.pk, entrances, town.now)]] * WORKERS)

        assert all(isinstance(answer, int) for (answer,) in answers), answers
        mine = Participant.objects.filter(campaign=campaign)
        assert mine.count() == MEMBERS
        assert mine.values("membership").distinct().count() == MEMBERS


class TestWalking:
    def test_at_once_takes_each_step_once(self, town):
        steps = [MESSAGE, POINTS, {"kind": "wait", "days": 1}, POINTS]
        campaign = town.live("hello", document(*steps, trigger={"kind": "by_hand"}))
        members = members_of(town)
        _let_in(campaign.pk, [Entrance(member.pk, "hand") for member in members], town.now)

        for days in (0, 2):
            at = town.now + timedelta(days=days)
            answers = race([[partial(walk, at=at, limit=20)]] * WORKERS)
            assert all(isinstance(answer, int) for (answer,) in answers), answers
            walk(at=at)

        assert states(campaign) == ["DONE"] * MEMBERS
        assert StepTaken.objects.count() == 4 * MEMBERS
        assert [town.points_of(member) for member in members] == [100] * MEMBERS
        assert Dispatch.objects.filter(campaign=campaign).count() == MEMBERS

    def test_passes_over_whom_another_walks_with(self, town):
        campaign = town.live("hello", document(MESSAGE, trigger={"kind": "by_hand"}))
        members = members_of(town, 3)
        _let_in(campaign.pk, [Entrance(member.pk, "hand") for member in members], town.now)

        with transaction.atomic():
            assert len(Participant.objects.select_for_update(of=("self",), no_key=True)) == 3
            assert elsewhere(partial(walk, at=town.now)) == 0
        assert elsewhere(partial(walk, at=town.now)) == 3


class TestHeldOut:
    def test_get_nothing_while_everything_happens_at_once(self, town):
        steps = [{**MESSAGE, "how": "all"}, POINTS, {"kind": "tag", "segment": "touched"}]
        campaign = town.live("gift", document(*steps, trigger={"kind": "by_hand"}), holdout=50)
        members = members_of(town, 2 * MEMBERS)
        entrances = [Entrance(member.pk, "hand") for member in members]

        race([[partial(_everything, campaign.pk, entrances, town.now)]] * WORKERS)
        _everything(campaign.pk, entrances, town.now)

        held = {member.pk for member in members if _is_held(campaign.salt, member.member_id)}
        rows = Participant.objects.filter(campaign=campaign)
        assert {row.membership_id for row in rows.filter(arm="holdout")} == held
        assert 2 <= len(held) <= 18
        for member in members:
            is_held = member.pk in held
            assert town.points_of(member) == (0 if is_held else 50)
            assert member.segments.count() == (0 if is_held else 1)
            assert Dispatch.objects.filter(campaign=campaign, membership=member).count() == (
                0 if is_held else 2
            )


def _everything(campaign_id: int, entrances: list[Entrance], at: datetime) -> None:
    _let_in(campaign_id, entrances, at)
    walk(at=at)
    work_until_nothing_is_due(at, 5)


def _is_held(salt: str, member_id: UUID) -> bool:
    """The lot as it is documented: below a half of 64 bits of SHA-256."""
    return hashlib.sha256(f"{salt}:{member_id}".encode()).hexdigest()[0] in "01234567"


def elsewhere(deed: Callable[[], int]) -> int:
    """Do it by a connection of its own, while this one's transaction stays open."""

    def do() -> int:
        try:
            return deed()
        finally:
            connections.close_all()

    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(do).result(PATIENCE)
    finally:
        pool.shutdown(wait=False)  # it may wait for a row that this transaction holds


def _let_in(campaign_id: int, entrances: list[Entrance], at: datetime) -> int:
    return enter(campaign_id=campaign_id, entrances=entrances, at=at)


def _work(may_begin: Event, at: datetime, limit: int) -> None:
    may_begin.wait(60)
    work_off(at=at, limit=limit)
