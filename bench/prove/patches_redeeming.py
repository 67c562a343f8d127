"""Lines about redemptions that must not be missed: sold once, paid once, given back exactly."""

from bench.prove.patches import Patch

STEPS = ("tests/rewards/test_redemption_steps.py",)
CROWD = ("tests/concurrency/test_redemption_crowd.py",)
ENDING = "rewards/services/redemption/ending.py"
ASKING = "rewards/services/redemption/asking.py"
STORING = "rewards/services/redemption/storing.py"

PATCHES = [
    Patch(
        "the last item is sold twice",
        ("tests/rewards/test_redemption.py", *CROWD),
        STORING,
        "        take_from_stock(reward_id=reward_id, lot=lot)\n    except",
        "        pass\n    except",
    ),
    Patch(
        "an order that timed out eats the last reward",
        STEPS,
        ASKING,
        "    if found.left != 0:\n",
        "    if True:\n",
    ),
    Patch(
        "what timed out is captured all the same",
        STEPS,
        "rewards/services/redemption/capturing.py",
        "if redemption.expires_at is None or redemption.expires_at <= at:",
        "if False:",
    ),
    Patch(
        "what timed out does not go back to the stock",
        STEPS,
        "rewards/services/redemption/expiring.py",
        "return_to_stock(reward_id=reward_id, lot=0, count=freed[reward_id])",
        "pass",
    ),
    Patch(
        "a cancelled redemption keeps the points",
        STEPS,
        ENDING,
        "    give_back(redemption, step=state, actor=actor, at=at)\n",
        "",
    ),
    Patch(
        "a cancelled reward does not go back to the stock",
        STEPS,
        ENDING,
        "    return_to_stock(reward_id=redemption.reward_id, lot=redemption.membership_id)\n",
        "",
    ),
    Patch(
        "a used voucher is cancelled and paid back",
        STEPS,
        ENDING,
        "if voucher.uses or voucher.state == Voucher.State.USED:",
        "if False:",
    ),
    Patch(
        "a member undoes for ever",
        STEPS,
        "rewards/redeeming.py",
        "if by_member and state != ",
        "if False and state != ",
    ),
    Patch(
        "a cancelled redemption is cancelled again",
        (*STEPS, "tests/properties/test_redeeming.py"),
        ENDING,
        "if redemption.state in (State.CANCELLED, State.EXPIRED):",
        "if False:",
    ),
    Patch(
        "a redemption is had from any state",
        ("tests/properties/test_redeeming.py",),
        "rewards/redeeming.py",
        "    if state not in FROM[step]:\n",
        "    if False:\n",
    ),
    Patch(
        "an address goes with the event",
        ("tests/rewards/test_fulfilment.py",),
        "rewards/services/fulfilment.py",
        'said = {"carrier": fulfilment.carrier}',
        'said = {"carrier": fulfilment.carrier + fulfilment.tracking}',
    ),
]
