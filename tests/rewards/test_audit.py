import pytest

from rewards.codes import code_of
from rewards.models import Redemption, Voucher
from rewards.services.vouchers import use_voucher
from tests.loyalty.ledger.damage import damage, differences
from tests.rewards.shop import NOON, STAFF, redeem

FIRST = "(SELECT min(id::text)::uuid FROM rewards_redemption)"
DAMAGES = {
    "a redemption at another price": (
        "redemptions paid",
        1,
        f"UPDATE rewards_redemption SET points = points - 1 WHERE id = {FIRST}",
    ),
    "a redemption on somebody else's account": (
        "redemptions paid",
        2,  # one without its payment, and a payment without its redemption
        "UPDATE rewards_redemption SET membership_id = (SELECT max(id) FROM members_membership)"
        f" WHERE id = {FIRST}",
    ),
    "an item that nobody took": ("stock", 1, 'UPDATE rewards_shelf SET "left" = "left" - 1'),
    "a voucher made good again": (
        "vouchers",
        1,
        "UPDATE rewards_voucher SET state = 'ISSUED', used_at = NULL WHERE state = 'USED'",
    ),
    "a voucher used without a word": (
        "vouchers",
        1,
        "UPDATE rewards_voucher SET state = 'USED', used_at = issued_at WHERE state = 'ISSUED'",
    ),
    "a voucher torn up": ("vouchers", 1, "DELETE FROM rewards_voucher WHERE state = 'ISSUED'"),
}


@pytest.fixture
def redeemed(membership_factory, reward_factory, programme) -> list[Redemption]:
    """Two redemptions from a stock of five, of which one voucher is used; and another member."""
    membership, reward = membership_factory(points=600), reward_factory(points=250, stock=5)
    redemptions = [redeem(membership, reward), redeem(membership, reward)]
    use_voucher(
        programme_id=programme.pk,
        code=code_of(Voucher.objects.get(redemption=redemptions[0]).pk),
        request_key="till-1",
        actor=STAFF,
        location="Utrecht",
        at=NOON,
    )
    membership_factory()
    return redemptions


class TestAudit:
    @pytest.mark.parametrize(("check", "expected", "statement"), DAMAGES.values(), ids=DAMAGES)
    def test_sees_damage_and_blames_one_promise(self, redeemed, check, expected, statement):
        # the till of these tests books points without an activity, which the audit sees too
        before = differences()

        damage(statement)

        assert differences() == before | {check: expected}
        assert check not in before
