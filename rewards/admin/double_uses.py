"""Vouchers that were used too often while a line was down: who has the loss, and settling it."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.views import ChangeList

from loyalty.admin.pages import ReadOnlyAdmin, actor_of, exactly
from loyalty.templatetags.figures import money
from rewards.admin.asking import AskFilter, AskForm, AskList, a_day, one_of
from rewards.admin.words import actor_words
from rewards.models import DoubleUse, Till, VoucherUse
from rewards.services.losses import settle_loss

SETTLES = "rewards.change_doubleuse"


class LossAsk(AskForm):
    """Which of them."""

    state = one_of(
        gettext_lazy("State"),
        [("open", gettext_lazy("To settle")), ("settled", gettext_lazy("Settled"))],
    )
    till = one_of(gettext_lazy("Till"))
    since = a_day(gettext_lazy("From"))
    until = a_day(gettext_lazy("Up to and including"))

    def offer(self) -> None:
        tills = Till.objects.filter(programme=self.programme).order_by("name")
        self.offered("till", tills.values_list("pk", "name"))

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if state := self.says("state"):
            rows = rows.filter(settled_at__isnull=state == "open")
        if till := self.says("till"):
            rows = rows.filter(loser__till=till)
        return self.within(rows, "loser__happened_at")


class LossFilter(AskFilter):
    form_class = LossAsk


@admin.register(DoubleUse)
class DoubleUseAdmin(ReadOnlyAdmin):
    """Each with its loser."""

    intro = gettext_lazy(
        "Vouchers taken in more often than they were good for, while a line was down."
        " A use with a line counts, else the first; the loss is the other till's."
    )
    empty = gettext_lazy("No voucher was used twice. What is found when tills upload stands here.")
    programme_path = "loser__till__programme"
    list_display = ["moment", "what", "till", "loss", "state_label"]
    list_select_related = ["loser__till__programme", "voucher__reward"]
    list_filter = [LossFilter]
    list_before_template = "admin/rewards/ask_before.html"
    ordering = ["-found_at", "-pk"]
    actions_detail = ["settle"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DoubleUse]:
        rows: QuerySet[DoubleUse] = super().get_queryset(request)
        return rows.select_related(*self.list_select_related)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return AskList

    @display(description=gettext_lazy("When"))
    def moment(self, double: DoubleUse) -> datetime:
        return double.loser.happened_at

    @display(description=gettext_lazy("Voucher of"))
    def what(self, double: DoubleUse) -> str:
        return str(double.voucher.reward)

    @display(description=gettext_lazy("Whose loss"))
    def till(self, double: DoubleUse) -> str:
        till = double.loser.till
        return f"{till.name}, {till.location}"

    @display(description=gettext_lazy("Loss"))
    def loss(self, double: DoubleUse) -> SafeString:
        return format_html('<span class="figure">{}</span>', _loss(double))

    @display(description=gettext_lazy("State"), label={"OPEN": "warning", "SETTLED": "success"})
    def state_label(self, double: DoubleUse) -> tuple[str, str]:
        if double.settled_at is None:
            return "OPEN", _("To settle")
        return "SETTLED", _("Settled")

    def has_settle_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(SETTLES)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        double = self.get_object(request, str(object_id))
        actions = super().get_actions_detail(request, object_id)
        return actions if double is not None and double.settled_at is None else []

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The use that counts, the one that does not, and whether the loss was settled."""
        double = self.visible(request, object_id)
        winners = VoucherUse.objects.filter(voucher=double.voucher, rolled_back_at=None)
        uses = list(winners.order_by("used_at"))
        who = actor_words({double.settled_by, *(use.actor for use in uses)})
        navigation = self._get_actions_navigation(
            self.actions_detail, self.get_actions_detail(request, double.pk), double.pk
        )
        context = {
            **self.admin_site.each_context(request),
            "title": _("Used too often"),
            "opts": self.model._meta,
            "original": double,
            "state": self.state_label(double)[1],
            "colour": "success" if double.settled_at else "warning",
            "sentence": _sentence(double),
            "double": double,
            "uses": [{"use": use, "who": who[use.actor]} for use in uses],
            "settled_by": who.get(double.settled_by, ""),
            "till_page": reverse("admin:rewards_till_change", args=[double.loser.till_id]),
            "actions_detail": navigation,
        }
        return TemplateResponse(request, "admin/rewards/double_use.html", context)

    @action(
        description=gettext_lazy("Settle"),
        permissions=["settle"],
        icon="task_alt",
        variant=ActionVariant.PRIMARY,
    )
    def settle(self, request: HttpRequest, object_id: str) -> HttpResponse:
        double = self.visible(request, object_id)

        def deed() -> str:
            settle_loss(double_use_id=double.pk, actor=actor_of(request), at=timezone.now())
            return _("Settled.")

        return self.ask(
            request,
            double,
            title=_("Is this loss settled?"),
            sentences=[
                _sentence(double),
                _("Say so when it was booked as a loss, or made good. No points change."),
            ],
            button=_("Settle"),
            deed=deed,
        )


def _loss(double: DoubleUse) -> str:
    return money(double.value, double.loser.till.programme.currency)


def _sentence(double: DoubleUse) -> str:
    said = _("“%(till)s” in %(place)s took it in on %(when)s, when it was used already: %(loss)s.")
    return said % {
        "till": double.loser.till.name,
        "place": double.loser.till.location,
        "when": exactly(double.loser.happened_at),
        "loss": _loss(double),
    }
