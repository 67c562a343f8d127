"""What the gate asks about those it decides on: read for all of them at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import F

from campaigns.experiments.allocation import Share, is_in
from campaigns.gate.policy import Facts, Rules
from campaigns.models import (
    Campaign,
    Channel,
    ContactChoice,
    ContactPolicy,
    Dispatch,
    PushSubscription,
)
from campaigns.services.doses import caps_of
from campaigns.services.policies import kept_policy
from campaigns.services.reach import ADDRESSES, consent_channel
from campaigns.services.rewriting import among
from campaigns.services.suppressions import suppressed
from members.models import Identifier, Member, Membership
from members.services.consents import may_each
from members.services.pass_notices import with_live_passes

Fate = Dispatch.Fate
_LEFT = (Fate.SENDING, Fate.SENT, Fate.UNKNOWN)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Of the dispatches the facts, the rules and the address by dispatch; what was sent by membership."""

    facts: dict[UUID, Facts]
    rules: dict[int, Rules]  # by membership
    addresses: dict[tuple[str, UUID], str]  # by channel and member
    sent: dict[int, list[datetime]]  # by membership


def known_of(dispatches: Sequence[Dispatch], *, at: datetime) -> Known:
    """Look everything up that `decide` asks; so many queries, however many there are."""
    member_ids = {each.member_id for each in dispatches if each.member_id}
    membership_ids = [each.membership_id for each in dispatches if each.membership_id]
    memberships = {
        each.pk: each
        for each in Membership.objects.filter(
            pk__in=among(membership_ids, "bigint")
        ).select_related("programme")
    }
    policies = {
        pk: kept_policy(programme_id=pk) for pk in {m.programme_id for m in memberships.values()}
    }
    there = _there(member_ids)
    addresses = _addresses(dispatches, member_ids)
    stopped = {
        nature: _suppressed(addresses, is_service=nature == Dispatch.Nature.SERVICE)
        for nature in {each.nature for each in dispatches}
    }
    agreed = _agreed(dispatches)
    campaigns = _states(dispatches)
    facts = {
        each.pk: Facts(
            is_there=each.member_id in there,
            is_held_out=_is_held_out(each, memberships, policies),
            has_address=bool(each.member_id and addresses.get((each.channel, each.member_id))),
            is_suppressed=(each.channel, each.member_id) in stopped[each.nature],
            agrees=each.member_id in agreed.get((each.purpose, each.channel), set()),
            is_paused=campaigns.get(each.campaign_id) == Campaign.State.PAUSED,
            is_over=campaigns.get(each.campaign_id) == Campaign.State.ENDED,
        )
        for each in dispatches
    }
    return Known(
        facts=facts,
        rules=_rules(memberships, policies, at),
        addresses=addresses,
        sent=_sent(memberships, policies, at),
    )


def _there(member_ids: Iterable[UUID]) -> set[UUID]:
    living = Member.objects.filter(
        pk__in=among(member_ids, "uuid"), erased_at=None, merged_into=None
    )
    return set(living.values_list("pk", flat=True))


def _is_held_out(
    dispatch: Dispatch, memberships: dict[int, Membership], policies: dict[int, ContactPolicy]
) -> bool:
    """Drawn again here, so that no mistake above can send to who is held out of everything."""
    membership = memberships.get(dispatch.membership_id or 0)
    if membership is None:
        return False
    policy = policies[membership.programme_id]
    return is_in(Share(policy.salt, policy.holdout), membership.member_id)


def _addresses(
    dispatches: Sequence[Dispatch], member_ids: Iterable[UUID]
) -> dict[tuple[str, UUID], str]:
    """Where each can be reached by the channels that are asked about; a proved address first."""
    found: dict[tuple[str, UUID], str] = {}
    channels = {each.channel for each in dispatches}
    for channel, kind in ADDRESSES.items():
        if channel not in channels:
            continue
        known = Identifier.objects.filter(
            member__in=among(member_ids, "uuid"), kind=kind, blocked_at=None
        )
        proved_first = known.order_by(F("verified_at").asc(nulls_last=True), "pk")
        for member_id, value in proved_first.values_list("member_id", "value"):
            found.setdefault((channel, member_id), value)
    if Channel.PUSH in channels:
        browsers = PushSubscription.objects.filter(
            membership__member__in=member_ids, gone_at=None
        ).values_list("membership__member_id", flat=True)
        found |= {(Channel.PUSH, member_id): str(member_id) for member_id in browsers}
    if Channel.WALLET in channels:
        having = with_live_passes(member_ids=set(member_ids))
        found |= {(Channel.WALLET, member_id): str(member_id) for member_id in having}
    if Channel.INBOX in channels:
        found |= {(Channel.INBOX, member_id): str(member_id) for member_id in member_ids}
    return found


def _suppressed(
    addresses: dict[tuple[str, UUID], str], *, is_service: bool
) -> set[tuple[str, UUID]]:
    stopped = set()
    for channel in ADDRESSES:
        of = {key: value for key, value in addresses.items() if key[0] == channel}
        if not of:
            continue
        bad = suppressed(channel=channel, addresses=of.values(), is_service=is_service)
        stopped |= {key for key, value in of.items() if value in bad}
    return stopped


def _agreed(dispatches: Sequence[Dispatch]) -> dict[tuple[str, str], set[UUID]]:
    """Who agrees now, by purpose and channel; the box and the wallet are asked as any way."""
    asked: dict[tuple[str, str], set[UUID]] = defaultdict(set)
    for each in dispatches:
        if each.purpose and each.member_id:
            asked[each.purpose, each.channel].add(each.member_id)
    return {
        (purpose, channel): may_each(
            member_ids=ids,
            purpose=purpose,
            channel=consent_channel(channel),
        )
        for (purpose, channel), ids in asked.items()
    }


def _states(dispatches: Sequence[Dispatch]) -> dict[int | None, str]:
    ids = {each.campaign_id for each in dispatches if each.campaign_id}
    return dict(Campaign.objects.filter(pk__in=ids).values_list("pk", "state"))


def _rules(
    memberships: dict[int, Membership], policies: dict[int, ContactPolicy], at: datetime
) -> dict[int, Rules]:
    caps = caps_of(list(memberships), at)
    zones = dict(
        ContactChoice.objects.filter(membership__in=among(memberships, "bigint")).values_list(
            "membership_id", "time_zone"
        )
    )
    return {
        pk: Rules(
            cap=caps[pk],
            window=timedelta(days=policy.cap_days),
            quiet_from=policy.quiet_from,
            quiet_until=policy.quiet_until,
            zone=ZoneInfo(zones.get(pk) or membership.programme.time_zone),
            patience=timedelta(days=policy.patience_days),
        )
        for pk, membership in memberships.items()
        for policy in (policies[membership.programme_id],)
    }


def _sent(
    memberships: dict[int, Membership], policies: dict[int, ContactPolicy], at: datetime
) -> dict[int, list[datetime]]:
    """When marketing left for each, as far back as the longest window; what is leaving counts too."""
    days = max((policy.cap_days for policy in policies.values()), default=0)
    left = Dispatch.objects.filter(
        membership__in=among(memberships, "bigint"),
        nature=Dispatch.Nature.MARKETING,
        fate__in=_LEFT,
        decided_at__gt=at - timedelta(days=days),
    )
    found: dict[int, list[datetime]] = defaultdict(list)
    for membership_id, moment in left.values_list("membership_id", "decided_at"):
        if moment is not None:
            found[membership_id].append(moment)
    return found
