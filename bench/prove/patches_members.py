"""Lines about members that must not be missed: receipts, cards, merges, consents, being forgotten."""

from bench.prove.patches import Patch

CLAIMS = "members/services/claims.py"
CARDS = ("tests/members/test_cards.py", "tests/members/test_matching.py")

PATCHES = [
    Patch(
        "tries at receipts are counted without waiting for each other",
        ("tests/concurrency/test_claims.py",),
        CLAIMS,
        'cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])',
        "pass",
    ),
    Patch(
        "a receipt is not locked while it is claimed",
        ("tests/concurrency/test_claims.py",),
        CLAIMS,
        "GuestSale.objects.select_for_update().get(pk=sale.pk)",
        "GuestSale.objects.get(pk=sale.pk)",
    ),
    Patch(
        "failed tries at receipts are not counted",
        ("tests/members/test_claims.py", "tests/scenarios/test_members.py"),
        CLAIMS,
        "if len(moments) == most:",
        "if False:",
    ),
    Patch(
        "a blocked card still finds its member",
        CARDS,
        "members/services/matching.py",
        "if any(each.blocked_at for each in known):",
        "if False:",
    ),
    Patch(
        "of two members who are meant one is guessed",
        CARDS,
        "members/services/matching.py",
        "if len(members) > 1:",
        "if False:",
    ),
    Patch(
        "an address that belongs to a login opens its member to another",
        ("tests/members/test_enrolment.py", "tests/portal/test_signing_in.py"),
        "members/services/enrolment.py",
        "if member.user_id is not None:",
        "if False:",
    ),
    Patch(
        "an address that nobody proved leads to a member",
        ("tests/portal/test_unproved.py",),
        "members/access.py",
        "EmailAddress.objects.filter(user=user, verified=True)",
        "EmailAddress.objects.filter(user=user)",
    ),
    Patch(
        "a link from the till opens a member who signs in already",
        ("tests/members/test_completion.py", "tests/portal/test_joining.py"),
        "members/services/completion.py",
        "return member.user_id is None and member.merged_into_id is None",
        "return member.merged_into_id is None",
    ),
    Patch(
        "a word about all channels goes before a later one about a channel",
        ("tests/members/test_consents.py",),
        "members/services/consents.py",
        '"-recorded_at", exact.desc(), "-pk"',
        'exact.asc(), "-recorded_at", "-pk"',
    ),
    Patch(
        "the same line of an import is booked twice",
        ("tests/members/test_importing_points.py",),
        "members/services/importing/balances.py",
        "if standing := next((one for one in found if not one.is_undone), None):",
        "if standing := None:",
    ),
    Patch(
        "a look at a member is not written down again",
        ("tests/api/test_looks.py", "tests/api/test_identifiers.py"),
        "members/services/looks.py",
        "times = members_memberlook.times + 1",
        "times = members_memberlook.times",
    ),
    Patch(
        "colleagues are asked no second factor",
        ("tests/console/test_second_factor.py",),
        "members/second_factor.py",
        'return any(step.get("method") == "mfa" for step in shown) and has_second_factor(user)',
        "return True",
    ),
    Patch(
        "who is forgotten keeps an address",
        ("tests/members/test_erasure.py", "tests/members/test_erasure_canary.py"),
        "members/services/erasure.py",
        "for keeper in reversed(keepers()):",
        'for keeper in [one for one in reversed(keepers()) if one.key != "identifiers"]:',
    ),
    Patch(
        "who is forgotten stays signed in",
        ("tests/members/test_erasure_canary.py",),
        "members/services/erasure.py",
        "for place, forget in traces().items():",
        "for place, forget in list(traces().items())[1:]:",
    ),
    Patch(
        "a merge undone gives no activity back",
        ("tests/members/test_parting.py",),
        "members/services/parting.py",
        "absorbed.pk, _going_back(kept.pk, moved.activities))",
        "absorbed.pk, [])",
    ),
    Patch(
        "a message of somebody else can be read",
        ("tests/portal/test_idor.py",),
        "members/services/messages.py",
        "Message.objects.filter(pk=message_id, membership=membership).first()",
        "Message.objects.filter(pk=message_id).first()",
    ),
    Patch(
        "a purchase is booked by a blocked card",
        ("tests/members/test_cards.py",),
        "members/migrations/sql/0021_segments.sql",
        "AND i.blocked_at IS NULL)",
        ")",
    ),
    Patch(
        "a lot that goes over to another member loses its last day",
        ("tests/members/test_merging.py",),
        "loyalty/migrations/sql/0014_merging.sql",
        "SELECT v_transfer, p_to, -m.points, -m.points, l.available_from, l.awaits, l.expires_at,",
        "SELECT v_transfer, p_to, -m.points, -m.points, l.available_from, l.awaits, NULL,",
    ),
]
