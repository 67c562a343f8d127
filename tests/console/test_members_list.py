"""The list of members: searched, filtered, kept as a view, paged; deeds for many; insight."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.errors import InvalidRequest
from loyalty.models import Account, Programme, Transfer
from members.models import BulkDeed, MemberLook, Membership, Note, SavedFilter
from members.services import bulk
from members.services.bulk import ask_bulk_deed, work_on_bulk
from members.services.enrolment import Enrolment, enrol_member, enrol_members
from members.services.insight import member_insight
from members.services.member_search import Chosen, MemberFilter
from tests.console.conftest import NOON, Buy

LIST = "/console/members/member/"


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def names(response: Any) -> list[str]:
    return [str(member) for member in response.context["cl"].result_list]


@pytest.fixture(autouse=True)
def _counted_anew(db: None) -> None:
    cache.clear()


@pytest.fixture
def crowd(programme: Programme, anna: Membership) -> list[Membership]:
    """Anna, and three others."""

    def join(given: str, family: str, *identifiers: str, **how: Any) -> Membership:
        return enrol_member(
            programme_id=programme.pk,
            identifiers=list(identifiers),
            given_name=given,
            family_name=family,
            touchpoint=how.get("touchpoint", "portal"),
            location=how.get("location", ""),
            actor="t",
            at=how.get("at", NOON),
        )

    return [
        anna,
        join("Zoë", "Müller-Østergård", "ext:crm:A-77", "phone:0612345678"),
        join("Bob", "O'Brien", "email:bob@example.nl", touchpoint="poster"),
        join("Ab", "Vriesema", "card:2990000000026", at=NOON - timedelta(days=400)),
    ]


class TestSearching:
    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            ("vri ann", ["Anna de Vries"]),
            ("VRIES", ["Ab Vriesema", "Anna de Vries"]),
            ("zoe", ["Zoë Müller-Østergård"]),
            ("ostergard muller", ["Zoë Müller-Østergård"]),
            ("brien", ["Bob O'Brien"]),
            ("o’brien bob", ["Bob O'Brien"]),
            ("nna", []),
            ("bob@ex", ["Bob O'Brien"]),
            ("06 1234 5678", ["Zoë Müller-Østergård"]),
            ("+31612345678", ["Zoë Müller-Østergård"]),
            ("crm:A-77", ["Zoë Müller-Østergård"]),
            ("A-77", ["Zoë Müller-Østergård"]),
            ("4711", ["Anna de Vries"]),
            ("2990 0000 0002", ["Ab Vriesema"]),
            ("' OR 1=1 --", []),
            ("!!", []),
        ],
    )
    def test_finds_whatever_is_said(  # noqa: PLR0917
        self,
        client: Client,
        sign_in: Callable[..., Any],
        crowd: list[Membership],
        buy: Buy,
        said: str,
        expected: list[str],
    ) -> None:
        buy("50.00", receipt="4711")
        sign_in("marketer")
        assert names(client.get(LIST, {"q": said})) == expected

    def test_finds_by_the_members_id(
        self, client: Client, sign_in: Callable[..., Any], crowd: list[Membership]
    ) -> None:
        sign_in("marketer")
        assert names(client.get(LIST, {"q": str(crowd[2].member_id)})) == ["Bob O'Brien"]
        assert names(client.get(LIST, {"q": str(uuid4())})) == []


class TestFiltering:
    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ({"through": "poster"}, ["Bob O'Brien"]),
            ({"location": "Utrecht"}, ["Anna de Vries"]),
            ({"joined_to": "2026-01-01"}, ["Ab Vriesema"]),
            (
                {"joined_from": "2026-08-01", "joined_to": "2026-08-24"},
                ["Anna de Vries"],
            ),
            ({"points_from": "40"}, ["Anna de Vries"]),
            ({"points_to": "0", "through": "poster"}, ["Bob O'Brien"]),
            ({"login": "yes"}, []),
            ({"consent": "OFFERS"}, []),
            ({"location": "nowhere"}, ["all"]),
            ({"points_from": "many"}, ["all"]),
        ],
    )
    def test_narrows_the_list(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        crowd: list[Membership],
        asked: dict[str, str],
        expected: list[str],
    ) -> None:
        from loyalty.services.adjustments import adjust_points
        from members.selectors import account_of

        adjust_points(
            account_id=account_of(crowd[0]), points=40, reason="x", actor="t", at=NOON, key="k"
        )
        sign_in("marketer")
        everybody = ["Ab Vriesema", "Anna de Vries", "Bob O'Brien", "Zoë Müller-Østergård"]
        shown = sorted(names(client.get(LIST, asked)))
        assert shown == (everybody if expected == ["all"] else expected)

    def test_by_what_they_did_lately(
        self, client: Client, sign_in: Callable[..., Any], crowd: list[Membership], buy: Buy
    ) -> None:
        buy("50.00")
        sign_in("marketer")
        within = {"active": "365"}
        assert names(client.get(LIST, within)) == ["Anna de Vries"]
        assert "Anna de Vries" not in names(client.get(LIST, {"quiet": "365"}))

    def test_a_view_is_kept_shared_and_dropped(
        self, client: Client, sign_in: Callable[..., Any], crowd: list[Membership]
    ) -> None:
        mine = sign_in("marketer")
        keep = {"query": "through=poster&evil=1", "name": "Posters"}
        shown = client.post(f"{LIST}views/keep/", keep, follow=True)
        assert names(shown) == ["Bob O'Brien"]
        view = SavedFilter.objects.get()
        assert (view.user_id, view.query, view.is_shared) == (mine.pk, "through=poster", False)
        sign_in("service desk")
        assert "Posters" not in text(client.get(LIST))
        client.post(f"{LIST}views/{view.pk}/drop/")
        assert SavedFilter.objects.count() == 1
        SavedFilter.objects.update(is_shared=True)
        assert "Posters" in text(client.get(LIST))

    def test_a_view_without_a_question_or_a_name_is_not_kept(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("marketer")
        client.post(f"{LIST}views/keep/", {"query": "", "name": "All"})
        client.post(f"{LIST}views/keep/", {"query": "through=poster", "name": " "})
        assert not SavedFilter.objects.exists()


def test_pages_go_on_after_the_last_seen(
    client: Client,
    sign_in: Callable[..., Any],
    programme: Programme,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    enrol_members(
        programme_id=programme.pk,
        enrolments=[Enrolment(identifiers=[f"ext:t:{n}"], given_name=f"N{n}") for n in range(120)],
        touchpoint="import",
        actor="t",
        at=NOON,
    )
    sign_in("marketer")
    first = client.get(LIST)
    second = client.get(LIST + first.context["cl"].older)
    with django_assert_max_num_queries(15):
        third = client.get(LIST + second.context["cl"].older)
    shown = [*names(first), *names(second), *names(third)]
    assert (len(shown), len(set(shown)), third.context["cl"].older) == (120, 120, "")


class TestForMany:
    def form(self, client: Client, query: str = "") -> dict[str, Any]:
        form = client.get(f"{LIST}bulk/?{query}").context["form"]
        return {"key": str(form.initial["key"]), "counted": form.initial["counted"]}

    def test_gives_points_to_all_who_match_once(
        self, client: Client, sign_in: Callable[..., Any], crowd: list[Membership]
    ) -> None:
        sign_in("service desk")
        said = self.form(client, "through=poster")
        assert said["counted"] == 1
        said |= {"deed": "POINTS", "points": "25", "text": "Sorry for the rain"}
        for _again in range(2):
            done = client.post(f"{LIST}bulk/?through=poster", said, follow=True)
            assert "Done for 1 of 1 members." in text(done)
        transfer = Transfer.objects.get()
        assert transfer.points == 25
        assert transfer.external_id == f"bulk:{said['key']}:{crowd[2].pk}"

    def test_for_those_that_were_ticked(
        self, client: Client, sign_in: Callable[..., Any], crowd: list[Membership]
    ) -> None:
        sign_in("service desk")
        ticked = [str(crowd[0].member_id), str(crowd[3].member_id)]
        sent = client.post(LIST, {"action": "for_these", "_selected_action": ticked})
        assert sent.status_code == 302
        query = sent["Location"].partition("?")[2]
        said = self.form(client, query) | {"deed": "NOTE", "text": "Call back"}
        assert said["counted"] == 2
        client.post(f"{LIST}bulk/?{query}", said)
        assert sorted(str(note.member_id) for note in Note.objects.all()) == sorted(ticked)

    def test_when_it_is_not_so_many_any_more_nothing_is_done(
        self, client: Client, sign_in: Callable[..., Any], crowd: list[Membership]
    ) -> None:
        sign_in("service desk")
        said = self.form(client) | {"deed": "POINTS", "points": "25", "text": "x", "counted": 3}
        refused = client.post(f"{LIST}bulk/", said)
        assert refused.context["form"].non_field_errors()
        assert not BulkDeed.objects.exists()
        assert not Transfer.objects.exists()

    def test_goes_on_in_chunks_where_a_worker_died(
        self, monkeypatch: pytest.MonkeyPatch, programme: Programme, crowd: list[Membership]
    ) -> None:
        monkeypatch.setattr(bulk, "AT_ONCE", 3)
        asked = ask_bulk_deed(
            programme_id=programme.pk,
            deed=BulkDeed.Deed.POINTS,
            chosen=Chosen(asked=MemberFilter()),
            counted=4,
            points=10,
            text="Sorry",
            key=uuid4(),
            actor="staff:0",
            at=NOON,
        )
        assert work_on_bulk(bulk_id=asked.pk, at=NOON)
        asked.refresh_from_db()
        assert (asked.state, asked.done, asked.ended_at) == ("RUNNING", 3, None)
        assert not work_on_bulk(bulk_id=asked.pk, at=NOON)
        assert not work_on_bulk(bulk_id=asked.pk, at=NOON)
        asked.refresh_from_db()
        assert (asked.state, asked.done, asked.refused) == ("DONE", 4, 0)
        held = Account.objects.filter(kind="MEMBER", unit__code="points")
        assert sorted(held.values_list("balance", flat=True)) == [10, 10, 10, 10]

    def test_nobody_gives_points_to_themselves(
        self, sign_in: Callable[..., Any], programme: Programme, anna: Membership
    ) -> None:
        user = sign_in("service desk")
        anna.member.user = user
        anna.member.save(update_fields=["user"])
        asked = ask_bulk_deed(
            programme_id=programme.pk,
            deed=BulkDeed.Deed.POINTS,
            chosen=Chosen(),
            counted=1,
            points=10,
            text="Me",
            key=uuid4(),
            actor=f"staff:{user.pk}",
            at=NOON,
        )
        work_on_bulk(bulk_id=asked.pk, at=NOON)
        asked.refresh_from_db()
        assert (asked.done, asked.refused) == (0, 1)
        assert not Transfer.objects.exists()

    @pytest.mark.parametrize("points", [0, -5, 10_000_001])
    def test_refuses_points_that_make_no_sense(
        self, programme: Programme, anna: Membership, points: int
    ) -> None:
        with pytest.raises(InvalidRequest):
            ask_bulk_deed(
                programme_id=programme.pk,
                deed=BulkDeed.Deed.POINTS,
                chosen=Chosen(),
                counted=1,
                points=points,
                text="x",
                key=uuid4(),
                actor="staff:0",
                at=NOON,
            )
        assert not BulkDeed.objects.exists()

    def test_makes_a_file_without_formulas_that_members_read_of(
        self, client: Client, sign_in: Callable[..., Any], programme: Programme
    ) -> None:
        joined = enrol_member(
            programme_id=programme.pk,
            identifiers=["email:eve@example.nl"],
            given_name="=HYPERLINK(1)",
            touchpoint="api",
            actor="t",
            at=NOON,
        )
        sign_in("service desk")
        answer: Any = client.post(f"{LIST}bulk/export/")
        made = b"".join(answer.streaming_content).decode()
        row = made.splitlines()[1].split(",")
        assert row[:5] == [str(joined.member_id), "'=HYPERLINK(1)", "", "nl", "eve@example.nl"]
        look = MemberLook.objects.get()
        assert (look.deed, look.what, look.role) == ("EXPORTED", "list", "service desk")

    def test_a_marketer_does_none_of_it(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        sign_in("marketer")
        assert client.get(f"{LIST}bulk/").status_code == 403
        assert client.post(f"{LIST}bulk/export/").status_code == 403
        assert "for all members" not in text(client.get(LIST))


class TestInsight:
    def test_counts_who_came_and_how_far(
        self, programme: Programme, crowd: list[Membership], buy: Buy
    ) -> None:
        buy("50.00", receipt="a")
        buy("50.00", receipt="b")
        told = member_insight(programme, at=NOON)
        assert (told.joined, told.bought, told.bought_again, told.redeemed) == (4, 1, 1, 0)
        assert (told.active, told.inactive) == (1, 3)
        assert len(told.weeks) == 26
        assert told.weeks[-1].through == {"portal": 1, "poster": 1}
        of_utrecht = member_insight(programme, location="Utrecht", at=NOON)
        assert (of_utrecht.joined, of_utrecht.bought) == (1, 1)

    def test_is_a_page_with_the_figures_behind_it(
        self, client: Client, sign_in: Callable[..., Any], crowd: list[Membership]
    ) -> None:
        sign_in("marketer")
        shown = text(client.get(f"{LIST}insight/"))
        assert "New members per week, by where they came through" in shown
        assert "of the step before" in shown
        assert client.get(f"{LIST}insight/?location=Utrecht").status_code == 200

    def test_is_not_for_finance(self, client: Client, sign_in: Callable[..., Any]) -> None:
        sign_in("finance")
        assert client.get(f"{LIST}insight/").status_code == 403
