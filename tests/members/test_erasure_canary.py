"""I20: somebody whose every word is a canary is forgotten, and no canary is left anywhere."""

import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.utils import timezone

from loyalty.models import Account, Transfer, Unit
from loyalty.services.adjustments import adjust_points
from loyalty.services.audit import audit
from loyalty.services.pools import open_pool
from loyalty.services.relay import hand_on
from members.models import (
    BulkDeed,
    Import,
    ImportPiece,
    ImportRow,
    Member,
    Membership,
    Message,
    SavedFilter,
    User,
)
from members.selectors import account_of
from members.services import erasure
from members.services.erasure import erase_member
from members.services.notes import write_note
from members.services.profiles import change_profile
from members.services.traces import traces
from tests.api.conftest import till_of
from tests.members.canaries import PERSON, every_file, every_table, found
from tests.members.shop import Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(settings: Any, tmp_path: Path) -> Shop:
    settings.DEMO_MAILBOX = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return open_shop(card="card:2990000000026", email="email:bo@example.nl")


def joined(shop: Shop) -> Membership:
    """At the till, twice with the same key, with everything a till can say."""
    body = {
        "identifiers": [
            f"card:{PERSON['card']}",
            f"email:{PERSON['email']}",
            f"phone:{PERSON['phone']}",
        ],
        "given_name": PERSON["given_name"],
        "family_name": PERSON["family_name"],
        "location": PERSON["location"],
    }
    till = till_of(shop)
    key = {"Idempotency-Key": f"join {PERSON['email']}"}
    first, again = (till.post("members", body, **key) for _ in range(2))
    member_id = first.json()["id"]
    assert again.json()["id"] == member_id
    for kind, receipt in (("purchase", "4711"), ("review", PERSON["external"])):
        activity: dict[str, Any] = {
            "type": kind,
            "member": f"card:{PERSON['card']}",
            "source": "till",
            "external_id": receipt,
            "occurred_at": "2026-11-22T12:00:00Z",
            "location": PERSON["location"],
            "attributes": {"text": PERSON["review"], "question": PERSON["support"]},
        }
        if kind == "purchase":
            activity["lines"] = [{"product": "emulsion", "amount": "50.00", "category": "paint"}]
        assert till.post("activities", activity).status_code == 201
    till.get(f"members?identifier=email:{PERSON['email']}")
    return Membership.objects.select_related("member").get(member=member_id)


def signed_in(membership: Membership) -> User:
    """A login of theirs, a session half begun, a mail, and somebody who guesses the password."""
    user = User.objects.create_user(PERSON["email"], "a long enough password")
    Member.objects.filter(pk=membership.member_id).update(user=user)
    inside, outside = Client(), Client()
    inside.force_login(user)
    inside.get("/me/")
    outside.post("/accounts/login/code/", {"email": PERSON["email"]})
    outside.post("/accounts/login/", {"login": PERSON["email"], "password": "a guess"})
    session = outside.session
    session["half"] = {"email": PERSON["email"]}
    session.save()
    EmailMessage("Code", f"Dag {PERSON['given_name']}", None, [PERSON["email"]]).send()
    return user


def told_at_the_desk(shop: Shop, membership: Membership, user: User) -> None:
    """What colleagues wrote, changed, looked for and sent."""
    now = timezone.now()
    change_profile(member_id=membership.member_id, family_name="Kanarie", actor="staff:1", at=now)
    write_note(member_id=membership.member_id, text=PERSON["note"], author="staff:1", at=now)
    adjust_points(
        account_id=account_of(membership),
        points=25,
        reason=PERSON["remark"],
        actor="staff:1",
        at=now,
        key=str(uuid4()),
    )
    unit = Unit.objects.get(programme=shop.programme, code="points")
    Unit.objects.filter(pk=unit.pk).update(is_shareable=True)
    open_pool(
        unit_id=unit.pk,
        holder=uuid4(),
        contributors=[membership.holder],
        name=PERSON["pool"],
        actor="staff:1",
        at=now,
    )
    Message.objects.create(
        membership=membership, key="k", kind="service", sent_at=now,
        title_nl=PERSON["message"], title_en=PERSON["message"],
        text_nl=PERSON["message"], text_en=PERSON["message"],
    )  # fmt: skip
    colleague = User.objects.create_user("jane@example.org", "a long enough password")
    SavedFilter.objects.create(
        user=colleague, page="members_member", name="mine", query=f"q={PERSON['email']}"
    )
    for model, pk in ((Member, membership.member_id), (User, user.pk)):
        LogEntry.objects.create(
            user=colleague, content_type=ContentType.objects.get_for_model(model),
            object_id=str(pk), object_repr=PERSON["history"], action_flag=CHANGE,
            change_message=json.dumps([{"changed": {"name": PERSON["email"]}}]),
        )  # fmt: skip


def left_elsewhere(shop: Shop, membership: Membership) -> None:
    """In files that came in, in the cache and in the queue."""
    now, mark = timezone.now(), PERSON["email"]
    imported = Import.objects.create(
        id=uuid4(), programme=shop.programme, kind="MEMBERS", file_name="members.csv",
        digest="0" * 64, actor="staff:1", uploaded_at=now,
    )  # fmt: skip
    ImportPiece.objects.create(
        of=imported, number=0, content=f"email;name\n{mark};Kanarina\n".encode()
    )
    ImportRow.objects.create(
        of=imported, number=2, outcome="REFUSED", said=["Kanarina", mark], problem=mark
    )
    ImportRow.objects.create(
        of=imported, number=3, outcome="NEW", said=["Kanarina"], membership_id=membership.pk
    )
    BulkDeed.objects.create(
        id=uuid4(), programme=shop.programme, deed="NOTE", asked={"text": mark},
        text=f"Called {mark}", total=1, actor="staff:1", asked_at=now,
    )  # fmt: skip
    cache.set(f"seen:{mark}", {"email": mark}, 3600)
    cache.set("other", {"email": mark}, 3600)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pgmq.create('kanarie_test')")
        message = json.dumps({"body": {"to": mark}})
        cursor.execute("SELECT pgmq.send('kanarie_test', %s::jsonb)", [message])
        cursor.execute("SELECT pgmq.send('kanarie_test', %s::jsonb)", [message])
        cursor.execute("SELECT pgmq.archive('kanarie_test', 1::bigint)")


def lived(shop: Shop) -> Membership:
    membership = joined(shop)
    user = signed_in(membership)
    told_at_the_desk(shop, membership, user)
    left_elsewhere(shop, membership)
    hand_on(at=timezone.now() + timedelta(seconds=1))
    return membership


def forget(membership: Membership) -> Any:
    now = timezone.now() + timedelta(seconds=2)
    done = erase_member(member_id=membership.member_id, reason="asked", actor="staff:1", at=now)
    hand_on(at=now + timedelta(seconds=1))
    return done


def places() -> dict[str, list[str]]:
    said = found(every_table())
    return {place: hits for place, hits in said.items() if place != "pgmq.meta"}


def totals() -> dict[str, int]:
    kinds = Transfer.objects.exclude(source="forfeit").values_list("kind", "points")
    sums: dict[str, int] = {}
    for kind, points in kinds:
        sums[kind] = sums.get(kind, 0) + points
    return sums


class TestCanary:
    def test_nothing_of_the_person_is_left_and_the_books_are_as_they_were(
        self, shop: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, logger="members")
        membership = lived(shop)
        sums = totals()
        assert [each.name for each in audit() if each.differences] == []
        before = set(places())

        done = forget(membership)

        assert before >= {
            "public.members_member",
            "public.members_identifier",
            "public.members_activity",
            "public.members_note",
            "public.members_message",
            "public.members_importpiece",
            "public.members_importrow",
            "public.members_bulkdeed",
            "public.members_savedfilter",
            "public.members_user",
            "public.loyalty_remark",
            "public.loyalty_pool",
            "public.loyalty_outboxevent",
            "public.loyalty_keptanswer",
            "public.django_admin_log",
            "public.django_session",
            "public.config_cache",
        }
        assert places() == {}
        assert found(every_file(tmp_path)) == {}
        assert found(iter([("log", caplog.text.encode())])) == {}
        assert done.points > 0
        assert totals() == sums
        assert [each.name for each in audit() if each.differences] == []

    def test_the_search_finds_each_of_them_when_nobody_is_forgotten(
        self, shop: Shop, tmp_path: Path
    ) -> None:
        lived(shop)

        assert len(places()) > 15
        assert found(every_file(tmp_path)) != {}

    @pytest.mark.parametrize(
        ("place", "table"),
        [
            ("remarks", "public.loyalty_remark"),
            ("history", "public.django_admin_log"),
            ("answers_kept", "public.loyalty_keptanswer"),
        ],
    )
    def test_would_show_a_place_that_was_left_out(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch, place: str, table: str
    ) -> None:
        membership = lived(shop)
        some = {key: trace for key, trace in traces().items() if key != place}
        monkeypatch.setattr(erasure, "traces", lambda: some)

        forget(membership)

        assert set(places()) == {table}

    def test_what_a_forgotten_account_holds_is_nothing(self, shop: Shop) -> None:
        membership = lived(shop)

        forget(membership)

        accounts = Account.objects.filter(holder=membership.holder, kind="MEMBER")
        assert set(accounts.values_list("balance", flat=True)) == {0}
        assert not accounts.filter(closed_at=None).exists()
