"""What this app keeps of a person: what they took, were given, handed in, and where it went."""

from datetime import datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from members.belongings import Keeper, Row, register_keeper
from members.models import Member
from members.services.persons import person_of
from members.services.strips import salt
from rewards.codes import code_of
from rewards.models import (
    Fulfilment,
    Grant,
    Redemption,
    ShortCode,
    TillReceipt,
    Voucher,
    VoucherUse,
)
from rewards.services.redemption.addresses import ADDRESS, forget_addresses

WHERE = ("location", "basket")


def _plain(said: dict[str, Any]) -> Row:
    told: Row = msgspec.to_builtins(said)
    return told


# --- What they took ----------------------------------------------------------------------------


def _told(member: Member) -> list[Row]:
    """Each redemption with its steps and its voucher, and the code of one that is still good."""
    taken = Redemption.objects.filter(membership__member=member).select_related(
        "reward", "voucher", "fulfilment"
    )
    found = taken.prefetch_related("steps").order_by("redeemed_at", "pk")
    return [_plain(_redemption(each)) for each in found]


def _redemption(each: Redemption) -> dict[str, Any]:
    voucher: Voucher | None = getattr(each, "voucher", None)
    return {
        "id": each.pk,
        "reward": each.reward.key,
        "name": {"nl": each.reward.name_nl, "en": each.reward.name_en},
        "state": each.state,
        "unit": each.unit,
        "points": each.points,
        "money": each.money,
        "redeemed_at": each.redeemed_at,
        "channel": each.channel,
        "location": each.location,
        "order": each.order,
        "choice": each.choice,
        "steps": [
            {"name": step.name, "at": step.at, "params": step.params} for step in each.steps.all()
        ],
        "voucher": _voucher(voucher) if voucher else None,
        "delivery": _delivery(each),
    }


def _voucher(voucher: Voucher) -> dict[str, Any]:
    is_ours = voucher.sealed_code is None  # what was uploaded, its member was sent
    return {
        "state": voucher.state,
        "value_left": voucher.value_left,
        "expires_at": voucher.expires_at,
        "used_at": voucher.used_at,
        "used_location": voucher.used_location,
        "code": code_of(voucher.pk) if is_ours and voucher.state == "ISSUED" else "",
    }


def _delivery(each: Redemption) -> dict[str, Any] | None:
    fulfilment: Fulfilment | None = getattr(each, "fulfilment", None)
    if fulfilment is None:
        return None
    named = (*ADDRESS, "way", "state", "location", "carrier", "tracking", "booked_for", "done_at")
    return {name: getattr(fulfilment, name) for name in named}


def _strip(member: Member, at: datetime) -> int:
    """What was taken for how many points stays for the books; where it was used does not.

    A voucher is the bearer's: who has the code can still use it.
    """
    redemptions = Redemption.objects.filter(membership__member=member)
    redemptions.exclude(location="", order="", choice={}).update(location="", order="", choice={})
    used = _vouchers(member)
    return used.exclude(used_location="").update(used_location="")


def _vouchers(member: Member) -> QuerySet[Voucher]:
    mine = Q(redemption__membership__member=member) | Q(membership__member=member)
    return Voucher.objects.filter(mine)


# --- Where it was sent -------------------------------------------------------------------------


def _deliveries(member: Member) -> QuerySet[Fulfilment]:
    return Fulfilment.objects.filter(redemption__membership__member=member)


def _nothing_more(member: Member) -> list[Row]:
    """It is told with what was taken."""
    return []


def _strip_deliveries(member: Member, at: datetime) -> int:
    """Addresses and parcels' numbers go; what nobody can deliver any more is dropped."""
    deliveries = _deliveries(member)
    gone = forget_addresses(deliveries)
    deliveries.filter(state__in=["TO_DO", "READY"]).update(state=Fulfilment.State.DROPPED)
    deliveries.update(carrier="", tracking="", location="")
    return gone


# --- What they handed in -----------------------------------------------------------------------


def _uses(member: Member) -> QuerySet[VoucherUse]:
    mine = Q(membership__member=member) | Q(voucher__in=_vouchers(member))
    return VoucherUse.objects.filter(mine)


def _told_uses(member: Member) -> list[Row]:
    uses = _uses(member).order_by("used_at", "pk")
    fields = ("amount", "basket", "channel", "location", "used_at", "rolled_back_at")
    return [_plain(row) for row in uses.values("voucher__reward__key", *fields)]


def _strip_uses(member: Member, at: datetime) -> int:
    return _uses(member).exclude(location="", basket="").update(**dict.fromkeys(WHERE, ""))


def _told_own(member: Member) -> list[Row]:
    """Vouchers that are theirs alone and of no redemption: of a batch that was mailed."""
    own = Voucher.objects.filter(membership__member=member, redemption=None)
    return [
        _plain({"reward": each.reward.key, **_voucher(each)})
        for each in own.select_related("reward").order_by("issued_at", "pk")
    ]


def _drop_codes(member: Member, at: datetime) -> int:
    return ShortCode.objects.filter(membership__member=member).delete()[0]


# --- What they were given ----------------------------------------------------------------------


def _told_grants(member: Member) -> list[Row]:
    grants = Grant.objects.filter(membership__member=member).order_by("granted_at", "pk")
    fields = ("key", "reward__key", "reason", "state", "granted_at", "expires_at", "ended_at")
    return [_plain(row) for row in grants.values(*fields)]


def _end_grants(member: Member, at: datetime) -> int:
    """What waits for them is withdrawn: nobody is left to take it."""
    waiting = Grant.objects.filter(membership__member=member, state=Grant.State.OPEN)
    return waiting.update(state=Grant.State.WITHDRAWN, ended_at=at)


# --- At the till -------------------------------------------------------------------------------


def _told_receipts(member: Member) -> list[Row]:
    receipts = TillReceipt.objects.filter(membership__member=member).order_by("committed_at", "pk")
    fields = ("number", "till__location", "state", "amount", "earned", "redeemed", "tendered")
    return [_plain(row) for row in receipts.values(*fields, "committed_at", "cancelled_at")]


def _strip_receipts(member: Member, at: datetime) -> int:
    """The sums stay, so that the till's day adds up; a number that has words in it is hashed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rewards_tillreceipt r SET answer = '{}',"
            " number = members_forgotten_key(r.number, %s, %s)"
            " FROM members_membership m WHERE m.id = r.membership_id AND m.member_id = %s",
            [person_of(member.pk).needles, salt(), member.pk],
        )
        stripped: int = cursor.rowcount
    return stripped


def register() -> None:
    """Tell exports and erasures of it; done when the app starts."""
    for keeper in (
        Keeper(key="rewards", title=_("What you took"), export=_told, erase=_strip),
        Keeper(
            key="deliveries",
            title=_("Where it was sent"),
            export=_nothing_more,
            erase=_strip_deliveries,
        ),
        Keeper(
            key="voucher_uses",
            title=_("Vouchers you handed in"),
            export=_told_uses,
            erase=_strip_uses,
        ),
        Keeper(
            key="own_vouchers",
            title=_("Vouchers in your name"),
            export=_told_own,
            erase=_drop_codes,
        ),
        Keeper(key="gifts", title=_("What you were given"), export=_told_grants, erase=_end_grants),
        Keeper(
            key="till_receipts",
            title=_("Your receipts at the till"),
            export=_told_receipts,
            erase=_strip_receipts,
        ),
    ):
        register_keeper(keeper)
