"""Terms, budget, pictures, copies, shelves and withdrawals of rewards."""

from decimal import Decimal
from io import BytesIO

import pytest
from PIL import Image

from loyalty.errors import InvalidRequest, NotFound
from members.models import Membership
from rewards.codes import code_of
from rewards.models import Redemption, Reward, RewardCategory, RewardPicture, Stock
from rewards.selectors import usable_points
from rewards.services.catalogue import save_category, save_reward, set_stock
from rewards.services.copying import copy_reward
from rewards.services.pictures import remove_picture, save_picture
from rewards.services.stock import left_in_stock
from rewards.services.vouchers import use_voucher
from rewards.services.withdrawing import Outstanding, outstanding, withdraw_reward
from tests.rewards.shop import NOON, STAFF, redeem

DEED = {"actor": STAFF, "at": NOON}


def change(reward: Reward, **changes) -> Reward:
    """Save it as it is, but for these."""
    said = {field.attname: getattr(reward, field.attname) for field in Reward._meta.fields}
    for name in ("id", "state"):
        said.pop(name)
    return save_reward(**{**said, "reward_id": reward.pk, **DEED, **changes})


def drawn(width: int, height: int, kind: str = "PNG", mode: str = "RGB") -> bytes:
    written = BytesIO()
    Image.new(mode, (width, height), "teal").save(written, kind)
    return written.getvalue()


class TestTerms:
    def test_are_kept_as_they_are_read(self, reward_factory):
        reward = reward_factory(kind="DISCOUNT", terms={"amount": "5.00", "minimum": "25"})

        reward.refresh_from_db()
        assert reward.terms == {
            "amount": "5.00",
            "percent": None,
            "at_most": None,
            "minimum": "25",
            "products": [],
            "categories": [],
        }

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"kind": "DISCOUNT", "terms": {}}, "terms.amount"),
            ({"kind": "NOTHING"}, "kind"),
            ({"kind": "DONATION", "terms": {"cause": ""}}, "terms.cause"),
            ({"kind": "PARTNER", "terms": {"pool": "no", "where": {}}}, "terms.pool"),
            (
                {"kind": "DONATION", "terms": {"cause": "x"}, "is_offline": True},
                "is_offline",
            ),
            ({"category_id": 0}, "category"),
            ({"tier_points": {"gold": -1}}, "tier_points"),
            ({"budget": Decimal(10)}, "cost"),
        ],
    )
    def test_that_make_no_reward_are_refused_by_field(self, reward_factory, changes, field):
        with pytest.raises(InvalidRequest) as refused:
            reward_factory(**changes)

        assert refused.value.field == field
        assert not Reward.objects.exists()

    def test_keep_their_kind_once_it_was_live(self, reward_factory):
        reward = reward_factory()

        with pytest.raises(InvalidRequest) as refused:
            change(reward, kind="DONATION", terms={"cause": "x"})

        assert refused.value.field == "kind"


class TestBudget:
    def test_is_the_stock_where_nothing_was_counted(self, reward_factory):
        reward = reward_factory(cost=Decimal("2.50"), budget=Decimal("24.99"))

        assert left_in_stock(reward.pk) == 9

    def test_lowers_what_was_counted_and_lets_it_come_back(
        self, reward_factory, membership_factory
    ):
        reward = reward_factory(stock=20)
        redeem(membership_factory(points=250), reward)

        change(reward, cost=Decimal(5), budget=Decimal(50))
        lowered = left_in_stock(reward.pk)
        change(reward, cost=Decimal(5), budget=Decimal(500))

        assert (lowered, left_in_stock(reward.pk)) == (9, 19)
        assert Stock.objects.get().counted == 20

    def test_is_never_less_than_was_taken(self, reward_factory, membership_factory):
        reward = reward_factory(stock=20)
        redeem(membership_factory(points=250), reward)

        with pytest.raises(InvalidRequest) as refused:
            change(reward, cost=Decimal(5), budget=Decimal(0))

        reward.refresh_from_db()
        assert refused.value.field == "budget"
        assert (reward.budget, left_in_stock(reward.pk)) == (None, 19)

    def test_or_a_number_has_to_be_said(self, reward_factory):
        with pytest.raises(InvalidRequest):
            set_stock(reward_id=reward_factory().pk, total=None, **DEED)

        assert not Stock.objects.exists()


class TestPictures:
    @pytest.mark.parametrize(
        ("upload", "size"),
        [
            (drawn(2400, 1800), (1200, 900)),
            (drawn(300, 3000, "JPEG"), (90, 900)),
            (drawn(40, 30, "WEBP"), (40, 30)),
            (drawn(40, 30, mode="RGBA"), (40, 30)),
        ],
    )
    def test_are_drawn_again_as_webp_within_bounds(self, reward_factory, upload, size):
        reward = reward_factory()

        kept = save_picture(reward_id=reward.pk, upload=upload, alt_nl="Kwast", **DEED)

        picture = Image.open(BytesIO(bytes(RewardPicture.objects.get().content)))
        assert (picture.format, picture.size) == ("WEBP", size)
        assert (len(kept.digest), kept.alt_nl) == (16, "Kwast")

    @pytest.mark.parametrize("upload", [b"", b"no picture", b"<svg/>", drawn(9, 9)[:40]])
    def test_refuse_what_cannot_be_drawn(self, reward_factory, upload):
        with pytest.raises(InvalidRequest) as refused:
            save_picture(reward_id=reward_factory().pk, upload=upload, **DEED)

        assert refused.value.field == "picture"
        assert not RewardPicture.objects.exists()

    def test_keep_the_picture_when_only_its_words_change_and_go_when_asked(self, reward_factory):
        reward = reward_factory()
        first = save_picture(reward_id=reward.pk, upload=drawn(40, 30), **DEED)
        again = save_picture(reward_id=reward.pk, alt_en="Brush", **DEED)

        assert (again.pk, again.digest, again.alt_en) == (first.pk, first.digest, "Brush")
        remove_picture(reward_id=reward.pk, **DEED)
        assert not RewardPicture.objects.exists()

    def test_need_a_picture_to_have_words(self, reward_factory):
        with pytest.raises(NotFound):
            save_picture(reward_id=reward_factory().pk, alt_en="Brush", **DEED)


class TestCopyReward:
    def test_drafts_another_with_the_same_terms_and_picture_and_no_stock(self, reward_factory):
        reward = reward_factory(kind="DISCOUNT", terms={"amount": "5"}, stock=3, tiers=["gold"])
        save_picture(reward_id=reward.pk, upload=drawn(40, 30), **DEED)

        copy = copy_reward(
            reward_id=reward.pk, key="roller", name_nl="Rol", name_en="Roller", **DEED
        )

        assert copy.pk != reward.pk
        assert (copy.state, copy.kind, copy.terms, copy.tiers, copy.name_en) == (
            "DRAFT",
            "DISCOUNT",
            reward.terms,
            ["gold"],
            "Roller",
        )
        assert left_in_stock(copy.pk) is None
        assert RewardPicture.objects.filter(reward=copy).exists()

    def test_refuses_a_key_that_is_taken(self, reward_factory):
        reward = reward_factory()

        with pytest.raises(InvalidRequest):
            copy_reward(reward_id=reward.pk, key="brush", name_nl="a", name_en="a", **DEED)

        assert Reward.objects.count() == 1


class TestSaveCategory:
    def test_keeps_one_under_its_key_in_its_place(self, programme):
        for key, name in [("a", "One"), ("b", "Two"), ("a", "First")]:
            save_category(programme_id=programme.pk, key=key, name_nl=name, name_en=name, **DEED)

        kept = RewardCategory.objects.values_list("key", "name_en", "position")
        assert list(kept) == [("a", "First", 0), ("b", "Two", 1)]


class TestWithdrawReward:
    @pytest.fixture
    def taken(self, reward_factory, membership_factory) -> tuple[Reward, list[Membership]]:
        """Three members have it, and the first has used it."""
        reward = reward_factory(stock=5)
        members = [membership_factory(points=250) for _ in range(3)]
        used, *_ = [redeem(membership, reward) for membership in members]
        use_voucher(
            programme_id=reward.programme_id,
            code=code_of(used.voucher.pk),
            location="",
            request_key="use-1",
            actor="api:till",
            at=NOON,
        )
        return reward, members

    def test_only_stops_unless_it_is_asked_to_undo(self, taken):
        reward, _ = taken

        assert withdraw_reward(reward_id=reward.pk, **DEED) == (0, 0, 0, 0)

        reward.refresh_from_db()
        assert reward.state == "STOPPED"
        assert outstanding(reward, at=NOON) == Outstanding(
            vouchers=2, deliveries=0, points=500, batches=0
        )

    def test_gives_back_what_was_not_used(self, taken):
        reward, members = taken

        assert withdraw_reward(reward_id=reward.pk, is_undone=True, **DEED) == (2, 0, 0, 0)

        assert [usable_points(each, at=NOON) for each in members] == [0, 250, 250]
        states = Redemption.objects.order_by("pk").values_list("state", flat=True)
        assert [state == "CANCELLED" for state in states] == [False, True, True]
        assert outstanding(reward, at=NOON).redemptions == 0
        assert withdraw_reward(reward_id=reward.pk, is_undone=True, **DEED) == (0, 0, 0, 0)
