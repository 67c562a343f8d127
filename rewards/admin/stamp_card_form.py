"""The form of a stamp card: for what a stamp is given, how many fill it, what it gives then."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.admin.fields import figure, whole
from loyalty.errors import DomainError
from loyalty.models import Category, Programme
from members.admin.words import ACTIVITIES
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
from rewards.models import Reward, StampCard
from rewards.services.stamp_cards import StampCardDraft
from rewards.stamps import MOST_TO_FILL, read_collect

WAYS = [
    ("purchase", gettext_lazy("A purchase")),
    ("product", gettext_lazy("A product")),
    ("visit", gettext_lazy("A visit, or something else they do")),
]
NO_PURCHASE = {key: words for key, words in ACTIVITIES.items() if key not in ("purchase", "return")}


class StampCardForm(PeriodForm, forms.ModelForm[StampCard]):
    """A card in the words of the shop."""

    name_nl = a_name(gettext_lazy("Name in Dutch"))
    name_en = a_name(gettext_lazy("Name in English"))
    by = a_choice(gettext_lazy("A stamp for"), WAYS)
    minimum = forms.DecimalField(
        label=gettext_lazy("Of at least"),
        required=False,
        min_value=0,
        max_digits=8,
        decimal_places=2,
        widget=figure(),
        help_text=gettext_lazy("With a purchase. Empty: any amount."),
    )
    products = codes(
        gettext_lazy("Which products"),
        help_text=gettext_lazy("With a product: article codes, with commas between them."),
    )
    categories = several(
        gettext_lazy("Or which categories"),
        help_text=gettext_lazy("With a product: instead of article codes."),
    )
    per = forms.IntegerField(
        label=gettext_lazy("A stamp for every so many of them"),
        required=False,
        min_value=1,
        max_value=1000,
        widget=whole(),
    )
    activity = a_choice(gettext_lazy("What they do"), required=False)
    most_a_day = forms.IntegerField(
        label=gettext_lazy("At most a day"),
        required=False,
        min_value=1,
        max_value=1000,
        widget=whole(),
        help_text=gettext_lazy("Stamps for one member. Empty: any number."),
    )
    stamps = forms.IntegerField(
        label=gettext_lazy("Full after so many stamps"),
        min_value=2,
        max_value=MOST_TO_FILL,
        initial=10,
        widget=whole(),
    )
    gives = a_choice(gettext_lazy("A full card gives"))
    months = forms.IntegerField(
        label=gettext_lazy("Stamps lapse after so many months"),
        required=False,
        min_value=1,
        max_value=120,
        widget=whole(),
        help_text=gettext_lazy("Empty: they do not lapse."),
    )
    starts_on = first_day()
    ends_on = final_day()

    chosen_programme: Programme  # what a new card becomes part of

    class Meta:
        model = StampCard
        fields = ("name_nl", "name_en", "stamps")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        card = kwargs.get("instance")
        self.card = card if card is not None and card.pk else None
        self.programme = self.card.programme if self.card else self.chosen_programme
        if self.card:
            kwargs["initial"] = {**self._said_of(self.card), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        rewards = Reward.objects.filter(programme=self.programme).exclude(state="STOPPED")
        if self.card:
            rewards = rewards | Reward.objects.filter(pk=self.card.reward_id)
        self.offer("gives", [(each.pk, str(each)) for each in rewards.order_by("name_nl")])
        categories = Category.objects.filter(programme=self.programme).order_by("key")
        self.offer("categories", [(each.key, str(each)) for each in categories])
        own = str(self.initial.get("activity") or "visit")
        self.offer("activity", {own: own, **NO_PURCHASE}.items())
        self.fields["activity"].widget.choices = self.fields["activity"].choices  # type: ignore[attr-defined]
        if self.card and self.card.state != StampCard.State.DRAFT:
            self.fields["stamps"].disabled = True
            self.fields["stamps"].help_text = _("Members count on this number.")

    def _said_of(self, card: StampCard) -> dict[str, Any]:
        collect = card.collect
        return {
            **self.days_of(card.starts_at, card.ends_at),
            **{key: collect.get(key) for key in ("by", "per", "activity", "categories")},
            "minimum": collect.get("minimum") if collect.get("minimum") != "0" else None,
            "products": ", ".join(collect.get("products", [])),
            "most_a_day": collect.get("most_a_day") or None,
            "gives": card.reward_id,
            "months": card.unit.expiry.get("months"),
        }

    @property
    def collect(self) -> dict[str, Any]:
        """The document that the fields mean."""
        said = self.cleaned_data
        most = {"most_a_day": said["most_a_day"]} if said.get("most_a_day") else {}
        match said["by"]:
            case "purchase":
                minimum = f"{said['minimum']:.2f}" if said.get("minimum") else "0"
                return {"by": "purchase", "minimum": minimum, **most}
            case "visit":
                return {"by": "visit", "activity": said.get("activity") or "visit", **most}
        return {
            "by": "product",
            "products": list(split(said.get("products", ""))),
            "categories": said.get("categories", []),
            "per": said.get("per") or 1,
            **most,
        }

    @property
    def expiry(self) -> dict[str, Any]:
        months = self.cleaned_data.get("months")
        if months is None and self.card and self.card.unit.expiry.get("kind") != "term":
            return dict(self.card.unit.expiry)
        return {"kind": "term", "months": months} if months else {"kind": "never"}

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("by") and "products" not in self.errors:
            try:
                read_collect(self.collect)
            except DomainError:
                place = {"product": "products", "purchase": "minimum"}.get(said["by"], "activity")
                self.add_error(
                    place,
                    _("Name products or categories, one of the two.")
                    if place == "products"
                    else _("This cannot be a stamp's reason."),
                )
        return said

    def draft(self, key: str) -> StampCardDraft:
        said = self.cleaned_data
        return StampCardDraft(
            key=key,
            name_nl=said["name_nl"],
            name_en=said["name_en"],
            stamps=said["stamps"],
            collect=self.collect,
            reward_id=int(said["gives"]),
            expiry=self.expiry,
            starts_at=self.starts_at(),
            ends_at=self.ends_at(),
        )
