from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from campaigns.admin.step_kinds import KINDS
from campaigns.models import Campaign, Dispatch, MessageTemplate, Participant, StepTaken
from campaigns.services.ready_made import READY_MADE
from loyalty.models import Programme
from members.models import Consent, Membership, Segment, User
from tests.console.campaign_forms import ADD, BASICS, LIST, bought, message, page, points, step
from tests.console.conftest import NOON
from tests.console.rules import text

SignIn = Callable[..., User]


def made(client: Client, **changes: Any) -> Campaign:
    """A welcome by one message, saved by whoever is signed in."""
    response = client.post(ADD, {**BASICS, **message("s_0"), **changes})
    assert response.status_code == 302, text(response)
    return Campaign.objects.latest("pk")


class TestMakingACampaign:
    def test_the_form_makes_the_very_document(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        segment = Segment.objects.create(
            programme=programme, key="gold", name_nl="Goud", name_en="Gold", created_at=NOON
        )
        campaign = made(
            client,
            segments=[segment.key],
            **message("s_0", channels=["EMAIL", "PUSH"]),
            **step("s_1", "wait", amount="7", unit="days", until="10:00"),
            **step("s_2", "condition", asks="segment", segment="gold"),
            **points("s_2_yes_0"),
            **message("s_2_no_3", "win-back", how="all"),
            **step("s_4", "split", weight0="30", weight1="70"),
            **step("s_4_p1_0", "tag", segment="warm", days="14"),
        )
        document = campaign.versions.get().document
        assert document["trigger"] == {"kind": "enrolled"}
        assert (document["again"], document["segments"]) == ("once", ["gold"])
        assert document["variants"] == []
        assert [each["kind"] for each in document["steps"]] == [
            *("message", "wait", "condition", "split"),
        ]
        told, wait, condition, split = document["steps"]
        assert told["channels"] == ["EMAIL", "PUSH"]
        assert wait == {"kind": "wait", "days": 7, "until": "10:00"}
        assert [each["points"] for each in condition["yes"]] == [100]
        assert condition["no"][0]["template"] == "win-back"
        assert condition["no"][0]["how"] == "all"
        assert split["parts"] == [
            {"weight": 30, "steps": []},
            {"weight": 70, "steps": [{"kind": "tag", "segment": "warm", "days": 14}]},
        ]
        assert (campaign.key, campaign.state, campaign.holdout) == ("welcome", "DRAFT", 10)

    def test_what_was_saved_is_drawn_again_in_the_same_fields_and_saves_as_the_same(
        self, client: Client, sign_in: SignIn
    ) -> None:
        sign_in("marketer")
        campaign = made(
            client,
            **bought("s_1", days="7"),
            **points("s_1_yes_0"),
            **{"v0-key": "a", "v0-name_nl": "A", "v0-name_en": "A", "v0-weight": "1"},
            **{"v1-key": "b", "v1-name_nl": "B", "v1-name_en": "B", "v1-weight": "2"},
            **{"s_0-t_b": "birthday", "budget_money": "12.50", "ends_on": "2026-12-31"},
        )
        drawn = client.get(page(campaign.pk))
        again = drawn.context["editor"]
        assert again.sent["s_0-t_b"] == "birthday"
        assert (again.sent["ends_on"], again.sent["budget_money"]) == ("2026-12-31", "12.50")
        sent = {name: again.sent.getlist(name) for name in again.sent}
        client.post(page(campaign.pk), {**sent, "deed": "save"})
        campaign.refresh_from_db()
        assert campaign.version == 1
        assert str(campaign.budget_money) == "12.50"
        assert campaign.versions.get().document["steps"][0]["templates"] == {"b": "birthday"}

    def test_a_message_that_is_written_in_a_step_is_kept_as_a_message(
        self, client: Client, sign_in: SignIn
    ) -> None:
        sign_in("marketer")
        written = {
            "w_name": "Hello",
            "w_subject_nl": "Hoi {given_name}",
            "w_subject_en": "Hi {given_name}",
            "w_text_nl": "Fijn dat je er bent.",
            "w_text_en": "Good to see you.",
        }
        campaign = made(client, **message("s_0", "", **written))
        [kept] = MessageTemplate.objects.all()
        assert (kept.key, kept.name) == ("hello", "Hello")
        assert kept.document["email"]["subject"] == {
            "nl": "Hoi {given_name}",
            "en": "Hi {given_name}",
        }
        assert campaign.versions.get().document["steps"][0]["template"] == "hello"

    def test_a_message_that_comes_with_the_house_is_taken_in_when_it_is_chosen(
        self, client: Client, sign_in: SignIn
    ) -> None:
        sign_in("marketer")
        made(client)
        assert MessageTemplate.objects.filter(key="welcome", is_ready_made=True).exists()

    def test_a_field_that_a_message_does_not_know_is_refused_and_nothing_is_kept(
        self, client: Client, sign_in: SignIn
    ) -> None:
        sign_in("marketer")
        words = dict.fromkeys(("w_name", "w_subject_nl", "w_subject_en", "w_text_nl"), "Hi")
        wrong = {**words, "w_text_en": "Hi {iban}"}
        response = client.post(ADD, {**BASICS, **message("s_0", "", **wrong)})
        assert "{iban}" in text(response)
        assert not Campaign.objects.exists()
        assert not MessageTemplate.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"name_en": ""}, "This field is required."),
            ({"trigger": "silent"}, "Fill this in for that beginning."),
            ({"again": "every"}, "Fill in how many days."),
            ({"s_0-template": ""}, "Choose a message, or write one below."),
            (step("s_1", "wait", unit="days", amount=""), "Fill in how long"),
            (points("s_1", "0"), "greater than or equal to 1"),
            (
                {"starts_on": "2026-12-31", "ends_on": "2026-12-01"},
                "The last day comes before the first.",
            ),
            (
                {"v0-key": "a", "v0-name_nl": "A", "v0-name_en": "A", "v0-weight": "1"},
                "One variant compares nothing",
            ),
        ],
    )
    def test_what_makes_no_campaign_is_said_beside_the_field_and_nothing_is_kept(
        self, client: Client, sign_in: SignIn, changes: dict[str, Any], complaint: str
    ) -> None:
        sign_in("marketer")
        response = client.post(ADD, {**BASICS, **message("s_0"), **changes})
        assert response.status_code == 200
        assert complaint in text(response)
        assert not Campaign.objects.exists()

    def test_steps_are_added_moved_and_taken_away_by_buttons_with_nothing_lost(
        self, client: Client, sign_in: SignIn
    ) -> None:
        sign_in("marketer")
        sent = {**BASICS, **message("s_0"), "s-new": "points", "deed": "add-s"}
        added = client.post(ADD, sent).context["editor"]
        assert (added.added, added.sent["s_1-about"]) == ("s_1", "points")
        moved = client.post(ADD, {**sent, **points("s_1"), "deed": "up-s_1"}).context["editor"]
        assert [each.row.kind for each in moved.steps.steps] == ["points", "message"]
        assert (moved.sent["s_0-points"], moved.sent["s_1-template"]) == ("100", "welcome")
        left = client.post(ADD, {**sent, **points("s_1"), "deed": "remove-s_0"}).context["editor"]
        assert [each.row.kind for each in left.steps.steps] == ["points"]
        assert left.sent["name_nl"] == "Welkom"

    def test_reads_back_as_sentences_while_it_is_made(
        self, client: Client, sign_in: SignIn
    ) -> None:
        sign_in("marketer")
        sent = {**BASICS, **message("s_0"), **points("s_1"), "deed": "look", "name_nl": ""}
        looked = text(client.post(ADD, sent, headers={"HX-Request": "true"}))
        assert "It begins when somebody joins." in looked
        assert "The member gets message “Welcome”." in looked
        assert "The member gets 100 points." in looked
        assert "It gives things away without a budget." in looked
        unfinished = text(client.post(ADD, {**sent, "s_1-points": ""}))
        assert "Not finished yet." in unfinished


class TestBeginningWithAClassic:
    def test_offers_the_classic_ones_and_nothing(self, client: Client, sign_in: SignIn) -> None:
        sign_in("marketer")
        offered = client.get(ADD)
        assert [each["key"] for each in offered.context["ready_made"]] == list(READY_MADE)
        assert "Step by step, from nothing." in text(offered)

    @pytest.mark.parametrize("key", READY_MADE)
    def test_each_opens_in_fields_that_can_be_changed(
        self, client: Client, sign_in: SignIn, key: str
    ) -> None:
        sign_in("marketer")
        opened = client.get(f"{ADD}?from={key}")
        editor = opened.context["editor"]
        assert {step.row.kind for step in editor.steps.all()} <= set(KINDS)
        assert editor.sent["name_en"] == READY_MADE[key].names["en"]
        is_finished = key not in ("double-points", "tier-almost-reached")
        assert opened.context["is_unfinished"] is not is_finished
        assert not Campaign.objects.exists()


class TestTheWayToLive:
    def test_another_person_approves_and_then_it_is_launched(
        self, client: Client, sign_in: SignIn
    ) -> None:
        eva = sign_in("marketer")
        campaign = made(client)
        assert "Next: ask a colleague for approval." in text(client.get(page(campaign.pk)))
        client.post(page(campaign.pk, "ask_approval"))
        refused = client.post(page(campaign.pk, "approve"), follow=True)
        assert "Somebody else has to approve it." in text(refused)
        campaign.refresh_from_db()
        assert (campaign.state, campaign.asked_by) == ("REVIEW", f"staff:{eva.pk}")

        sign_in("administrator")
        asked = text(client.get(page(campaign.pk, "approve")))
        assert "It begins when somebody joins." in asked
        approved = client.post(page(campaign.pk, "approve"), follow=True)
        assert "Approved: “Welcome” can be launched." in text(approved)
        launched = client.post(page(campaign.pk, "launch"), follow=True)
        assert "Live from now on: “Welcome”." in text(launched)
        campaign.refresh_from_db()
        assert campaign.state == "LIVE"

    def test_own_approval_is_refused_in_dutch_too(self, client: Client, sign_in: SignIn) -> None:
        client.cookies["django_language"] = "nl"
        sign_in("marketer")
        campaign = made(client)
        client.post(page(campaign.pk, "ask_approval"))
        refused = text(client.post(page(campaign.pk, "approve"), follow=True))
        assert "Somebody else has to approve it." not in refused
        campaign.refresh_from_db()
        assert campaign.state == "REVIEW"

    def test_changing_it_after_approval_makes_it_a_draft_again(
        self, client: Client, sign_in: SignIn
    ) -> None:
        sign_in("marketer")
        campaign = made(client)
        Campaign.objects.update(state="APPROVED", asked_by="staff:8", approved_by="staff:9")
        client.post(page(campaign.pk), {**BASICS, **message("s_0", "birthday")})
        campaign.refresh_from_db()
        assert (campaign.state, campaign.approved_by, campaign.version) == ("DRAFT", "", 2)
        told = text(client.get(page(campaign.pk, "history")))
        assert "No longer: The member gets message “Welkom”." in told
        assert "New: The member gets message “Verjaardag”." in told

    def test_a_live_one_cannot_be_changed_but_paused_let_go_on_ended_and_copied(
        self, client: Client, sign_in: SignIn
    ) -> None:
        sign_in("marketer")
        campaign = made(client)
        Campaign.objects.update(state="LIVE")
        assert client.post(page(campaign.pk), {**BASICS, **message("s_0")}).status_code == 403
        for deed, state in (("pause", "PAUSED"), ("resume", "LIVE"), ("end", "ENDED")):
            client.post(page(campaign.pk, deed))
            campaign.refresh_from_db()
            assert campaign.state == state
        copied = client.post(page(campaign.pk, "copy"), follow=True)
        assert "This is the copy." in text(copied)
        copy = Campaign.objects.exclude(pk=campaign.pk).get()
        assert (copy.state, copy.key, copy.name_en) == ("DRAFT", "welcome-2", "Welcome (copy)")
        assert copy.salt != campaign.salt

    def test_the_emergency_stop_asks_why_and_pauses_all_that_is_live(
        self, client: Client, sign_in: SignIn
    ) -> None:
        sign_in("marketer")
        campaign = made(client)
        Campaign.objects.update(state="LIVE")
        assert "1 live campaign is paused at once." in text(client.get(f"{LIST}kill/"))
        assert "Say why" in text(client.post(f"{LIST}kill/", {"reason": " "}))
        campaign.refresh_from_db()
        assert campaign.state == "LIVE"
        done = client.post(f"{LIST}kill/", {"reason": "Wrong price"}, follow=True)
        assert "1 campaign was paused." in text(done)
        told = text(client.get(page(campaign.pk)))
        assert "All campaigns were stopped at once. Wrong price" in told

    @pytest.mark.parametrize("role", ["finance", "service desk"])
    def test_who_may_only_look_sees_what_it_does_and_no_form(
        self, client: Client, sign_in: SignIn, role: str
    ) -> None:
        sign_in("marketer")
        campaign = made(client)
        sign_in(role)
        looked = text(client.get(page(campaign.pk)))
        assert "It begins when somebody joins." in looked
        assert 'id="campaign-form"' not in client.get(page(campaign.pk)).content.decode()
        for deed in ("ask_approval", "launch", "copy"):
            assert client.post(page(campaign.pk, deed)).status_code == 403
        assert client.post(f"{LIST}kill/", {"reason": "x"}).status_code == 403


class TestBeforeLaunch:
    def test_says_whom_it_reaches_what_it_costs_and_what_it_could_show(
        self, client: Client, sign_in: SignIn, anna: Membership
    ) -> None:
        sign_in("marketer")
        campaign = made(client, **message("s_0", channels=["EMAIL"]), **points("s_1"))
        before = page(campaign.pk, "before")
        shown = client.get(before)
        assert shown.context["tiles"] == [
            ("Could come in now", "1", ""),
            ("May be told nothing", "1", "no consent or no address"),
            ("Held out", "0", "10%"),
            ("Points at most", "100", "with rewards worth €1.00"),
        ]
        assert shown.context["channels"] == [("E-mail", "0")]
        assert "0 members would have come in during the last 30 days." in text(shown)
        assert "Nobody can tell yet" in text(shown)
        assert [address for _name, address in shown.context["sample"]] == [
            f"/console/members/member/{anna.member_id}/change/"
        ]
        Consent.objects.create(
            member=anna.member, purpose="OFFERS", is_given=True, recorded_at=NOON,
            text_version="1", touchpoint="web", actor="member",
        )  # fmt: skip
        assert client.get(before).context["channels"] == [("E-mail", "1")]


class TestACampaignThatRuns:
    def test_shows_what_each_step_did_per_arm_the_funnel_and_the_budget(
        self, client: Client, sign_in: SignIn, anna: Membership
    ) -> None:
        sign_in("marketer")
        campaign = made(client, **points("s_1"), budget_points="1000")
        Campaign.objects.update(state="LIVE", spent_points=250)
        member = Participant.objects.create(
            campaign=campaign, membership=anna, key="once", version=1, arm="main",
            state="ACTIVE", place="1", entered_at=NOON,
        )  # fmt: skip
        Participant.objects.create(
            campaign=campaign, membership=anna, key="again", version=1, arm="holdout",
            state="HELD_OUT", entered_at=NOON,
        )  # fmt: skip
        StepTaken.objects.create(
            participant=member, place="0", kind="message", outcome="done", taken_at=NOON
        )
        Dispatch.objects.create(
            id="018f0000-0000-7000-8000-000000000001", member=anna.member, membership=anna,
            key="k", channel="EMAIL", nature="MARKETING", purpose="OFFERS", campaign=campaign,
            source="campaign:welcome", fate="SENT", not_before=NOON, created_at=NOON,
            sent_at=NOON,
        )  # fmt: skip
        shown = client.get(page(campaign.pk))
        assert dict(shown.context["facts"]) == {
            "Came into it": "2",
            "In it now": "1",
            "Held out": "1",
            "Messages sent": "1",
            "Points given": "250 of 1,000",
            "Spent": "€0.00",
        }
        assert [row["count"] for row in shown.context["funnel"]] == ["1", "1", "1", "0", "0"]
        assert [step["numbers"] for step in shown.context["flow"]] == [
            ["1 done"],
            ["1 before this step now"],
        ]
        assert [arm["name"] for arm in shown.context["arms"]] == ["In it", "Held out"]
        listed = text(client.get(LIST))
        assert "25%" in listed
        assert "Not read yet" in listed

    def test_the_list_asks_as_much_for_many_as_for_one(
        self,
        client: Client,
        sign_in: SignIn,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("marketer")
        made(client)
        client.get(LIST)
        with django_assert_num_queries(10):
            client.get(LIST)
        for name in ("Two", "Three", "Four"):
            made(client, name_en=name)
        with django_assert_num_queries(10):
            client.get(LIST)
