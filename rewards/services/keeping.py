"""What this app keeps of a person: what they took for their points."""

from datetime import datetime

import msgspec
from django.utils.translation import gettext_lazy as _

from members.belongings import Keeper, Row, register_keeper
from members.models import Member
from rewards.codes import code_of
from rewards.models import Redemption, Voucher


def _told(member: Member) -> list[Row]:
    """Each redemption with its voucher, and the code of one that can still be used."""
    taken = Redemption.objects.filter(membership__member=member).select_related("reward", "voucher")
    return [_redemption(each) for each in taken.order_by("redeemed_at", "pk")]


def _redemption(each: Redemption) -> Row:
    voucher = each.voucher
    said = {
        "id": each.pk,
        "reward": each.reward.key,
        "name": {"nl": each.reward.name_nl, "en": each.reward.name_en},
        "points": each.points,
        "redeemed_at": each.redeemed_at,
        "channel": each.channel,
        "voucher": {
            "state": voucher.state,
            "expires_at": voucher.expires_at,
            "used_at": voucher.used_at,
            "used_location": voucher.used_location,
            "code": code_of(voucher.pk) if voucher.state == Voucher.State.ISSUED else "",
        },
    }
    told: Row = msgspec.to_builtins(said)
    return told


def _strip(member: Member, at: datetime) -> int:
    """What was taken for how many points stays for the books; where it was used does not.

    A voucher is the bearer's: who has the code can still use it.
    """
    used = Voucher.objects.filter(redemption__membership__member=member)
    return used.exclude(used_location="").update(used_location="")


def register() -> None:
    """Tell exports and erasures of it; done when the app starts."""
    register_keeper(Keeper(key="rewards", title=_("What you took"), export=_told, erase=_strip))
