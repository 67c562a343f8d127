"""A reward in one sentence."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import override

from loyalty.templatetags.figures import day, number, points
from rewards.models import Reward
from rewards.services.stock import left_in_stock


def reward_sentence(reward: Reward, language: str) -> str:
    """ "Gratis kleurstalen: 150 punten, tot en met 31 december 2026, nog 40 op voorraad." """
    zone = ZoneInfo(reward.programme.time_zone)
    name = reward.name_nl if language == "nl" else reward.name_en
    with override(language):
        parts = [points(reward.points)]
        if reward.available_from:
            parts.append(_("from %s") % day(reward.available_from.astimezone(zone).date()))
        if reward.available_until:
            last = (reward.available_until - timedelta(microseconds=1)).astimezone(zone).date()
            parts.append(_("up to and including %s") % day(last))
        if reward.limit_per_member:
            parts.append(_("at most %s per member") % number(reward.limit_per_member))
        left = left_in_stock(reward.pk)
        if left is not None:
            parts.append(_("%s left in stock") % number(left) if left else _("sold out"))
    return f"{name}: {', '.join(parts)}."
