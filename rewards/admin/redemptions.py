"""What members took for their points, and what became of the vouchers."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import display

from loyalty.admin.pages import ReadOnlyAdmin, exactly
from loyalty.templatetags.figures import day, number
from members.admin.tabs import Tab, register_tab
from members.models import Membership
from rewards.models import Redemption, Voucher
from rewards.selectors import redemptions_of

COLOURS = {"USED": "default", "EXPIRED": "warning", "ISSUED": "success"}


def voucher_words(voucher: Voucher, at: datetime) -> tuple[str, str]:
    """Its standing, and that in words."""
    if voucher.used_at:
        place = voucher.used_location
        said = _("Used on %s") % day(voucher.used_at)
        return "USED", f"{said}, {place}" if place else said
    if voucher.expires_at <= at:
        return "EXPIRED", _("Lapsed on %s") % day(voucher.expires_at)
    return "ISSUED", _("Good until %s") % day(voucher.expires_at)


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin):
    """Rewards taken, newest first."""

    intro = gettext_lazy("What members took for their points, the latest first.")
    empty = gettext_lazy("The first reward that a member redeems will stand here.")
    programme_path = "reward__programme"
    list_display = ["moment", "reward_name", "who", "price", "voucher_label"]
    list_select_related = ["reward", "membership__member", "voucher"]
    ordering = ["-pk"]
    fields = ["happened", "reward_name", "who", "price", "voucher_words"]

    @display(description=gettext_lazy("When"))
    def moment(self, redemption: Redemption) -> datetime:
        return redemption.redeemed_at

    @display(description=gettext_lazy("When"))
    def happened(self, redemption: Redemption) -> str:
        return exactly(redemption.redeemed_at)

    @display(description=gettext_lazy("Voucher"))
    def voucher_words(self, redemption: Redemption) -> str:
        return voucher_words(redemption.voucher, timezone.now())[1]

    @display(description=gettext_lazy("Reward"))
    def reward_name(self, redemption: Redemption) -> str:
        return _name(redemption)

    @display(description=gettext_lazy("Member"))
    def who(self, redemption: Redemption) -> str:
        return str(redemption.membership.member)

    @display(description=gettext_lazy("Points"))
    def price(self, redemption: Redemption) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(redemption.points))

    @display(description=gettext_lazy("Voucher"), label=COLOURS)
    def voucher_label(self, redemption: Redemption) -> tuple[str, str]:
        return voucher_words(redemption.voucher, timezone.now())


def _name(redemption: Redemption) -> str:
    reward = redemption.reward
    return reward.name_nl if get_language() == "nl" else reward.name_en


def _of_member(_request: HttpRequest, membership: Membership) -> dict[str, Any]:
    now = timezone.now()
    rows = []
    for redemption in redemptions_of(membership):
        standing, words = voucher_words(redemption.voucher, now)
        rows.append(
            {
                "redemption": redemption,
                "name": _name(redemption),
                "colour": COLOURS[standing],
                "voucher": words,
            }
        )
    return {"redemptions": rows}


register_tab(
    Tab(
        key="redemptions",
        title=gettext_lazy("Redemptions"),
        template="admin/rewards/redemptions_of_member.html",
        context=_of_member,
        permission="rewards.view_redemption",
        place=30,
    )
)
