"""Lines about given rewards that must not be missed: once each, in time, paid, taken back."""

from bench.prove.patches import Patch

GIVING = "rewards/services/giving.py"
FILLING = "rewards/services/filling.py"
RACES = ("tests/concurrency/test_giving.py",)
GRANTS = ("tests/rewards/test_giving.py",)
CARDS = ("tests/rewards/test_stamp_cards.py",)
OCCASIONS = ("tests/rewards/test_occasions.py", "tests/rewards/test_anniversaries.py")
SEGMENTS = ("tests/members/test_segments.py",)

PATCHES = [
    Patch(
        "the same is given twice",
        GRANTS,
        GIVING,
        "if grant is not None and (grant.state != State.WITHDRAWN or _redemption_of(grant)):",
        "if False:",
    ),
    Patch(
        "a member is not locked while something is given",
        RACES,
        GIVING,
        'Membership.objects.select_for_update(of=("self",), no_key=True)\n    found = there',
        "Membership.objects.all()\n    found = there",
    ),
    Patch(
        "a gift can be taken after its last day",
        GRANTS,
        GIVING,
        "if grant.state != State.OPEN or (grant.expires_at and grant.expires_at <= at):",
        "if grant.state != State.OPEN:",
    ),
    Patch(
        "a surprise is not what was drawn",
        ("tests/properties/test_surprises.py",),
        "rewards/surprises.py",
        "if number < weight:",
        "if number <= weight:",
    ),
    Patch(
        "a full card pays with one stamp too few",
        CARDS,
        FILLING,
        "points=card.stamps,",
        "points=card.stamps - 1,",
    ),
    Patch(
        "who gave a reward back has it bought again",
        OCCASIONS,
        "rewards/services/happenings.py",
        "if not _crossed(occasion, membership, account, moment.points):",
        "if False:",
    ),
    Patch(
        "what a returned purchase was given for stays",
        OCCASIONS,
        "rewards/services/rule_rewards.py",
        "if gone := list(over.values_list(",
        "if gone := list(over.none().values_list(",
    ),
    Patch(
        "an answer is used for what it was not given for",
        OCCASIONS,
        "rewards/services/anniversaries.py",
        "return _agreeing(found, field.purpose) if field.purpose else found",
        "return found",
    ),
    Patch(
        "a segment counts after the member left it",
        SEGMENTS,
        "members/types.py",
        "if since <= at and (until is None or at < until)",
        "if since <= at",
    ),
    Patch(
        "what comes in late is judged without its segments",
        SEGMENTS,
        "members/services/histories.py",
        "segments=holder.segments_at(wanted.submitted.activity.occurred_at),",
        "segments=frozenset(),",
    ),
    Patch(
        "more points for a while never end",
        ("tests/rewards/test_boosts.py",),
        "rewards/services/boosts.py",
        "at=since, until=until)",
        "at=since)",
    ),
]
