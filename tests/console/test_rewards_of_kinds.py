"""Rewards of every kind made in the console: the form of the kind, preview, copy, withdrawal."""

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from loyalty.models import Programme
from loyalty.services.adjustments import adjust_points
from members.models import Membership
from members.selectors import account_of
from rewards.models import CodePool, Redemption, Reward, RewardPicture
from rewards.selectors import usable_points
from rewards.services.redemption import redeem_reward
from tests.console.conftest import NOON
from tests.console.test_batches import a_batch
from tests.console.test_rewards import LIST, SAMPLES, text

WORDS = {"nl": "Aan de kassa.", "en": "At the till."}
KINDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "DISCOUNT",
        {"terms_amount": "5.5", "terms_minimum": "25", "terms_products": "a, b ,a"},
        {"amount": "5.5", "minimum": "25", "products": ["a", "b"]},
    ),
    (
        "PRODUCT",
        {"terms_products": "tape", "terms_quantity": "2", "terms_worth": "4.95"},
        {"products": ["tape"], "quantity": 2, "worth": "4.95"},
    ),
    (
        "GIFT",
        {
            "terms_ways": ["SHIP"],
            "terms_options_nl": "Rood\nBlauw",
            "terms_options_en": "Red\nBlue",
        },
        {
            "ways": ["SHIP"],
            "options": [{"nl": "Rood", "en": "Red"}, {"nl": "Blauw", "en": "Blue"}],
        },
    ),
    ("DELIVERY", {"terms_option": "faster"}, {"option": "faster"}),
    (
        "SERVICE",
        {"terms_service": "repair", "terms_minutes": "45"},
        {"service": "repair", "minutes": 45},
    ),
    (
        "SAMPLES",
        {"terms_count": "3", "terms_samples_nl": "Wit", "terms_samples_en": "White"},
        {"count": 3, "samples": [{"nl": "Wit", "en": "White"}], "ways": []},
    ),
    (
        "EXPERIENCE",
        {
            "terms_starts_at": "2026-12-12T19:00",
            "terms_ends_at": "2026-12-12T21:00",
            "terms_venue": "Utrecht",
        },
        {
            "starts_at": "2026-12-12T18:00:00Z",
            "ends_at": "2026-12-12T20:00:00Z",
            "venue": "Utrecht",
        },
    ),
    (
        "EARLY_ACCESS",
        {"terms_opens_at": "2026-12-01T09:00", "terms_for_all_at": "2026-12-15T09:00"},
        {"opens_at": "2026-12-01T08:00:00Z", "for_all_at": "2026-12-15T08:00:00Z"},
    ),
    ("DONATION", {"terms_cause": "De Groene Buurt"}, {"cause": "De Groene Buurt"}),
    (
        "PARTNER",
        {
            "terms_pool": "cinema",
            "terms_where_nl": WORDS["nl"],
            "terms_where_en": WORDS["en"],
        },
        {"pool": "cinema", "where": WORDS},
    ),
    (
        "TENDER",
        {
            "terms_point_worth": "0.005",
            "terms_step": "50",
            "terms_at_least": "100",
            "terms_share": "50",
        },
        {"point_worth": "0.005", "step": 50, "at_least": 100, "share": "50"},
    ),
    ("MULTIPLIER", {"terms_factor": "1.5", "terms_days": "7"}, {"factor": "1.5", "days": 7}),
    ("CASH_CARD", {"terms_value": "10"}, {"value": "10"}),
]


@pytest.fixture
def marketer(client: Client, sign_in: Callable[..., Any]) -> Client:
    sign_in("marketer")
    return client


def make(client: Client, kind: str = "GIFT", **said: Any) -> Any:
    return client.post(f"{LIST}add/?kind={kind}", {**SAMPLES, **said}, follow=True)


class TestKinds:
    def test_are_chosen_first_each_with_a_sentence(self, marketer: Client) -> None:
        page = text(marketer.get(f"{LIST}add/"))

        assert all(f'href="?kind={kind}"' in page for kind in Reward.Kind.values)
        assert "Money on a card, spent in as many times as it lasts." in page

    @pytest.mark.parametrize(("kind", "said", "terms"), KINDS)
    def test_make_their_terms_and_show_them_again(
        self,
        marketer: Client,
        programme: Programme,
        kind: str,
        said: dict[str, Any],
        terms: dict[str, Any],
    ) -> None:
        CodePool.objects.create(programme=programme, key="cinema", name="Cinema")
        assert f'name="{next(iter(said))}"' in text(marketer.get(f"{LIST}add/?kind={kind}"))

        make(marketer, kind, **said)

        reward = Reward.objects.get()
        assert reward.kind == kind
        assert {name: reward.terms[name] for name in terms} == terms
        form = marketer.get(f"{LIST}{reward.pk}/change/").context["adminform"].form
        again = {name: form[name].value() for name in form.fields if name != "picture"}
        marketer.post(
            f"{LIST}{reward.pk}/change/",
            {name: value for name, value in again.items() if value not in (None, False)},
        )
        before = reward.terms
        reward.refresh_from_db()
        assert reward.terms == before

    @pytest.mark.parametrize(
        ("kind", "said", "field"),
        [
            ("DISCOUNT", {}, "terms_amount"),
            ("DISCOUNT", {"terms_amount": "5", "terms_percent": "5"}, "terms_amount"),
            ("GIFT", {"terms_options_nl": "Rood"}, "terms_options_en"),
            (
                "EXPERIENCE",
                {
                    "terms_starts_at": "2026-12-12T19:00",
                    "terms_ends_at": "2026-12-12T19:00",
                    "terms_venue": "x",
                },
                "terms_ends_at",
            ),
            ("MULTIPLIER", {"terms_factor": "1", "terms_days": "7"}, "terms_factor"),
            ("GIFT", {"budget": "10"}, "cost"),
            ("GIFT", {"terms_ways": ["SHIP"], "is_offline": "on"}, "is_offline"),
            (
                "TENDER",
                {
                    "terms_point_worth": "0.01",
                    "terms_step": "50",
                    "terms_at_least": "100",
                    "terms_at_most": "99",
                    "terms_share": "100",
                },
                "terms_at_most",
            ),
        ],
    )
    def test_say_at_the_field_what_is_wrong(
        self, marketer: Client, kind: str, said: dict[str, str], field: str
    ) -> None:
        response = make(marketer, kind, **said)

        assert list(response.context["adminform"].form.errors) == [field]
        assert not Reward.objects.exists()


class TestPage:
    def test_shows_the_reward_as_members_see_it_in_both_languages(self, marketer: Client) -> None:
        page = text(
            make(
                marketer,
                "DISCOUNT",
                terms_amount="5",
                terms_minimum="25",
                cost="5",
                budget="100",
                description_nl="Op je hele mandje.",
            )
        )

        assert "€ 5 korting op je mandje vanaf € 25." in page
        assert "€5 off your basket from €25." in page
        assert "Op je hele mandje." in page
        assert "20 of 20" in page
        assert "of €100.00" in page

    def test_keeps_a_picture_with_its_words_and_lets_it_go(self, marketer: Client) -> None:
        drawn = BytesIO()
        Image.new("RGB", (1600, 1200), "teal").save(drawn, "PNG")
        upload = SimpleUploadedFile("x.png", drawn.getvalue())
        make(marketer, picture=upload, alt_nl="Stalen", alt_en="Samples")

        reward, kept = Reward.objects.get(), RewardPicture.objects.get()
        shown = marketer.get(f"{LIST}{reward.pk}/picture/")
        assert (shown["Content-Type"], shown.content) == ("image/webp", bytes(kept.content))
        assert (kept.alt_nl, kept.alt_en) == ("Stalen", "Samples")

        page = f"{LIST}{reward.pk}/change/"
        marketer.post(page, {**SAMPLES, "is_picture_removed": "on"})
        assert not RewardPicture.objects.exists()

    def test_refuses_what_is_no_picture(self, marketer: Client) -> None:
        response = make(marketer, picture=SimpleUploadedFile("x.png", b"no picture"))

        assert list(response.context["adminform"].form.errors) == ["picture"]
        assert not Reward.objects.exists()


class TestCopy:
    def test_asks_then_makes_a_draft(self, marketer: Client) -> None:
        make(marketer, "DISCOUNT", terms_amount="5")
        reward = Reward.objects.get()

        assert "A draft is made" in text(marketer.get(f"{LIST}{reward.pk}/copy/"))
        assert Reward.objects.count() == 1
        page = text(marketer.post(f"{LIST}{reward.pk}/copy/", follow=True))

        copy = Reward.objects.exclude(pk=reward.pk).get()
        assert (copy.state, copy.terms, copy.key) == (
            "DRAFT",
            reward.terms,
            "free-colour-samples-2",
        )
        assert "This is the copy." in page
        assert "Free colour samples (copy)" in page


class TestWithdraw:
    @pytest.fixture
    def taken(self, marketer: Client, anna: Membership) -> Redemption:
        make(marketer)
        reward = Reward.objects.get()
        marketer.post(f"{LIST}{reward.pk}/publish/")
        adjust_points(
            account_id=account_of(anna), points=500, reason="x", actor="t", at=NOON, key="k"
        )
        return redeem_reward(
            membership_id=anna.pk,
            reward_id=reward.pk,
            request_key="r",
            channel="web",
            actor="member",
            at=NOON,
        )

    def test_foretells_and_leaves_vouchers_good_unless_asked(
        self, marketer: Client, taken: Redemption
    ) -> None:
        address = f"{LIST}{taken.reward_id}/withdraw/"

        page = text(marketer.get(address))
        marketer.post(address)

        taken.refresh_from_db()
        assert "One member has it and did not use it yet, paid with 150 points." in page
        assert (taken.state, Reward.objects.get().state) == ("CAPTURED", "STOPPED")

    def test_gives_back_what_was_not_used(
        self, client: Client, sign_in: Callable[..., Any], taken: Redemption, anna: Membership
    ) -> None:
        sign_in("administrator")

        client.post(f"{LIST}{taken.reward_id}/withdraw/", {"is_undone": "1"})

        taken.refresh_from_db()
        assert taken.state == "CANCELLED"
        assert usable_points(anna, at=NOON) == 500

    def test_withdraws_the_batches_too_when_asked(
        self, marketer: Client, taken: Redemption
    ) -> None:
        batch = a_batch(taken.reward)
        address = f"{LIST}{taken.reward_id}/withdraw/"

        page = text(marketer.get(address))
        marketer.post(address)
        batch.refresh_from_db()
        kept = batch.state
        shown = text(marketer.post(address, {"with_batches": "1"}, follow=True))

        batch.refresh_from_db()
        assert "Also withdraw the batches" in page
        assert (kept, batch.state) == ("READY", "WITHDRAWN")
        assert "The codes of 1 batch are no longer taken." in shown

    def test_lets_nobody_undo_who_may_not_cancel(self, marketer: Client, taken: Redemption) -> None:
        address = f"{LIST}{taken.reward_id}/withdraw/"
        may = marketer.get(address).context["may_undo"]

        refused = marketer.post(address, {"is_undone": "1"}).status_code == 403

        taken.refresh_from_db()
        assert refused is not may
        assert (taken.state == "CAPTURED") is refused


def test_the_list_tells_kind_price_and_cost(marketer: Client) -> None:
    make(marketer, "DISCOUNT", terms_amount="5", money="2.50", cost="3")

    page = text(marketer.get(LIST))

    assert "Discount" in page
    assert "150 points + €2.50" in page
    assert "€0.00" in page
    assert "Discount" in text(marketer.get(f"{LIST}?kind=DISCOUNT"))
    assert Reward.objects.get().cost == Decimal(3)
