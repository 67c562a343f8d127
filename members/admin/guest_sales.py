"""Sales at which nobody said who they are, and giving one to a member who shows the receipt."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty.admin.pages import ReadOnlyAdmin, actor_of, by_number
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from loyalty.templatetags.figures import money
from loyalty.templatetags.figures import points as in_points
from members.admin.colleague import refuse_own, role_of
from members.identifiers import typed_identifier
from members.models import GuestSale, MemberLook
from members.selectors import find_membership
from members.services.claims import give_sale
from members.services.looks import record_look

RIGHT = "loyalty.adjust_points"


class GiveForm(forms.Form):
    """To whom, and why."""

    member = forms.CharField(
        label=gettext_lazy("Card, telephone or e-mail"),
        max_length=254,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("It is kept as a note about the member."),
    )


@admin.register(GuestSale)
class GuestSaleAdmin(ReadOnlyAdmin):
    """What tills sold to people who did not say who they are."""

    intro = gettext_lazy(
        "Sales without a member, the last first. Whoever has the receipt claims it."
    )
    empty = gettext_lazy("When a till sends a sale without a member, it waits here to be claimed.")
    programme_path = "programme"
    list_display = ["receipt", "moment", "where", "state"]
    search_fields = ["external_id"]  # shows the box; `by_number` does the finding
    search_help_text = gettext_lazy("The whole number of a receipt")
    ordering = ["-pk"]
    paginator = InfinitePaginator

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[GuestSale], search_term: str
    ) -> tuple[QuerySet[GuestSale], bool]:
        return by_number(queryset, search_term) if search_term else queryset, False

    @display(description=gettext_lazy("Receipt"))
    def receipt(self, sale: GuestSale) -> str:
        return sale.external_id

    @display(description=gettext_lazy("When"))
    def moment(self, sale: GuestSale) -> datetime:
        return sale.occurred_at

    @display(description=gettext_lazy("Where"))
    def where(self, sale: GuestSale) -> str:
        return str(sale.submission.get("location") or sale.source)

    @display(
        description=gettext_lazy("State"),
        label={"waiting": "warning", "claimed": "success", "past": "info"},
    )
    def state(self, sale: GuestSale) -> tuple[str, str]:
        if sale.claimed_at is not None:
            return "claimed", _("Claimed")
        if sale.claimable_until <= timezone.now():
            return "past", _("Nobody claimed it")
        return "waiting", _("Waiting")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What was sold, and the deed of giving it to a member."""
        sale: GuestSale = self.visible(request, object_id)
        may_give = request.user.has_perm(RIGHT) and sale.claimed_at is None and not sale.original
        form = GiveForm(request.POST or None) if may_give else None
        if form is not None and form.is_valid():
            try:
                return self._given(request, sale, form.cleaned_data)
            except DomainError as refusal:
                form.add_error(
                    refusal.field if refusal.field in form.fields else None, told(refusal)
                )
        context = {
            **self.admin_site.each_context(request),
            "title": sale.external_id,
            "opts": self.model._meta,
            "original": "",
            "sale": sale,
            "state": self.state(sale)[1],
            "lines": [
                (line["product"], money(Decimal(str(line["amount"])), sale.programme.currency))
                for line in sale.submission.get("lines", [])
                if line.get("amount") is not None
            ],
            "form": form,
        }
        return TemplateResponse(request, "admin/members/guest_sale.html", context)

    def _given(self, request: HttpRequest, sale: GuestSale, said: dict[str, Any]) -> HttpResponse:
        now, actor = timezone.now(), actor_of(request)
        membership = find_membership(sale.programme_id, str(typed_identifier(said["member"])))
        refuse_own(request, membership.member)
        recorded = give_sale(
            membership=membership, sale=sale, reason=said["reason"], actor=actor, at=now
        )
        record_look(
            member_id=membership.member_id,
            actor=actor,
            role=role_of(request),
            deed=MemberLook.Deed.CHANGED,
            what="points",
            at=now,
        )
        messages.success(
            request,
            _("The member has the sale now: %(points)s.")
            % {"points": in_points(recorded.award.points)},
        )
        return redirect(reverse("admin:members_member_change", args=[membership.member_id]))
