"""What a campaign of this programme can choose from: its segments, messages, rewards and so on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import get_language

from campaigns.messaging.ready_made import READY_MADE
from campaigns.models import Campaign, MessageTemplate
from loyalty.models import EarningRule, Location, Programme, TierSet, Unit
from loyalty.types import Language
from members.admin.segment_names import names_of
from members.admin.segment_pickers import Keys
from members.models import Segment
from rewards.models import Reward

Choices = Sequence[tuple[str, str]]


def language() -> Language:
    """The page's language, as the names are kept by."""
    return "nl" if (get_language() or "nl").startswith("nl") else "en"


@dataclass(frozen=True)
class Around:
    """Each kind is asked for once, and only when a form offers it."""

    programme: Programme

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.programme.time_zone)

    @cached_property
    def segments(self) -> Choices:
        return self._named(Segment.objects.exclude(state=Segment.State.STOPPED))

    @cached_property
    def templates(self) -> Choices:
        """The programme's messages, and those that come with the house and are not there yet."""
        kept = dict(
            MessageTemplate.objects.filter(programme=self.programme).values_list("key", "name")
        )
        made = {key: each.name[language()] for key, each in READY_MADE.items()}
        return tuple(sorted({**made, **kept}.items(), key=lambda each: each[1].casefold()))

    @cached_property
    def rewards(self) -> Choices:
        return self._named(Reward.objects.exclude(state="STOPPED"))

    @cached_property
    def units(self) -> Choices:
        rows = Unit.objects.filter(programme=self.programme).order_by("pk")
        return tuple(rows.values_list("code", f"name_{language()}"))

    @cached_property
    def rules(self) -> Choices:
        return self._named(EarningRule.objects.exclude(state=EarningRule.State.STOPPED))

    @cached_property
    def locations(self) -> Choices:
        kept = Location.objects.filter(programme=self.programme).order_by("name")
        return tuple((name, name) for name in kept.values_list("name", flat=True))

    @cached_property
    def tiers(self) -> Choices:
        policies = TierSet.objects.filter(programme=self.programme).values_list("policy", flat=True)
        tiers = [tier for policy in policies for tier in policy["tiers"]]
        return tuple({t["key"]: t.get("name", {}).get(language(), t["key"]) for t in tiers}.items())

    @cached_property
    def names(self) -> dict[str, str]:
        """What the keys in a document are called."""
        kinds = (self.tiers, self.segments, self.rules, self.rewards, self.templates, self.units)
        return {key: name for kind in kinds for key, name in kind}

    def names_in(self, asked: Sequence[Any]) -> dict[str, str]:
        """What keys are called, also those in conditions; a query for each sort of those."""
        return self.names | names_of(asked, Keys(self.programme.pk, language()))

    @cached_property
    def groups(self) -> list[str]:
        """The exclusion groups that other campaigns are in."""
        kept = Campaign.objects.filter(programme=self.programme).exclude(exclusion_group="")
        return sorted(set(kept.values_list("exclusion_group", flat=True)))

    def _named(self, rows: QuerySet[Any]) -> Choices:
        name = f"name_{language()}"
        return tuple(rows.filter(programme=self.programme).order_by(name).values_list("key", name))
