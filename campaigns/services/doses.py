"""Dose tests: how often members may hear from us, itself drawn by lot."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from campaigns.experiments.allocation import HOLDOUT, arm_of
from campaigns.models import ContactChoice, ContactPolicy, DoseTest
from members.models import Membership

State = DoseTest.State


def caps_of(membership_ids: Sequence[int], at: datetime) -> dict[int, int]:
    """Return for each membership how many marketing messages it may get in the policy's cap_days.

    That is the dose which a live test drew for it, else the programme's cap; and never more than
    the member chose. Four queries, however many there are.
    """
    of = dict[int, tuple[int, UUID]]()
    rows = Membership.objects.filter(pk__in=membership_ids)
    for pk, programme_id, member_id in rows.values_list("pk", "programme_id", "member_id"):
        of[pk] = programme_id, member_id
    programmes = {programme_id for programme_id, _ in of.values()}
    policies = ContactPolicy.objects.filter(programme__in=programmes)
    caps = dict(policies.values_list("programme_id", "cap"))
    live = DoseTest.objects.filter(programme__in=programmes, state=State.LIVE, starts_at__lte=at)
    tests = {test.programme_id: test for test in live}
    choices = ContactChoice.objects.filter(membership__in=membership_ids)
    chosen = dict(choices.values_list("membership_id", "at_most"))
    usual = ContactPolicy().cap
    found = {}
    for pk, (programme_id, member_id) in of.items():
        cap = caps.get(programme_id, usual)
        if test := tests.get(programme_id):
            dose = dose_of(test, member_id)
            cap = cap if dose is None else dose
        at_most = chosen.get(pk)
        found[pk] = cap if at_most is None else min(cap, at_most)
    return found


def dose_of(test: DoseTest, member_id: UUID) -> int | None:
    """Return the dose that a test drew for a member; None for who does not take part."""
    variants = [(str(dose), 1) for dose in test.doses]
    arm = arm_of(test.salt, member_id, 100 - test.share, None, variants)
    return None if arm == HOLDOUT else int(arm)
