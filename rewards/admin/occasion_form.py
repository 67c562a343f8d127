"""The form of an occasion: at which moment, for whom, and what is given."""

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldBooleanSwitchWidget

from loyalty.admin.fields import whole
from loyalty.errors import DomainError
from loyalty.models import Programme, TierSet
from members.models import ProfileField
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
from rewards.models import Occasion, Reward
from rewards.moments import SHAPES, read_moment
from rewards.services.occasions import OccasionDraft

Moment = Occasion.Moment
WEIGHT = "weight-"
"""How the field of a reward's weight begins."""


class OccasionForm(PeriodForm, forms.ModelForm[Occasion]):
    """An occasion in the words of the shop."""

    name_nl = a_name(gettext_lazy("Name in Dutch"))
    name_en = a_name(gettext_lazy("Name in English"))
    when = a_choice(gettext_lazy("When"), Moment.choices)
    question = a_choice(gettext_lazy("From the answer to"), required=False)
    days_ahead = forms.IntegerField(
        label=gettext_lazy("Days ahead"), required=False, min_value=0, max_value=31, widget=whole()
    )
    tier = a_choice(gettext_lazy("Which tier"), required=False)
    points = forms.IntegerField(
        label=gettext_lazy("How many points"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        widget=whole(),
    )
    count = forms.IntegerField(
        label=gettext_lazy("How many purchases"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        widget=whole(),
    )
    days = forms.IntegerField(
        label=gettext_lazy("How many days"),
        required=False,
        min_value=1,
        max_value=3650,
        widget=whole(),
    )
    repeats = forms.BooleanField(
        label=gettext_lazy("Again each time"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=gettext_lazy("At 500, at 1,000, and so on."),
    )
    does = a_choice(gettext_lazy("What is done"), Occasion.Way.choices)
    rewards = several(gettext_lazy("Rewards"))
    chances = codes(
        gettext_lazy("Chances of a surprise"),
        help_text=gettext_lazy(
            "One number for each reward, in their order above: 3, 1 is three in four."
            " Empty: each as likely."
        ),
    )
    valid_days = forms.IntegerField(
        label=gettext_lazy("Days to choose or open it"),
        min_value=1,
        max_value=3650,
        initial=30,
        widget=whole(),
    )
    for_tiers = several(
        gettext_lazy("For which tiers"), help_text=gettext_lazy("None ticked: everybody.")
    )
    for_segments = codes(
        gettext_lazy("For which segments"),
        help_text=gettext_lazy("Their keys, with commas between them. Empty: everybody."),
    )
    starts_on = first_day()
    ends_on = final_day()

    chosen_programme: Programme  # what a new occasion becomes part of

    class Meta:
        model = Occasion
        fields = ("name_nl", "name_en", "valid_days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        occasion = kwargs.get("instance")
        self.occasion = occasion if occasion is not None and occasion.pk else None
        self.programme = self.occasion.programme if self.occasion else self.chosen_programme
        if self.occasion:
            kwargs["initial"] = {**self._said_of(self.occasion), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        rewards = Reward.objects.filter(programme=self.programme).exclude(state="STOPPED")
        self.offer("rewards", [(each.pk, str(each)) for each in rewards.order_by("pk")])
        tiers = tiers_of(self.programme)
        self.offer("tier", [("", "—"), *tiers])
        self.offer("for_tiers", tiers)
        dates = ProfileField.objects.filter(programme=self.programme, kind=ProfileField.Kind.DATE)
        asked = dates.filter(state=ProfileField.State.LIVE).order_by("key")
        self.offer("question", [("", "—"), *((each.key, str(each)) for each in asked)])
        if self.occasion and self.occasion.state != Occasion.State.DRAFT:
            self.fields["when"].disabled = True

    def _said_of(self, occasion: Occasion) -> dict[str, Any]:
        weights = dict(occasion.choices.order_by("reward").values_list("reward", "weight"))
        return {
            **self.days_of(occasion.starts_at, occasion.ends_at),
            **occasion.params,
            "when": occasion.moment,
            "does": occasion.way,
            "rewards": list(weights),
            "chances": ", ".join(map(str, weights.values())) if set(weights.values()) - {1} else "",
            "for_tiers": occasion.tiers,
            "for_segments": ", ".join(occasion.segments),
        }

    @property
    def params(self) -> dict[str, Any]:
        """What the moment has to be told; of the others' fields nothing."""
        wanted = SHAPES[self.cleaned_data["when"]].__struct_fields__
        said = {name: self.cleaned_data.get(name) for name in wanted}
        return {name: value for name, value in said.items() if value not in (None, "")}

    @property
    def weights(self) -> dict[int, int]:
        """The chosen rewards, each with its chance."""
        chosen = sorted(map(int, self.cleaned_data.get("rewards", [])))
        chances = [part.strip() for part in self.cleaned_data.get("chances", "").split(",")]
        said = [int(part) for part in chances if part.isdigit()]
        return dict(zip(chosen, said or [1] * len(chosen), strict=False))

    def clean_chances(self) -> str:
        said: str = self.cleaned_data["chances"]
        parts = [part.strip() for part in said.split(",")] if said.strip() else []
        if any(not part.isdigit() or not int(part) for part in parts):
            raise forms.ValidationError(_("Whole numbers, with commas between them."))
        if parts and len(parts) != len(self.cleaned_data.get("rewards", [])):
            raise forms.ValidationError(_("Give as many numbers as there are rewards."))
        return said

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("when") and not self.errors:
            try:
                read_moment(said["when"], self.params)
            except DomainError as refusal:
                field = refusal.field.removeprefix("params.")
                self.add_error(
                    field if field in self.fields else "when", _("Fill this in for that moment.")
                )
        if said.get("does") and "rewards" in said:
            self._check_rewards(said["does"], len(said["rewards"]))
        return said

    def _check_rewards(self, way: str, many: int) -> None:
        if not many:
            self.add_error("rewards", _("Choose at least one."))
        elif way == Occasion.Way.GIVE and many > 1:
            self.add_error("rewards", _("One is given; let them choose to offer several."))
        elif way == Occasion.Way.CHOICE and many == 1:
            self.add_error("rewards", _("Choose several to choose from."))

    def draft(self, key: str) -> OccasionDraft:
        said = self.cleaned_data
        return OccasionDraft(
            key=key,
            name_nl=said["name_nl"],
            name_en=said["name_en"],
            moment=said["when"],
            params=self.params,
            way=said["does"],
            rewards=self.weights,
            valid_days=said["valid_days"],
            tiers=said["for_tiers"],
            segments=split(said["for_segments"]),
            starts_at=self.starts_at(),
            ends_at=self.ends_at(),
        )


def tiers_of(programme: Programme) -> list[tuple[str, str]]:
    """The tiers of the programme's ladders by their keys, each once."""
    language = "nl" if (get_language() or "nl").startswith("nl") else "en"
    named: dict[str, str] = {}
    for tier_set in TierSet.objects.filter(programme=programme).order_by("pk"):
        for tier in tier_set.policy.get("tiers", []):
            named.setdefault(tier["key"], tier.get("name", {}).get(language) or tier["key"])
    return list(named.items())
