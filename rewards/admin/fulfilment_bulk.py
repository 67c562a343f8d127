"""All that is asked of the queue at once: a file for packing, and deeds for many."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.admin.movements import harmless
from loyalty.admin.pages import actor_of
from loyalty.templatetags.figures import number
from members.admin.colleague import role_of
from members.models import MemberLook
from members.services.looks import record_looks
from rewards.admin.bulk_delivery import BulkForm, do_part
from rewards.admin.fulfilment_asking import FulfilmentAsk
from rewards.admin.fulfilment_deeds import DEEDS, FulfilmentDeeds
from rewards.admin.redemption_page import FULFILS, choice_words
from rewards.admin.words import exactly, way_words
from rewards.models import Fulfilment

AT_ONCE = 500
MOST_IDS = 200


class FulfilmentBulk(FulfilmentDeeds):
    """The page that asks what, and the file."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        urls: list[URLPattern] = super().get_urls()
        return [
            path("bulk/", view(self.bulk), name="rewards_fulfilment_bulk"),
            path("export/", view(self.export), name="rewards_fulfilment_export"),
            *urls,
        ]

    def chosen(self, request: HttpRequest) -> QuerySet[Fulfilment]:
        """What the address is about, of the programme that is looked at alone."""
        programme = self.programme(request)
        rows = Fulfilment.objects.filter(redemption__reward__programme=programme)
        rows = FulfilmentAsk(request.GET, programme).narrowed(rows)
        if ids := [each for each in request.GET.getlist("id")[:MOST_IDS] if each.isdigit()]:
            rows = rows.filter(pk__in=ids)
        return rows.order_by("pk")

    def bulk(self, request: HttpRequest) -> HttpResponse:
        """How many they are, and what is done with them; by POST the next part of it is."""
        if not (self.has_view_permission(request) and request.user.has_perm(FULFILS)):
            raise PermissionDenied
        rows = self.chosen(request)
        span = rows.aggregate(many=Count("pk"), last=Max("pk"))
        initial = {"counted": span["many"], "upto": span["last"] or 0}
        form = BulkForm(request.POST or None, initial=initial, auto_id="id_%s")
        context = {
            **self.admin_site.each_context(request),
            "title": _("For many at once"),
            "opts": self.model._meta,
            "original": "",
            "form": form,
            "counted": span["many"],
            "counted_words": number(span["many"]),
            "address": request.GET.urlencode(),
        }
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            if not said["after"] and said["counted"] != span["many"]:
                form.add_error(None, _("It is %s now; look again.") % context["counted_words"])
            else:
                return self._part(request, form, rows, context)
        return TemplateResponse(request, "admin/rewards/fulfilment_bulk.html", context)

    def _part(
        self,
        request: HttpRequest,
        form: BulkForm,
        rows: QuerySet[Fulfilment],
        context: dict[str, Any],
    ) -> HttpResponse:
        said = form.cleaned_data
        part = do_part(form, rows, actor=actor_of(request), at=timezone.now())
        kept = {name: form.data.get(name, "") for name in form.fields}
        after = {"after": part.after, "done": part.done, "refused": part.refused}
        context |= {
            "part": part,
            "deed": DEEDS[said["deed"]].title,
            "total": said["counted"],
            "worked": part.done + part.refused,
            "hidden": {**kept, **after}.items(),
        }
        return TemplateResponse(request, "admin/rewards/fulfilment_bulk_done.html", context)

    def export(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """A file to pack by. Each whose address is in it reads that it was taken out."""
        if not request.user.has_perm(FULFILS):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        answer = StreamingHttpResponse(self._lines(request), content_type="text/csv; charset=utf-8")
        name = f"deliveries-{timezone.localdate():%Y-%m-%d}.csv"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["Cache-Control"] = "no-store"
        return answer

    def _lines(self, request: HttpRequest) -> Iterator[str]:
        yield "\N{ZERO WIDTH NO-BREAK SPACE}" + _line(head())
        rows = self.chosen(request).select_related(
            "redemption__reward", "redemption__membership__member"
        )
        after = 0
        while part := list(rows.filter(pk__gt=after)[:AT_ONCE]):
            after = part[-1].pk
            record_looks(
                member_ids=[each.redemption.membership.member_id for each in part if each.street],
                actor=actor_of(request),
                role=role_of(request),
                deed=MemberLook.Deed.EXPORTED,
                what="delivery",
                at=timezone.now(),
            )
            yield from (_line(row_of(each)) for each in part)


def head() -> list[str]:
    """The columns; the first is the number by which tracking codes come back."""
    return [
        *(_("Number"), _("Reward"), _("Chosen"), _("How"), _("State"), _("Where")),
        *(_("Booked for"), _("Name"), _("Street"), _("Postal code"), _("Town"), _("Country")),
        *(_("Asked"), _("Carrier"), _("Tracking")),
    ]


def row_of(delivery: Fulfilment) -> list[str]:
    """One delivery; no cell begins a formula, whatever somebody is called."""
    redemption = delivery.redemption
    cells = [
        str(redemption.reward),
        choice_words(redemption.choice),
        way_words(delivery.way),
        str(delivery.get_state_display()),
        delivery.location,
        exactly(delivery.booked_for) if delivery.booked_for else "",
        delivery.recipient or str(redemption.membership.member),
        delivery.street,
        delivery.postal_code,
        delivery.town,
        delivery.country,
        exactly(delivery.asked_at),
        delivery.carrier,
        delivery.tracking,
    ]
    return [str(delivery.pk), *(harmless(cell) for cell in cells)]


def _line(cells: list[str]) -> str:
    kept = io.StringIO()
    csv.writer(kept, delimiter=";").writerow(cells)
    return kept.getvalue()
