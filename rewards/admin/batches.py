"""Batches of codes that nobody paid points for: printed, mailed, shared, or uploaded."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.views import ChangeList

from loyalty.admin.pages import exactly
from loyalty.templatetags.figures import day, last_day, number
from rewards.admin.asking import AskFilter, AskForm, AskList, one_of
from rewards.admin.batch_deeds import BatchDeeds
from rewards.admin.words import actor_words
from rewards.models import Voucher, VoucherBatch

State = VoucherBatch.State
COLOURS = {"MAKING": "info", "READY": "success", "WITHDRAWN": "default", "OVER": "default"}


class BatchAsk(AskForm):
    """Which of them."""

    state = one_of(gettext_lazy("State"), State.choices)
    origin = one_of(gettext_lazy("From"), VoucherBatch.Origin.choices)
    reward = one_of(gettext_lazy("Reward"))

    def offer(self) -> None:
        self.offer_rewards()

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        for field in ("state", "origin", "reward"):
            if said := self.says(field):
                rows = rows.filter(**{field: said})
        return rows


class BatchFilter(AskFilter):
    form_class = BatchAsk


class BatchList(AskList):
    """The batches of a page with how often their codes were used, counted at once."""

    result_list: list[Any]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        used = used_of(self.result_list)
        for batch in self.result_list:
            batch.used, batch.uses = used.get(batch.pk, (0, 0))


def used_of(batches: list[VoucherBatch]) -> dict[int, tuple[int, int]]:
    """For each how many codes were used, and how often in all. One query."""
    rows = Voucher.objects.filter(batch__in=batches).values("batch").order_by()
    counted = rows.annotate(used=Count("pk", filter=Q(uses__gt=0)), times=Sum("uses"))
    return {row["batch"]: (row["used"], row["times"] or 0) for row in counted}


@admin.register(VoucherBatch)
class VoucherBatchAdmin(BatchDeeds):
    """Codes by the hundred."""

    intro = gettext_lazy(
        "Codes for a reward that nobody redeemed: on a flyer, in a mailing, shared, or uploaded."
    )
    empty = gettext_lazy("Make codes for a flyer or upload those you have; they stand here.")
    programme_path = "programme"
    list_display = ["called", "reward_name", "good", "how_many", "used_so_far", "state_label"]
    list_select_related = ["programme", "reward"]
    list_filter = [BatchFilter]
    list_before_template = "admin/rewards/ask_before.html"
    ordering = ["-pk"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BatchList

    @display(description=gettext_lazy("Batch"))
    def called(self, batch: VoucherBatch) -> str:
        return str(batch)

    @display(description=gettext_lazy("Reward"))
    def reward_name(self, batch: VoucherBatch) -> str:
        return str(batch.reward)

    @display(description=gettext_lazy("Good"))
    def good(self, batch: VoucherBatch) -> str:
        return period_words(batch)

    @display(description=gettext_lazy("Codes"))
    def how_many(self, batch: VoucherBatch) -> SafeString:
        return format_html('<span class="figure">{}</span>', made_words(batch))

    @display(description=gettext_lazy("Used"))
    def used_so_far(self, batch: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', number(batch.uses))

    @display(description=gettext_lazy("State"), label=COLOURS)
    def state_label(self, batch: VoucherBatch) -> tuple[str, str]:
        return standing(batch)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What it is for, how far it is, how much of it was used; and what may be done with it."""
        batch: VoucherBatch = self.visible(request, object_id)
        is_open = batch.state == State.MAKING
        if request.headers.get("HX-Request") and not is_open:
            return HttpResponse(headers={"HX-Refresh": "true"})
        state, words = standing(batch)
        used, uses = used_of([batch]).get(batch.pk, (0, 0))
        who = actor_words({batch.actor})
        context = {
            **self.admin_site.each_context(request),
            "title": str(batch),
            "opts": self.model._meta,
            "original": "",
            "batch": batch,
            "is_open": is_open,
            "state": words,
            "colour": COLOURS[state],
            "sentence": sentence(batch),
            "facts": [
                (_("Codes"), made_words(batch)),
                (_("Codes used"), number(used)),
                (_("Times used in all"), number(uses)),
                (_("From"), str(batch.get_origin_display())),
                (_("Made"), exactly(batch.created_at)),
                (_("By"), who[batch.actor]),
            ],
            "deeds": self.deeds(request, batch),
        }
        return TemplateResponse(request, "admin/rewards/batch.html", context)


def standing(batch: VoucherBatch) -> tuple[str, str]:
    """Its state and that in words; one whose time is over says so."""
    if batch.state == State.READY and batch.valid_until <= timezone.now():
        return "OVER", _("Over")
    return batch.state, str(batch.get_state_display())


def made_words(batch: VoucherBatch) -> str:
    """ "500", or while they are being made "120 of 500"."""
    if batch.made == batch.wanted:
        return number(batch.made)
    return _("%(made)s of %(wanted)s") % {
        "made": number(batch.made),
        "wanted": number(batch.wanted),
    }


def period_words(batch: VoucherBatch) -> str:
    """ "1 December 2026 through 31 December 2026"."""
    return _("%(first)s through %(last)s") % {
        "first": day(batch.valid_from),
        "last": day(last_day(batch.valid_until)),
    }


def sentence(batch: VoucherBatch) -> str:
    """ "500 codes for “Free brush”, each good once, 1 December 2026 through 31 December 2026." """
    if batch.max_uses is None:
        times = _("each as often as people like")
    elif batch.max_uses == 1:
        times = _("each good once")
    else:
        times = _("each good %s times") % number(batch.max_uses)
    if batch.limit_per_member:
        times += ", " + _("at most %s per member") % number(batch.limit_per_member)
    said = _("%(many)s codes for “%(reward)s”, %(times)s, %(period)s.")
    return said % {
        "many": number(batch.wanted),
        "reward": str(batch.reward),
        "times": times,
        "period": period_words(batch),
    }
