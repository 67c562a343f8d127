"""A member's page: its sentence, its picture, its timeline, notes and the desk's deeds."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loyalty.events import dispatch_pending
from loyalty.models import Programme
from members.models import Identifier, Member, MemberLook, Membership, Note, TimelineEntry
from members.services.cards import add_identifier, block_card
from members.services.consents import record_consent
from members.services.picture import picture_of
from tests.console.conftest import NOON, Buy

LIST = "/console/members/member/"


def page(anna: Membership, tab: str = "", **more: str) -> str:
    said = "&".join(f"{key}={value}" for key, value in {"tab": tab, **more}.items() if value)
    return f"{LIST}{anna.member_id}/change/?{said}"


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestTheHeading:
    def test_says_who_it_is_and_when_they_were_last_seen(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, buy: Buy
    ) -> None:
        buy("50.00")
        sign_in("service desk")
        days = (timezone.localdate() - NOON.date()).days
        seen = {0: "was last seen today", 1: "was last seen 1 day ago"}
        said = seen.get(days, f"was last seen {days} days ago")
        shown = text(client.get(page(anna)))
        assert (
            "Anna de Vries has been a member since 24 August 2026, through the webshop or the till "
            f"in Utrecht; {said}." in shown
        )
        assert "0 points, worth €0.00." in shown

    def test_marks_a_blocked_card(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        card = Identifier.objects.get(member=anna.member_id, kind="CARD")
        block_card(
            member_id=anna.member_id, identifier_id=card.pk, reason="LOST", actor="t", at=NOON
        )
        sign_in("service desk")
        assert "(blocked)" in text(client.get(page(anna)))

    def test_that_it_was_opened_is_written_down_for_the_member(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        user = sign_in("service desk")
        client.get(page(anna))
        look = MemberLook.objects.get(member=anna.member_id)
        assert (look.actor, look.role, look.deed, look.what) == (
            f"staff:{user.pk}",
            "service desk",
            "SEEN",
            "statement",
        )

    def test_costs_the_same_queries_for_whatever_they_bought(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        anna: Membership,
        buy: Buy,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("service desk")
        for number in range(30):
            buy("10.00", receipt=f"r{number}")
        dispatch_pending(at=NOON)
        for tab in ("statement", "activities", "story", "notes", "consents", "cards", "privacy"):
            client.get(page(anna, tab))
            with django_assert_max_num_queries(32):
                client.get(page(anna, tab))


class TestThePicture:
    def test_counts_purchases_their_average_and_favourites(
        self, anna: Membership, buy: Buy
    ) -> None:
        buy("50.00", receipt="a")
        buy("20.01", receipt="b")
        buy("10.00", receipt="c", category="wallpaper")
        picture = picture_of(anna, at=NOON)
        assert (picture.purchases, str(picture.amount), str(picture.average)) == (
            3,
            "80.01",
            "26.67",
        )
        assert [(each.key, each.times) for each in picture.categories] == [
            ("paint", 2),
            ("wallpaper", 1),
        ]
        assert [(each.key, each.times) for each in picture.locations] == [("Utrecht", 3)]
        assert picture.seen == [("store", NOON)]
        assert len(picture.months) == 13
        last = picture.months[-1]
        assert (last.first.isoformat(), last.purchases, str(last.amount)) == (
            "2026-11-01",
            3,
            "80.01",
        )

    def test_of_somebody_who_never_bought_is_empty(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        assert picture_of(anna, at=NOON).purchases == 0
        sign_in("marketer")
        assert "How this customer buys" not in text(client.get(page(anna)))


class TestTheTimeline:
    @pytest.fixture
    def lived(self, anna: Membership, buy: Buy) -> Membership:
        buy("50.00", receipt="4711")
        added = add_identifier(
            member_id=anna.member_id, identifier="phone:0612345678", actor="client:till", at=NOON
        )
        assert added.kind == "PHONE"
        record_consent(
            member_id=anna.member_id,
            purpose="OFFERS",
            channel="EMAIL",
            is_given=True,
            text_version="1",
            touchpoint="portal",
            actor="t",
            at=NOON,
        )
        dispatch_pending(at=NOON)
        return anna

    def test_tells_all_in_sentences(
        self, client: Client, sign_in: Callable[..., Any], lived: Membership
    ) -> None:
        sign_in("service desk")
        shown = text(client.get(page(lived, "story")))
        assert "Joined through the webshop or the till in Utrecht" in shown
        assert "Purchase, €50.00, Utrecht, receipt 4711: gave 0 points" in shown
        assert "Can be found by a telephone number more, added by the till" in shown
        assert "Agreed to “Offers”, by e-mail" in shown

    @pytest.mark.parametrize(
        ("asked", "there", "not_there"),
        [
            ({"kind": "activities"}, "receipt 4711", "Agreed to “"),
            ({"kind": "consents"}, "Agreed to “", "receipt 4711"),
            ({"channel": "store"}, "receipt 4711", "Joined through the webshop or the till in"),
            ({"channel": "web"}, "Nothing of this kind happened", "receipt 4711"),
            ({"until": "2026-09-01"}, "Joined through the webshop", "receipt 4711"),
            ({"since": "2026-11-22"}, "receipt 4711", 'console-story-what">Joined through'),
        ],
    )
    def test_is_narrowed(  # noqa: PLR0917
        self,
        client: Client,
        sign_in: Callable[..., Any],
        lived: Membership,
        asked: dict[str, str],
        there: str,
        not_there: str,
    ) -> None:
        sign_in("service desk")
        story = text(client.get(page(lived, "story", **asked))).partition("console-asked")[2]
        assert there in story
        assert not_there not in story

    def test_is_paged_and_tells_each_thing_once(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        TimelineEntry.objects.bulk_create(
            TimelineEntry(
                member_id=anna.member_id,
                event_id=1_000_000 + number,
                name="members.sale_claimed.v1",
                payload={},
                occurred_at=NOON + timedelta(seconds=number // 2),
            )
            for number in range(120)
        )
        sign_in("marketer")
        address, told, following = page(anna, "story"), 0, ""
        for _page in range(3):
            answer = client.get(address)
            told += answer.content.decode().count("Claimed a sale")
            following = answer.context["next"]
            address = f"{LIST}{anna.member_id}/change/{following}"
        assert (told, following) == (120, "")

    def test_in_dutch_too(
        self, client: Client, sign_in: Callable[..., Any], lived: Membership
    ) -> None:
        sign_in("marketer")
        client.cookies["django_language"] = "nl"
        assert client.get(page(lived, "story")).status_code == 200

    def test_nonsense_begins_anew(
        self, client: Client, sign_in: Callable[..., Any], lived: Membership
    ) -> None:
        sign_in("marketer")
        shown = text(client.get(page(lived, "story", before="rubbish_x", kind="x", since="y")))
        assert "receipt 4711" in shown


class TestNotes:
    def write(self, client: Client, anna: Membership, said: str) -> str:
        address = f"{LIST}{anna.member_id}/notes/write/"
        return text(client.post(address, {"text": said}, follow=True))

    def test_are_written_kept_on_top_and_dropped(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        user = sign_in("service desk")
        assert "Paints boats" in self.write(client, anna, " Paints boats ")
        note = Note.objects.get()
        assert (note.text, note.author) == ("Paints boats", f"staff:{user.pk}")
        at = f"{LIST}{anna.member_id}/notes/{note.pk}"
        client.post(f"{at}/pin/", {"pin": "yes"})
        note.refresh_from_db()
        assert note.is_pinned
        client.post(f"{at}/remove/")
        assert not Note.objects.exists()

    @pytest.mark.parametrize("said", ["", "  ", "x" * 2_001])
    def test_refuses_no_words_and_too_many(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, said: str
    ) -> None:
        sign_in("service desk")
        self.write(client, anna, said)
        assert not Note.objects.exists()

    def test_are_no_matter_of_marketing(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        Note.objects.create(
            member_id=anna.member_id, text="In confidence", author="staff:1", written_at=NOON
        )
        sign_in("marketer")
        for tab in ("notes", "story"):
            assert "In confidence" not in text(client.get(page(anna, tab)))
        address = f"{LIST}{anna.member_id}/notes/write/"
        assert client.post(address, {"text": "x"}).status_code == 403
        assert Note.objects.count() == 1

    def test_of_another_member_are_not_touched(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        from uuid import uuid4

        other = Member.objects.create(id=uuid4())
        note = Note.objects.create(member=other, text="x", author="staff:1", written_at=NOON)
        sign_in("service desk")
        client.post(f"{LIST}{anna.member_id}/notes/{note.pk}/remove/")
        assert Note.objects.count() == 1


class TestPuttingAName:
    def change(self, client: Client, anna: Membership, **said: str) -> Any:
        asked = {
            "given_name": "Anna",
            "family_name": "Jansen",
            "language": "en",
            "reason": "Married",
            "key": "k",
            **said,
        }
        return client.post(f"{LIST}{anna.member_id}/profile/", asked, follow=True)

    def test_changes_it_and_keeps_why_as_a_note(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        sign_in("service desk")
        assert "Changed." in text(self.change(client, anna))
        member = Member.objects.get(pk=anna.member_id)
        assert (member.family_name, member.language) == ("Jansen", "en")
        assert Note.objects.get().text == "Married"
        look = MemberLook.objects.get(deed="CHANGED")
        assert look.what == "profile"

    def test_without_a_reason_changes_nothing(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        sign_in("service desk")
        assert self.change(client, anna, reason="").context["form"].errors["reason"]
        assert Member.objects.get(pk=anna.member_id).family_name == "de Vries"

    def test_a_marketer_may_not(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        sign_in("marketer")
        assert self.change(client, anna).status_code == 403
        assert client.get(f"{LIST}{anna.member_id}/link/").status_code == 403
        assert Member.objects.get(pk=anna.member_id).family_name == "de Vries"


def test_the_desk_hands_out_the_link_that_completes(
    client: Client, sign_in: Callable[..., Any], programme: Programme, anna: Membership
) -> None:
    sign_in("service desk")
    shown = text(client.get(f"{LIST}{anna.member_id}/link/"))
    assert "http://testserver/join/complete/" in shown
    assert "Anna" not in shown.partition("console-key")[2].partition("</p>")[0]
