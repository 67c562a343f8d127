"""Campaigns for a stage, and one of everybody let in, walked and decided upon.

`python -m bench.campaign_stage everybody` prints rows of how long that took, as JSON;
`python -m bench.campaign_stage purchases` makes the campaign live that every purchase begins.
`python -m bench.campaign_stage read` reads the results of everybody's, as often as there are goals.
"""

import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import django
import msgspec

MAKER, APPROVER = "console:bench", "console:other"
WORDS = {"nl": "Voor jou, {given_name}", "en": "For you, {given_name}"}
MAIL = {"subject": WORDS, "blocks": [{"block": "text", "text": WORDS}]}
NOTE = {"title": WORDS, "text": WORDS}
MADE = 5_000  # messages that are made and handed over, to know how long one takes
ALL_IN = 600.0  # the goal in seconds for planning, walking and deciding together
READ = 60.0


def noon() -> datetime:
    """Today at an hour at which anybody may be written to."""
    return datetime.now(UTC).replace(hour=11, minute=0, second=0, microsecond=0)


def main(what: str) -> list[list[str]]:
    """Rows of the table, if there are any."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    return {"everybody": everybody, "purchases": purchases, "read": readings}[what]()


def everybody() -> list[list[str]]:
    """Let a campaign of all members, held out and not, come as far as their messages are decided."""
    from campaigns.models import Dispatch, Participant
    from campaigns.services import gate, planning, walking

    at = noon()
    once = {"kind": "once", "date": f"{at:%Y-%m-%d}", "time": "11:30"}
    document = {"trigger": once, "steps": [{"kind": "message", "template": "everybody"}]}
    _live("everybody", document, at - timedelta(days=1), holdout=10)
    leaving: list[Any] = []

    def keep(out: Any, *, at: datetime) -> None:
        leaving.extend(out[: MADE - len(leaving)])

    send_out = "send_out"  # what leaves is kept here, and made afterwards
    real = getattr(gate, send_out)
    setattr(gate, send_out, keep)
    waiting = Dispatch.objects.filter(fate__in=("WAITING", "DELAYED"))
    began = time.perf_counter()
    rows = [
        _timed("planned: members let in, lots drawn", lambda: planning.plan_due(at=at)),
        _timed("walked: messages offered", lambda: _until_none(lambda: walking.walk(at=at))),
        _timed(
            "gated: decided", lambda: _until_none(lambda: gate.work_off(at=at, limit=gate.AT_ONCE))
        ),
    ]
    whole = time.perf_counter() - began
    assert not Participant.objects.filter(state="ACTIVE").exists()
    assert not waiting.exists()
    done = Participant.objects.count()
    rows.append(["all of it", f"{done:,}", f"{whole:.1f}", f"{done / whole:,.0f}", _most()])
    rows[-1].append(f"{whole / ALL_IN:.3f}")
    return [
        *rows,
        _timed("made, to a channel that keeps nothing", lambda: _send(real, leaving, at)),
    ]


def _send(send_out: Callable[..., None], leaving: list[Any], at: datetime) -> int:
    from campaigns.services import sending
    from campaigns.types import Sent

    class Nowhere:
        def send(self, envelopes: Any) -> list[Any]:
            return [Sent() for _each in envelopes]

    kept = "_TRANSPORTS"
    setattr(sending, kept, dict.fromkeys(getattr(sending, kept), Nowhere()))
    for start in range(0, len(leaving), 500):
        send_out(leaving[start : start + 500], at=at)
    return len(leaving)


def purchases() -> list[list[str]]:
    """Have every purchase begin a campaign that puts a message into the box."""
    at = datetime.now(UTC)
    document = {
        "trigger": {"kind": "purchase"},
        "again": "always",
        "steps": [{"kind": "message", "template": "purchases", "channels": ["INBOX"]}],
    }
    _live("purchases", document, at, holdout=0, is_never_too_much=True)
    return []


def readings() -> list[list[str]]:
    """Read everybody's campaign by each goal, once its days are over."""
    from campaigns.models import Campaign
    from campaigns.services.results import read_campaign

    campaign = Campaign.objects.get(key="everybody")
    at = noon() + timedelta(days=29)
    rows = []
    for goal in Campaign.Goal.values:
        Campaign.objects.filter(pk=campaign.pk).update(goal=goal)

        def read() -> int:
            kept = read_campaign(campaign_id=campaign.pk, actor=MAKER, at=at)
            return int(kept.figures["ripe"])

        rows.append(_timed(f"read: {goal}", read))
        rows[-1].append(f"{float(rows[-1][2]) / READ:.3f}")
    return rows


def _live(
    key: str, document: Any, at: datetime, *, holdout: int, is_never_too_much: bool = False
) -> None:
    from campaigns.services import campaigns
    from campaigns.services.policies import PolicySaid, save_policy
    from campaigns.services.templates import save_template
    from loyalty.models import Programme

    programme_id = Programme.objects.get().pk
    save_template(
        programme_id=programme_id,
        key=key,
        name=key,
        document={"email": MAIL, "inbox": NOTE},
        actor=MAKER,
        at=at,
    )
    said = {"cap": 50 if is_never_too_much else 2, "cap_days": 1 if is_never_too_much else 7}
    night = datetime.min.time()
    save_policy(
        programme_id=programme_id,
        said=PolicySaid(
            **said,
            quiet_from=night if is_never_too_much else night.replace(hour=21),
            quiet_until=night if is_never_too_much else night.replace(hour=8),
            patience_days=3,
            holdout=0 if is_never_too_much else 5,
        ),
        actor=MAKER,
        at=at,
    )
    made = campaigns.save_campaign(
        programme_id=programme_id,
        key=key,
        document=document,
        actor=MAKER,
        at=at,
        name_nl=key,
        name_en=key,
        holdout=holdout,
    )
    campaigns.ask_approval(campaign_id=made.pk, actor=MAKER, at=at)
    campaigns.approve_campaign(campaign_id=made.pk, actor=APPROVER, at=at)
    campaigns.launch_campaign(campaign_id=made.pk, actor=MAKER, at=at)


def _until_none(turn: Callable[[], int]) -> int:
    done = 0
    while took := turn():
        done += took
    return done


def _timed(what: str, work: Callable[[], int]) -> list[str]:
    began = time.perf_counter()
    done = work()
    seconds = time.perf_counter() - began
    return [what, f"{done:,}", f"{seconds:.1f}", f"{done / seconds:,.0f}", _most()]


def _most() -> str:
    """The most memory that this process ever had."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(main(sys.argv[1])))
