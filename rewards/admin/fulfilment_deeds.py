"""What staff do about a delivery: lay it ready, send it, hand it over, book it, do it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty.admin.fields import DayInput, HourInput
from loyalty.admin.pages import ReadOnlyAdmin, actor_of
from loyalty.models import Location
from members.admin.deeds import done_by_form
from rewards.admin.fields import a_choice
from rewards.models import Fulfilment
from rewards.services.fulfilment import (
    OPEN,
    book_fulfilment,
    complete_fulfilment,
    hand_over,
    ready_fulfilment,
    ship_fulfilment,
)

FULFILS = "rewards.fulfil_redemption"
State, Way = Fulfilment.State, Fulfilment.Way


class DeliveryForm(forms.Form):
    """What a deed has to be told; nothing, for most."""

    use_required_attribute = False

    def __init__(self, data: Any, delivery: Fulfilment) -> None:
        super().__init__(data, auto_id="id_%s")

    def told(self) -> dict[str, Any]:
        """What the service is told besides which, who and when."""
        return {}


class ShipForm(DeliveryForm):
    """By whom, and under which number."""

    carrier = forms.CharField(
        label=gettext_lazy("Carrier"),
        required=False,
        max_length=40,
        widget=UnfoldAdminTextInputWidget,
    )
    tracking = forms.CharField(
        label=gettext_lazy("Tracking"),
        required=False,
        max_length=80,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("The member reads both. May stay empty."),
    )

    def told(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("carrier", "tracking")}


class BookForm(DeliveryForm):
    """When, and where."""

    day = forms.DateField(label=gettext_lazy("Day"), widget=DayInput())
    hour = forms.TimeField(label=gettext_lazy("Time"), widget=HourInput())
    location = a_choice(gettext_lazy("Where"), required=False)

    def __init__(self, data: Any, delivery: Fulfilment) -> None:
        super().__init__(data, delivery)
        programme = delivery.redemption.reward.programme
        names = Location.objects.filter(programme=programme).order_by("name")
        choices = [("", "—"), *((each.name, each.name) for each in names)]
        self.fields["location"].choices = choices  # type: ignore[attr-defined]
        self.initial["location"] = delivery.location

    def told(self) -> dict[str, Any]:
        said = self.cleaned_data
        moment = timezone.make_aware(datetime.combine(said["day"], said["hour"]))
        return {"booked_for": moment, "location": said["location"]}


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One of them: what it is called, what it asks, and for what it is."""

    key: str
    title: Any
    service: Callable[..., Fulfilment]
    ways: tuple[str, ...]
    states: tuple[str, ...] = OPEN
    form: type[DeliveryForm] = DeliveryForm
    says: Any = ""

    def fits(self, delivery: Fulfilment) -> bool:
        return delivery.way in self.ways and delivery.state in self.states


DEEDS = {
    deed.key: deed
    for deed in (
        Deed(
            key="ship",
            title=gettext_lazy("Sent"),
            service=ship_fulfilment,
            ways=(Way.SHIP,),
            form=ShipForm,
            says=gettext_lazy("The member reads that it is on its way."),
        ),
        Deed(
            key="hand_over",
            title=gettext_lazy("Handed over"),
            service=hand_over,
            ways=(Way.COLLECT,),
            says=gettext_lazy("From now on the member has it."),
        ),
        Deed(
            key="book",
            title=gettext_lazy("Book a moment"),
            service=book_fulfilment,
            ways=(Way.BOOK,),
            form=BookForm,
            says=gettext_lazy("The member reads when and where."),
        ),
        Deed(
            key="ready",
            title=gettext_lazy("Ready"),
            service=ready_fulfilment,
            ways=(Way.SHIP, Way.COLLECT),
            states=(State.TO_DO,),
            says=gettext_lazy("It is packed or laid aside; the member reads that it is ready."),
        ),
        Deed(
            key="complete",
            title=gettext_lazy("Done"),
            service=complete_fulfilment,
            ways=(Way.BOOK,),
            says=gettext_lazy("It was done for the member."),
        ),
    )
}


class FulfilmentDeeds(ReadOnlyAdmin):
    """The deeds for one delivery, each a page that asks."""

    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = super().get_urls()
        return [*self._deed_urls(), *urls]

    def _deed_urls(self) -> Iterator[URLPattern]:
        for key in DEEDS:
            view = self.admin_site.admin_view(partial(self.do, key=key))
            yield path(f"<int:delivery_id>/{key}/", view, name=f"rewards_fulfilment_{key}")

    def deeds(self, request: HttpRequest, delivery: Fulfilment) -> list[tuple[str, Any]]:
        """The ways to what this colleague may do now."""
        if not request.user.has_perm(FULFILS):
            return []
        of = [delivery.pk]
        return [
            (reverse(f"admin:rewards_fulfilment_{deed.key}", args=of), deed.title)
            for deed in DEEDS.values()
            if deed.fits(delivery)
        ]

    def do(self, request: HttpRequest, delivery_id: int, key: str) -> HttpResponse:
        """One deed for one delivery: asked for by GET, done by POST."""
        if not request.user.has_perm(FULFILS):
            raise PermissionDenied
        delivery: Fulfilment = self.visible(request, str(delivery_id))
        deed = DEEDS[key]
        form = deed.form(request.POST if request.method == "POST" else None, delivery)

        def done(_said: dict[str, Any]) -> str:
            deed.service(
                fulfilment_id=delivery.pk,
                actor=actor_of(request),
                at=timezone.now(),
                **form.told(),
            )
            return str(_("Noted: %s.") % deed.title)

        redemption = delivery.redemption
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "original": "",
            "title": deed.title,
            "sentences": [f"{redemption.reward}: {redemption.membership.member}.", deed.says],
            "button": deed.title,
            "page": reverse("admin:rewards_fulfilment_change", args=[delivery.pk]),
        }
        return done_by_form(
            request, form, deed=done, context=context, after=lambda: self.page_of(delivery.pk)
        )
