"""Lines about campaigns and the gate that must not be missed: claimed, locked, written first, once."""

from bench.prove.patches import Patch

GATE = "campaigns/services/gate.py"
STORIES = ("tests/properties/test_gate.py",)
RACES = ("tests/concurrency/test_gate.py",)

PATCHES = [
    Patch(
        "a message is decided on without being claimed",
        RACES,
        GATE,
        "        .select_for_update(skip_locked=True)\n",
        "",
    ),
    Patch(
        "the cap is counted without a lock of the member",
        RACES,
        GATE,
        "locked.select_for_update(skip_locked=True, no_key=True)",
        "locked",
    ),
    Patch(
        "a message leaves before it is written that it does",
        RACES,
        GATE,
        "    send_out(leaving, at=at)\n    return decided\n",
        "    Dispatch.objects.filter(pk__in=[o.dispatch.pk for o in leaving]).update(fate='WAITING')\n"
        "    send_out(leaving, at=at)\n    return decided\n",
    ),
    Patch(
        "what broke off while it was leaving is sent again",
        RACES,
        GATE,
        "_UNDECIDED = (Fate.WAITING, Fate.DELAYED)",
        "_UNDECIDED = (Fate.WAITING, Fate.DELAYED, Fate.SENDING)",
    ),
    Patch(
        "what broke off is not said to be of unknown fate",
        RACES,
        GATE,
        "    _say_broken(at)\n",
        "",
    ),
    Patch(
        "an entrance brings a member in twice",
        RACES,
        "campaigns/services/entering.py",
        'Entrance(pk, "once", e.context)',
        "Entrance(pk, str(id(e)) + str(__import__('os').getpid()), e.context)",
    ),
    Patch(
        "a participant walks with two workers",
        RACES,
        "campaigns/services/walking.py",
        'locked = due.select_for_update(of=("self",), skip_locked=True, no_key=True)',
        "locked = due",
    ),
    Patch(
        "who is held out of everything by now is sent what was asked for before",
        STORIES,
        "campaigns/services/gate_facts.py",
        "return is_in(Share(policy.salt, policy.holdout), membership.member_id)",
        "return False",
    ),
    Patch(
        "who is held out is somebody else than the hash says",
        STORIES,
        "campaigns/experiments/allocation.py",
        "    if place < held:\n        return HOLDOUT",
        "    if place > 100 * _WHOLE - held:\n        return HOLDOUT",
    ),
    Patch(
        "one message more than the cap",
        STORIES,
        "campaigns/gate/policy.py",
        "if len(lately) >= rules.cap:",
        "if len(lately) > rules.cap:",
    ),
]
