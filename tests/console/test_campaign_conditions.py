"""What a step asks of a member, built with the same rows as a segment."""

from collections.abc import Callable

from django.test import Client

from campaigns.models import Campaign
from loyalty.models import Programme
from members.models import User
from tests.console.campaign_forms import ADD, BASICS, message, page, step
from tests.console.rules import text

SignIn = Callable[..., User]
ROWS = {"asks": "conditions", "c-about": "group", "c-join": "any", "c-new": "purchases.amount"}
TWO = {
    **ROWS,
    "c_0-about": "purchases.amount",
    "c_0-operator": "at_least",
    "c_0-value": "100.00",
    "c_0-with-days": "90",
    "c_1-about": "language",
    "c_1-operator": "one_of",
    "c_1-keys": "en",
}
ASKED = {
    "any": [
        {
            "attribute": "purchases.amount",
            "is": "at_least",
            "with": {"days": 90},
            "value": "100.00",
        },
        {"attribute": "language", "is": "one_of", "value": ["en"]},
    ]
}


class TestConditionsOfAStep:
    def test_are_asked_as_a_segment_asks_and_drawn_again_in_the_same_rows(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        sent = {**BASICS, **step("s_0", "condition", **TWO), **message("s_0_yes_0")}
        client.post(ADD, sent)
        campaign = Campaign.objects.get()
        assert campaign.versions.get().document["steps"][0]["asks"] == ASKED

        drawn = client.get(page(campaign.pk))
        again = drawn.context["editor"].sent
        assert again["s_0-c_0-value"].replace(",", ".") == "100.00"
        assert again.getlist("s_0-c_1-keys") == ["en"]
        client.post(page(campaign.pk), {n: again.getlist(n) for n in again} | {"deed": "save"})
        campaign.refresh_from_db()
        assert campaign.version == 1

    def test_are_said_in_the_sentence_and_in_the_flow(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        client.post(ADD, {**BASICS, **step("s_0", "condition", **TWO), **message("s_0_yes_0")})
        said = text(client.get(page(Campaign.objects.get().pk)))
        assert "We look whether " in said
        assert "is at least 100.00 or " in said
        assert "is English" in said

    def test_grow_by_a_button_and_lose_nothing(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        sent = {**BASICS, **step("s_0", "condition", **ROWS), "deed": "add-s_0-c"}
        drawn = client.post(ADD, sent)
        assert b'name="s_0-c_0-operator"' in drawn.content
        assert b'hx-target="#campaign-form"' in drawn.content
        assert b"#segment-form" not in drawn.content

    def test_that_ask_nothing_are_refused_and_nothing_is_saved(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        drawn = client.post(ADD, {**BASICS, **step("s_0", "condition", **ROWS)})
        assert "add at least one condition" in text(drawn)
        assert not Campaign.objects.exists()
