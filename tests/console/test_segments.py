from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Programme
from members.models import Membership, Segment, SegmentMembership
from tests.console.conftest import Buy
from tests.console.rules import drafted, text

LIST = "/console/members/segment/"
ADD = f"{LIST}add/"
NAMES = {"name_nl": "Verfkopers", "name_en": "Paint buyers", "kind": "DYNAMIC"}
ROOT = {"c-about": "group", "c-join": "all"}
PAINT = {
    "c_0-about": "purchases.amount",
    "c_0-operator": "at_least",
    "c_0-value": "40.00",
    "c_0-with-days": "90",
    "c_0-with-category": "paint",
}
SAID = {**NAMES, **ROOT, **PAINT}


def page(segment: Segment, deed: str = "change") -> str:
    return f"{LIST}{segment.pk}/{deed}/"


@pytest.fixture
def segment(client: Client, sign_in: Callable[..., Any]) -> Segment:
    sign_in("marketer")
    client.post(ADD, SAID)
    return Segment.objects.get()


class TestMakingASegment:
    def test_a_marketer_makes_and_publishes_it_and_who_belongs_to_it_is_in_it(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, buy: Buy
    ) -> None:
        buy("50.00")
        sign_in("marketer")
        saved = client.post(ADD, SAID, follow=True)
        segment = Segment.objects.get()
        assert (segment.key, segment.state, segment.kind) == ("paint-buyers", "DRAFT", "DYNAMIC")
        assert "Saved, not live yet:" in text(saved)
        assert not SegmentMembership.objects.exists()

        published = client.post(page(segment, "publish"), follow=True)
        assert "Live from now on: 1 member" in text(published)
        assert SegmentMembership.objects.get().membership_id == anna.pk

    def test_what_makes_no_segment_is_said_beside_the_field_and_nothing_is_stored(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("marketer")
        for changes in ({"c_0-value": ""}, {"c_0-value": "much"}, {"name_nl": ""}):
            answer = client.post(ADD, {**SAID, **changes})
            assert answer.status_code == 200
            assert "console-error" in text(answer)
            assert "Not saved: see what is marked below." in text(answer)
        assert not Segment.objects.exists()

    def test_without_a_condition_it_is_refused(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("marketer")
        answer = text(client.post(ADD, {**NAMES, **ROOT}))
        assert "Say who it is about: add at least one condition." in answer
        assert not Segment.objects.exists()

    def test_the_form_makes_the_very_document(self, segment: Segment) -> None:
        assert segment.versions.get().document == {
            "all": [
                {
                    "attribute": "purchases.amount",
                    "is": "at_least",
                    "value": "40.00",
                    "with": {"days": 90, "category": "paint"},
                }
            ]
        }

    def test_what_was_saved_stands_in_the_form_again(
        self, client: Client, segment: Segment
    ) -> None:
        editor = client.get(page(segment)).context["editor"]
        assert {name: editor.sent.get(name) for name in SAID} == SAID
        saved = client.post(page(segment), {**SAID, "c_0-value": "60.00"}, follow=True)
        assert "Saved, not live yet:" in text(saved)
        assert segment.versions.count() == 2

    def test_groups_and_exceptions_nest(self, client: Client, sign_in: Callable[..., Any]) -> None:
        sign_in("marketer")
        balance = {"operator": "at_least", "value": "100"}
        said = {
            **SAID,
            "c_1-about": "group",
            "c_1-join": "any",
            "c_2-about": "except",
            "c_2_0-about": "group",
            "c_2_0-join": "all",
            "c_2_1-about": "group",
            "c_2_1-join": "any",
        }
        for place in ("c_1_0", "c_1_1", "c_2_0_0", "c_2_1_0"):
            value = str(100 + len(place) + int(place[-1]))
            said |= {f"{place}-about": "points.balance", f"{place}-value": value}
            said |= {f"{place}-operator": balance["operator"]}
        client.post(ADD, said)
        _paint, group, exception = Segment.objects.get().versions.get().document["all"]
        assert [each["attribute"] for each in group["any"]] == ["points.balance", "points.balance"]
        assert {name: each["attribute"] for name, each in exception["except"].items()} == {
            "of": "points.balance",
            "without": "points.balance",
        }


class TestPartsByClicks:
    def sent(self, client: Client, deed: str, said: dict[str, Any], **headers: str) -> Any:
        return client.post(ADD, {**said, "deed": deed}, headers=headers)

    def test_a_condition_is_added_with_nothing_lost_and_nothing_stored(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("marketer")
        drawn = self.sent(client, "add-c", {**SAID, "name_nl": "", "c-new": "points.balance"})
        editor = drawn.context["editor"]
        assert [leaf.row.key for leaf in editor.leaves()] == ["purchases.amount", "points.balance"]
        assert editor.sent["name_en"] == "Paint buyers"
        assert 'value="paint" checked' in text(drawn)
        assert "This field is required." not in text(drawn)
        assert not Segment.objects.exists()

    @pytest.mark.parametrize(
        ("deed", "parts"), [("group-c", 2), ("except-c", 2), ("remove-c_0", 0), ("remove-c", 1)]
    )
    def test_parts_come_and_go(
        self, client: Client, sign_in: Callable[..., Any], deed: str, parts: int
    ) -> None:
        sign_in("marketer")
        assert len(self.sent(client, deed, SAID).context["editor"].root.parts) == parts

    @pytest.mark.parametrize("deed", ["add-c", "add-c_9", "group-c_0", "remove-", "x", "add-c_0_0"])
    def test_nonsense_harms_nothing(
        self, client: Client, sign_in: Callable[..., Any], deed: str
    ) -> None:
        sign_in("marketer")
        said = {**SAID, "c-new": "no.such", "c_7-about": "kept", "c_8-about": "no.such"}
        assert self.sent(client, deed, said).status_code == 200
        assert self.sent(client, "save", said).status_code == 200
        assert not Segment.objects.exists()

    def test_a_script_gets_the_sentence_alone_and_the_size_alone(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, buy: Buy
    ) -> None:
        buy()
        sign_in("marketer")
        said = text(self.sent(client, "say", SAID, **{"HX-Request": "true"}))
        assert 'id="segment-said-told"' in said
        assert "<form" not in said
        size = text(self.sent(client, "count", SAID, **{"HX-Request": "true"}))
        assert 'id="segment-size-told"' in size
        assert "Anna de Vries" in size
        assert "segment-said" not in size


class TestOneSegment:
    def test_is_tried_on_one_member_with_the_reasons(
        self, client: Client, segment: Segment, anna: Membership, buy: Buy
    ) -> None:
        at = page(segment, "try")
        assert "No: does not belong to it" in text(client.post(at, {"member": "anna@example.nl"}))
        buy("50.00")
        said = text(client.post(at, {"member": "2990000000019"}))
        assert "Yes: belongs to it" in said
        assert "Anna de Vries" in said
        assert said.count("is-met") == 1
        assert "console-error" in text(client.post(at, {"member": "nobody@example.nl"}))

    def test_says_who_uses_it(self, client: Client, segment: Segment, programme: Programme) -> None:
        rule = drafted(
            programme,
            {
                "schema": 2,
                "trigger": "purchase",
                "conditions": [
                    {"field": "member.segment", "operator": "in", "value": ["paint-buyers"]}
                ],
                "effects": [{"kind": "fixed", "points": 10}],
            },
        )
        assert reverse("admin:loyalty_earningrule_change", args=[rule.pk]) in text(
            client.get(page(segment))
        )

    def test_tells_its_versions_and_what_changed(self, client: Client, segment: Segment) -> None:
        client.post(page(segment), {**SAID, "c_0-value": "60.00"})
        versions = client.get(page(segment, "history")).context["versions"]
        assert [each["number"] for each in versions] == [2, 1]
        assert [change.partition(":")[0] for change in versions[0]["changes"]] == ["Added", "Gone"]

    def test_is_copied_and_stopped(self, client: Client, segment: Segment) -> None:
        client.post(page(segment, "publish"))
        client.post(page(segment, "copy"))
        copy = Segment.objects.latest("pk")
        assert (copy.key, copy.state) == ("paint-buyers-copy", "DRAFT")
        assert copy.versions.get().document == segment.versions.get().document
        client.post(page(segment, "stop"))
        segment.refresh_from_db()
        assert segment.state == "STOPPED"


class TestAList:
    def test_is_uploaded_and_who_is_unknown_is_given_back(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        sign_in("marketer")
        client.post(ADD, {**NAMES, "kind": "UPLOADED"})
        segment = Segment.objects.get()
        file = SimpleUploadedFile("list.csv", b"email\nanna@example.nl\nnobody@example.nl\n=1+1\n")
        said = client.post(page(segment, "upload"), {"file": file})
        assert "1 member was found." in text(said)
        assert "By 2 lines nobody was found." in text(said)
        assert said.context["unknown"] == ["nobody@example.nl", "=1+1"]
        assert SegmentMembership.objects.get().membership_id == anna.pk

    def test_without_anybody_is_refused(self, client: Client, sign_in: Callable[..., Any]) -> None:
        sign_in("marketer")
        client.post(ADD, {**NAMES, "kind": "UPLOADED"})
        at = page(Segment.objects.get(), "upload")
        assert "There is nobody in it." in text(client.post(at, {"lines": " \n"}))
        binary = SimpleUploadedFile("list.csv", b"\xff\xfe\x00")
        assert "This is no file of text." in text(client.post(at, {"file": binary}))

    def test_goes_into_no_segment_with_conditions(self, client: Client, segment: Segment) -> None:
        answer = client.post(page(segment, "upload"), {"lines": "anna@example.nl"}, follow=True)
        assert "This segment follows conditions; it takes no list." in text(answer)
        assert not SegmentMembership.objects.exists()


class TestWhoMay:
    @pytest.mark.parametrize("role", ["service desk", "finance"])
    def test_others_look_and_change_nothing(
        self, client: Client, segment: Segment, sign_in: Callable[..., Any], role: str
    ) -> None:
        sign_in(role)
        assert client.get(LIST).status_code == 200
        shown = text(client.get(page(segment)))
        assert "segment-form" not in shown
        assert client.get(ADD).status_code == 403
        assert client.post(page(segment), SAID).status_code == 403
        for deed in ("publish", "stop", "copy", "upload"):
            assert client.post(page(segment, deed)).status_code == 403
        segment.refresh_from_db()
        assert (segment.state, segment.versions.count()) == ("DRAFT", 1)

    def test_finance_reads_no_names_of_members(
        self, client: Client, segment: Segment, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        sign_in("finance")
        assert client.get(page(segment, "try")).status_code == 403


class TestQueries:
    def test_of_the_list_are_as_many_for_many_segments_as_for_one(
        self,
        client: Client,
        segment: Segment,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        for _copy in range(4):
            client.post(page(segment, "copy"))
        with django_assert_max_num_queries(14):
            response = client.get(LIST)
        assert text(response).count("Paint buyers") >= 5

    def test_of_the_page_are_few(
        self,
        client: Client,
        segment: Segment,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        with django_assert_max_num_queries(40):
            client.get(page(segment))
