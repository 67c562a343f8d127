"""How the pages of a reward are laid out: the kinds to choose from, and the fields of each."""

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme
from rewards.forms.reward import NO_PRICE, NO_VOUCHER, PRICE, tier_labels
from rewards.forms.terms import ASKED, PREFIX
from rewards.models import Reward

Kind = Reward.Kind


class Choice(NamedTuple):
    """A kind on the page where a new reward begins."""

    kind: str
    label: Any
    sentence: Any
    icon: str


CHOICES = [
    Choice(Kind.DISCOUNT, Kind.DISCOUNT.label, _("Money or a percentage off the basket, or off some products."), "percent"),
    Choice(Kind.PRODUCT, Kind.PRODUCT.label, _("An article of the shop, free when it is in the basket."), "shopping_bag"),
    Choice(Kind.GIFT, Kind.GIFT.label, _("Something that is not for sale: handed over or sent home."), "redeem"),
    Choice(Kind.DELIVERY, Kind.DELIVERY.label, _("Free or faster delivery, or at a time that suits the member."), "local_shipping"),
    Choice(Kind.SERVICE, Kind.SERVICE.label, _("Somebody's time: advice, a workshop, a repair."), "handyman"),
    Choice(Kind.SAMPLES, Kind.SAMPLES.label, _("A few samples that the member chooses."), "colorize"),
    Choice(Kind.EXPERIENCE, Kind.EXPERIENCE.label, _("A place at something that happens once."), "event_seat"),
    Choice(Kind.EARLY_ACCESS, Kind.EARLY_ACCESS.label, _("To come in, or to buy, before others."), "alarm"),
    Choice(Kind.DONATION, Kind.DONATION.label, _("The points go to a good cause."), "volunteer_activism"),
    Choice(Kind.PARTNER, Kind.PARTNER.label, _("A code of another firm, out of a pool that you fill."), "handshake"),
    Choice(Kind.TENDER, Kind.TENDER.label, _("Points as money at the till, as many as the member likes."), "payments"),
    Choice(Kind.MULTIPLIER, Kind.MULTIPLIER.label, _("Every purchase earns more points for a number of days."), "bolt"),
    Choice(Kind.CASH_CARD, Kind.CASH_CARD.label, _("Money on a card, spent in as many times as it lasts."), "credit_card"),
]  # fmt: skip


def fieldsets(
    kind: str, programme: Programme, *, has_locations: bool
) -> list[tuple[Any, dict[str, Any]]]:
    """The groups of the form of that kind; a group without fields is none."""
    names = ("name_nl", "name_en")
    told = [("description_nl", "description_en"), ("small_print_nl", "small_print_en")]
    groups: list[tuple[Any, list[Any]]] = [
        (None, [names]),
        (Kind(kind).label, _terms(kind)),
        (_("Words and picture"), [*told, "picture", ("alt_nl", "alt_en"), "is_picture_removed"]),
        (_("What it costs"), _prices(kind, programme)),
        (_("When"), [("starts_on", "ends_on"), ("shown_from", "shown_until")]),
        (_("For whom and where"), _audience(programme, has_locations=has_locations)),
        (_("How many"), ["stock", ("limit_per_member", "limit_days"), ("cost", "budget")]),
        (_("In the catalogue"), [("category", "position"), "is_hidden"]),
        (_("Afterwards"), _afterwards(kind)),
    ]
    return [(title, {"fields": fields}) for title, fields in groups if fields]


def _terms(kind: str) -> list[Any]:
    """Its own fields; what is said in two languages stands side by side."""
    laid: list[Any] = []
    for name in ASKED[kind]:
        if name.endswith("_nl"):
            laid.append((f"{PREFIX}{name}", f"{PREFIX}{name.removesuffix('_nl')}_en"))
        elif not name.endswith("_en"):
            laid.append(f"{PREFIX}{name}")
    return laid


def _prices(kind: str, programme: Programme) -> list[Any]:
    if kind in NO_PRICE:
        return []
    tiers = tuple(f"{PRICE}{tier}" for tier, _name in tier_labels(programme))
    return [("points", "money"), *([tiers] if tiers else [])]


def _audience(programme: Programme, *, has_locations: bool) -> list[Any]:
    tiers = ["tiers"] if tier_labels(programme) else []
    return [*tiers, "segments", "channels", *(["locations"] if has_locations else [])]


def _afterwards(kind: str) -> list[Any]:
    if kind in NO_VOUCHER:
        return ["undo_minutes"]
    return [
        ("voucher_valid_days", "undo_minutes"),
        ("is_personal", "is_offline"),
        ("stacking", "stacking_group"),
    ]
