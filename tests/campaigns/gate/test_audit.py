"""The audit of messages and campaigns: silent on what the gate did, and not on what went around it."""

from datetime import timedelta

import pytest

from campaigns.models import Campaign, ContactPolicy, Dispatch, Participant
from campaigns.services.entering import Entrance, enter
from campaigns.services.gate import work_off
from campaigns.services.walking import walk
from members.services.consents import record_consent
from rewards.services.catalogue import publish_reward, save_reward, set_stock
from tests.campaigns.gate.post import allow
from tests.campaigns.journeys.town import MESSAGE, POINTS, Town, document
from tests.loyalty.ledger.damage import damage, differences

HOUR = timedelta(hours=1)
MEMBERS = 24
HELD = "(SELECT min(id) FROM campaigns_participant WHERE arm = 'holdout')"
HELD_MEMBER = f"(SELECT membership_id FROM campaigns_participant WHERE id = {HELD})"
SENT = "(SELECT min(id::text)::uuid FROM campaigns_dispatch WHERE fate = 'SENT' AND nature = 'MARKETING')"
STEP = f"""INSERT INTO campaigns_steptaken (participant_id, place, kind, outcome, params, taken_at)
          VALUES ({HELD}, '0', 'message', 'done', '{{}}', now())"""

DAMAGES = {
    "a yes that became a no before the message left": (
        "I19 consent",
        1,
        "UPDATE members_consent SET is_given = false WHERE member_id ="
        f" (SELECT member_id FROM campaigns_dispatch WHERE id = {SENT})",
    ),
    "a yes to another purpose": (
        "I19 consent",
        1,
        "UPDATE members_consent SET purpose = 'NEWS' WHERE member_id ="
        f" (SELECT member_id FROM campaigns_dispatch WHERE id = {SENT})",
    ),
    "a message that left two minutes after the no": (
        "I19 consent",
        1,
        "INSERT INTO members_consent (member_id, purpose, channel, is_given, text_version,"
        " touchpoint, actor, recorded_at) SELECT member_id, purpose, channel, false, '', '', '',"
        f" decided_at - interval '2 minutes' FROM campaigns_dispatch WHERE id = {SENT}",
    ),
    "a message to who is held out, under its participant": (
        "I19 held out",
        1,
        f"UPDATE campaigns_dispatch SET participant_id = {HELD} WHERE id = {SENT}",
    ),
    "a message to who is held out, under no name": (
        "I19 held out",
        1,
        f"UPDATE campaigns_dispatch SET participant_id = NULL, membership_id = {HELD_MEMBER}"
        f" WHERE id = {SENT}",
    ),
    "a step of who is held out": ("I19 held out", 1, STEP),
    "points for who is held out": (
        "I19 held out",
        1,
        "UPDATE loyalty_transfer SET external_id = 'campaign:gift:' || "
        f"{HELD} || ':1' WHERE id = (SELECT min(id) FROM loyalty_transfer WHERE source = 'campaign')",
    ),
    "a reward for who is held out": (
        "I19 held out",
        1,
        f"UPDATE rewards_grant SET key = 'campaign:gift:' || {HELD} || ':2'"
        " WHERE id = (SELECT min(id::text)::uuid FROM rewards_grant)",
    ),
    "a webhook about who is held out": (
        "I19 held out",
        1,
        "UPDATE loyalty_outboxevent SET payload = jsonb_set(payload, '{participant}',"
        f" to_jsonb({HELD})) WHERE id = (SELECT min(id) FROM loyalty_outboxevent"
        " WHERE name = 'campaigns.webhook_asked.v1')",
    ),
    "somebody let out of the lot": (
        "I19 drawn by lot",
        1,
        f"UPDATE campaigns_participant SET arm = 'main' WHERE id = {HELD}",
    ),
    "somebody put into the lot": (
        "I19 drawn by lot",
        1,
        # of a campaign that holds out nobody
        "INSERT INTO campaigns_campaign SELECT (json_populate_record(c, json_build_object("
        "'id', 999, 'key', 'other', 'holdout', 0))).* FROM campaigns_campaign c;"
        " INSERT INTO campaigns_participant SELECT (json_populate_record(p, json_build_object("
        "'id', 999, 'campaign_id', 999))).* FROM campaigns_participant p"
        f" WHERE p.id = {HELD}",
    ),
    "one message more than the cap, by another channel": (
        "contact cap",
        2,  # both left in the same moment: each is one too many beside the other
        "INSERT INTO campaigns_dispatch SELECT (json_populate_record(d, json_build_object("
        "'id', gen_random_uuid(), 'key', 'twice', 'channel', 'INBOX'))).*"
        f" FROM campaigns_dispatch d WHERE d.id = {SENT}",
    ),
    "a message that passed no gate": (
        "contact cap",
        1,
        f"UPDATE campaigns_dispatch SET cap = NULL, cap_days = NULL WHERE id = {SENT}",
    ),
}


@pytest.fixture
def told(town: Town) -> Town:
    """A campaign that tells and gives, to members of whom half are held out, and a no afterwards."""
    allow(cap=1)
    _a_reward(town)
    steps = [
        {**MESSAGE, "channels": ["EMAIL"]},
        POINTS,
        {"kind": "reward", "reward": "brush"},
        {"kind": "webhook", "url": "https://crm.example/told", "event": "told"},
    ]
    campaign = town.live("gift", document(*steps, trigger={"kind": "by_hand"}), holdout=50)
    members = [town.member(number) for number in range(MEMBERS)]
    town.told()
    town.now += HOUR
    entrances = [Entrance(member.pk, "hand") for member in members]
    enter(campaign_id=campaign.pk, entrances=entrances, at=town.now)
    walk(at=town.now)
    work_off(at=town.now)
    for member in members:
        record_consent(
            member_id=member.member_id, purpose="OFFERS", channel="EMAIL", is_given=False,
            text_version="", touchpoint="portal", actor="portal", at=town.now + HOUR,
        )  # fmt: skip
    return town


def _a_reward(town: Town) -> None:
    reward = save_reward(
        programme_id=town.programme_id, key="brush", name_nl="Kwast", name_en="Brush",
        points=100, actor="test", at=town.now,
    )  # fmt: skip
    set_stock(reward_id=reward.pk, total=100, actor="test", at=town.now)
    publish_reward(reward_id=reward.pk, actor="test", at=town.now)


class TestAudit:
    def test_is_silent_on_what_the_gate_did(self, told):
        arms = Participant.objects.values_list("arm", flat=True)
        assert {*arms} == {"main", "holdout"}
        sent = Dispatch.objects.filter(fate="SENT", nature="MARKETING").count()
        assert sent == Participant.objects.filter(arm="main").count()

        assert _ours() == {}

    def test_is_silent_when_the_cap_is_lowered_afterwards(self, told):
        ContactPolicy.objects.update(cap=0, holdout=50)
        Campaign.objects.update(priority=1)

        assert _ours() == {}

    @pytest.mark.parametrize(("check", "expected", "statement"), DAMAGES.values(), ids=DAMAGES)
    def test_sees_damage_and_blames_one_promise(self, told, check, expected, statement):
        assert _ours() == {}

        damage(statement)

        assert _ours() == {check: expected}


def _ours() -> dict[str, int]:
    """What it says of campaigns; the damage done to points is seen by the books' own checks too."""
    found = differences()
    return {k: n for k, n in found.items() if k.startswith("I19") or k == "contact cap"}
