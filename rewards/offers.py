"""What stands between members and rewards, read from the database: few queries for many rewards."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, Q

from loyalty.selectors import spendable_points
from loyalty.services.held_tiers import tier_keys
from loyalty.services.rulebook import Rulebook, current_rulebook
from members.models import Membership, SegmentMembership
from members.selectors import account_of
from rewards.eligibility import MemberStanding
from rewards.kinds import Partner, Terms, read_terms
from rewards.models import PoolCode, Redemption, Reward

GIVEN_BACK = (
    Redemption.State.CANCELLED,
    Redemption.State.EXPIRED,
    Redemption.State.RETURNED,
)


class Standings:
    """One member's standing towards some rewards at one moment.

    Each thing is asked of the database once, and only if one of the rewards depends on it: what
    can be spent (two queries), redemptions of what has a limit, tiers (two), segments and partners'
    codes (one each).
    """

    def __init__(
        self,
        membership: Membership,
        rewards: Iterable[Reward],
        *,
        at: datetime,
        usable: int | None = None,
    ) -> None:
        self.membership, self.at = membership, at
        self.rewards = list(rewards)
        self.terms: Mapping[int, Terms] = {
            reward.pk: read_terms(reward.kind, reward.terms) for reward in self.rewards
        }
        self._usable = usable

    def of(self, reward: Reward, *, left: int | None) -> MemberStanding:
        """Towards that reward; `left` is what its stock has."""
        taken, again_at = self._taken(reward)
        return MemberStanding(
            usable=self.usable,
            tiers=self.tiers,
            segments=self.segments,
            taken=taken,
            again_at=again_at,
            left=self._left(reward, left),
        )

    @cached_property
    def usable(self) -> int:
        if self._usable is not None:
            return self._usable
        return spendable_points(self._account_id, at=self.at)

    @cached_property
    def segments(self) -> frozenset[str]:
        """Those that a reward asks for, or that a ladder's tiers are given by."""
        by_segment = self._asks_tiers and any(
            tier_set.policy.measure.kind == "segment" for tier_set in self._book.rule_set.tier_sets
        )
        if not by_segment and not any(reward.segments for reward in self.rewards):
            return frozenset()
        stays = SegmentMembership.objects.filter(
            Q(until=None) | Q(until__gt=self.at), membership=self.membership, since__lte=self.at
        )
        return frozenset(stays.values_list("segment", flat=True))

    @cached_property
    def tiers(self) -> frozenset[str]:
        if not self._asks_tiers:
            return frozenset()
        return tier_keys(
            book=self._book,
            account_id=self._account_id,
            joined_on=self.membership.joined_at.astimezone(self._book.zone).date(),
            at=self.at,
            segments=self.segments,
        )

    @property
    def _asks_tiers(self) -> bool:
        return any(reward.tiers or reward.tier_points for reward in self.rewards)

    @cached_property
    def _book(self) -> Rulebook:
        return current_rulebook(programme_id=self.membership.programme_id)

    @cached_property
    def _account_id(self) -> int:
        return account_of(self.membership)

    @cached_property
    def _moments(self) -> Mapping[int, list[datetime]]:
        """When the member took what has a limit, by reward; what was given does not count."""
        limited = [reward.pk for reward in self.rewards if reward.limit_per_member is not None]
        moments: dict[int, list[datetime]] = {}
        if limited:
            taken = Redemption.objects.filter(
                membership=self.membership, reward__in=limited, grant=None
            ).exclude(state__in=GIVEN_BACK)
            for reward_id, moment in taken.values_list("reward_id", "redeemed_at"):
                moments.setdefault(reward_id, []).append(moment)
        return moments

    def _taken(self, reward: Reward) -> tuple[int, datetime | None]:
        limit, days = reward.limit_per_member, reward.limit_days
        moments = sorted(self._moments.get(reward.pk, []), reverse=True)
        if limit is None or days is None:
            return len(moments), None
        counted = [moment for moment in moments if moment > self.at - timedelta(days=days)]
        if len(counted) < limit:
            return len(counted), None
        return len(counted), counted[limit - 1] + timedelta(days=days)

    @cached_property
    def _codes_left(self) -> Mapping[str, int]:
        pools = {terms.pool for terms in self.terms.values() if isinstance(terms, Partner)}
        if not pools:
            return {}
        codes = PoolCode.objects.filter(
            Q(expires_at=None) | Q(expires_at__gt=self.at),
            pool__programme_id=self.membership.programme_id,
            pool__key__in=pools,
            redemption=None,
        )
        return dict(codes.values_list("pool__key").annotate(Count("pk")))

    def _left(self, reward: Reward, left: int | None) -> int | None:
        terms: Any = self.terms[reward.pk]
        if not isinstance(terms, Partner):
            return left
        codes = self._codes_left.get(terms.pool, 0)
        return codes if left is None else min(left, codes)
