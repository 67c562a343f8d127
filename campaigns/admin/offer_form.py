"""The form of an offer: what it says, what it is about, where it leads, whom it is for, and when."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from campaigns.models import Campaign, Offer
from campaigns.services.offers import OfferDraft
from loyalty.admin.fields import whole
from loyalty.models import Category, Location, Programme
from loyalty.services.held_tiers import tier_names
from loyalty.services.rulebook import current_rulebook
from members.models import Segment
from rewards.admin.fields import (
    PeriodForm,
    a_choice,
    a_name,
    codes,
    final_day,
    first_day,
    several,
    split,
)
from rewards.models import Reward


def _text(label: Any) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 2})
    return forms.CharField(label=label, max_length=300, widget=widget)


class OfferForm(PeriodForm, forms.ModelForm[Offer]):
    """An offer in the words of the shop."""

    chosen_programme: Programme  # what a new offer becomes part of

    title_nl = a_name(gettext_lazy("Title in Dutch"))
    title_en = a_name(gettext_lazy("Title in English"))
    text_nl = _text(gettext_lazy("Text in Dutch"))
    text_en = _text(gettext_lazy("Text in English"))
    leads_to = a_choice(gettext_lazy("Leads to this reward"), required=False)
    link = forms.CharField(
        label=gettext_lazy("Or to this page"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("A page of ours (/earn/), or an address that begins with https://."),
    )
    categories = several(
        gettext_lazy("About which categories"),
        help_text=gettext_lazy("Members who like or buy these see it first."),
    )
    brands = codes(
        gettext_lazy("About which brands"), help_text=gettext_lazy("With commas between them.")
    )
    locations = several(
        gettext_lazy("In which shops"), help_text=gettext_lazy("None ticked: everywhere.")
    )
    tiers = several(gettext_lazy("For which tiers"))
    segments = several(gettext_lazy("For which segments"))
    given_by = a_choice(
        gettext_lazy("Only for those in this campaign"),
        required=False,
        help_text=gettext_lazy("Whoever it holds out does not see it."),
    )
    weight = forms.IntegerField(
        label=gettext_lazy("How much you want it seen"),
        min_value=0,
        max_value=100,
        initial=50,
        widget=whole(),
        help_text=gettext_lazy("0 to 100. What suits a member weighs more."),
    )
    starts_on = first_day()
    ends_on = final_day()

    class Meta:
        model = Offer
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        offer: Offer | None = kwargs.get("instance")
        self.programme = offer.programme if offer else self.chosen_programme
        if offer:
            kwargs["initial"] = {**self._said_of(offer), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self._offer_choices(offer)

    def _offer_choices(self, offer: Offer | None) -> None:
        mine = {"programme": self.programme}
        rewards = Reward.objects.filter(**mine).exclude(state="STOPPED")
        if offer and offer.reward_id:
            rewards = rewards | Reward.objects.filter(pk=offer.reward_id)
        none = ("", gettext_lazy("None"))
        self.offer("leads_to", [none, *((r.pk, str(r)) for r in rewards.order_by("name_nl"))])
        campaigns = Campaign.objects.filter(**mine).exclude(state="ENDED")
        if offer and offer.campaign_id:
            campaigns = campaigns | Campaign.objects.filter(pk=offer.campaign_id)
        self.offer("given_by", [none, *((c.pk, str(c)) for c in campaigns.order_by("name_nl"))])
        categories = Category.objects.filter(**mine).order_by("key")
        self.offer("categories", [(each.key, str(each)) for each in categories])
        places = Location.objects.filter(**mine).order_by("name").values_list("name", flat=True)
        self.offer("locations", [(place, place) for place in places])
        segments = Segment.objects.filter(**mine, state="LIVE").order_by("name_nl")
        self.offer("segments", [(each.key, str(each)) for each in segments])
        names = tier_names(current_rulebook(programme_id=self.programme.pk))
        self.offer("tiers", [(key, words.get("nl", key)) for key, words in names.items()])
        for field in ("categories", "locations", "segments", "tiers"):
            self._keep(field, getattr(offer, field) if offer else [])

    def _keep(self, field: str, said: list[str]) -> None:
        """What the offer says stays to be chosen, though it is no longer known."""
        choices = self.fields[field].choices  # type: ignore[attr-defined]
        known = {key for key, _label in choices}
        self.offer(field, [*choices, *((key, key) for key in said if key not in known)])

    def _said_of(self, offer: Offer) -> dict[str, Any]:
        same = ("title_nl", "title_en", "text_nl", "text_en", "link", "weight")
        lists = ("categories", "locations", "tiers", "segments")
        return {
            **{name: getattr(offer, name) for name in (*same, *lists)},
            **self.days_of(offer.starts_at, offer.ends_at),
            "brands": ", ".join(offer.brands),
            "leads_to": offer.reward_id,
            "given_by": offer.campaign_id,
        }

    def draft(self, key: str) -> OfferDraft:
        said = self.cleaned_data
        same = ("title_nl", "title_en", "text_nl", "text_en", "link", "weight")
        lists = ("categories", "locations", "tiers", "segments")
        return OfferDraft(
            key=key,
            **{name: said[name] for name in (*same, *lists)},
            brands=split(said["brands"]),
            rule=self.instance.rule,
            reward_id=int(said["leads_to"]) if said["leads_to"] else None,
            campaign_id=int(said["given_by"]) if said["given_by"] else None,
            starts_at=self.starts_at(),
            ends_at=self.ends_at(),
        )
