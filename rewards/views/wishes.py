"""What a member says when they take a reward: what they choose, how they get it, how much."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from loyalty.errors import InvalidRequest
from loyalty.types import Words
from rewards.kinds import Delivery, Gift, Samples, Service, Tender, Terms, check_tender
from rewards.kinds.terms import Proof, proof_of
from rewards.models import Fulfilment
from rewards.redeeming import DeliveryWish

Way = Fulfilment.Way
MOST_POINTS = 10_000_000
WAYS = {
    Way.SHIP.value: _("Send it to my home"),
    Way.COLLECT.value: _("I collect it in the shop"),
}
COUNTRIES = [("NL", _("The Netherlands")), ("BE", _("Belgium")), ("DE", _("Germany"))]
POSTAL_CODES = {
    "NL": (r"^\s*[1-9][0-9]{3}\s?[A-Za-z]{2}\s*$", "1234 AB"),
    "BE": (r"^\s*[1-9][0-9]{3}\s*$", "1000"),
    "DE": (r"^\s*[0-9]{5}\s*$", "10115"),
}


class WishForm(forms.Form):
    """The fields that this reward asks; the key came with the page, so that two taps are one.

    `is_final` asks the member to say that they know that it cannot be undone.
    """

    use_required_attribute = False

    def __init__(
        self,
        data: Any = None,
        *,
        terms: Terms,
        locations: Sequence[str] = (),
        is_final: bool = False,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial={"request_key": uuid4(), **(initial or {})})
        self.terms = terms
        self.fields["request_key"] = forms.UUIDField(widget=forms.HiddenInput)
        self._add_choice()
        self._add_way(locations)
        if is_final:
            self.fields["is_sure"] = forms.BooleanField(
                label=_("I know that this cannot be undone"),
                error_messages={"required": _("Tick that you know that this cannot be undone.")},
            )

    @property
    def address(self) -> list[forms.BoundField]:
        """Where it is sent; shown when that is the way."""
        return [self[name] for name in ADDRESS if name in self.fields]

    @property
    def others(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in ADDRESS]

    @property
    def is_keyed(self) -> bool:
        """Whether the page's own key is there; without it nobody pressed our button."""
        return "request_key" not in self.errors

    def choice(self) -> dict[str, Any] | None:
        """What was chosen, by its place in the list."""
        said = self.cleaned_data
        if "samples" in self.fields:
            return {"samples": [int(place) for place in said["samples"]]}
        for name in ("option", "slot"):
            if name in self.fields:
                return {name: int(said[name])}
        return None

    def delivery(self) -> DeliveryWish | None:
        """How the member wants to have it; no address with what is not sent."""
        if proof_of(self.terms) is not Proof.DELIVERY:
            return None
        said = self.cleaned_data
        way = said.get("way") or self._only_way()
        wanted = ADDRESS if way == Way.SHIP else ("location",)
        return DeliveryWish(way=way, **{name: said.get(name, "") for name in wanted})

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if "recipient" in self.fields and (said.get("way") or self._only_way()) == Way.SHIP:
            self._check_address(said)
        return said

    def clean_samples(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["samples"]
        most = self.terms.count if isinstance(self.terms, Samples) else 0
        if len(chosen) > most:
            words = ngettext("Choose %(n)s at most.", "Choose %(n)s at most.", most)
            raise forms.ValidationError(words % {"n": most})
        return chosen

    def _add_choice(self) -> None:
        match self.terms:
            case Samples(samples=samples, count=count) if samples:
                label = ngettext("Choose your sample", "Choose up to %(n)s samples", count)
                self.fields["samples"] = forms.MultipleChoiceField(
                    label=label % {"n": count},
                    choices=_places(samples),
                    widget=forms.CheckboxSelectMultiple,
                    error_messages={"required": _("Choose at least one sample.")},
                )
            case Delivery(slots=slots) if slots:
                self.fields["slot"] = _one_of(slots, _("When does it suit you?"))
            case Gift(options=options) if options:
                self.fields["option"] = _one_of(options, _("Which one would you like?"))

    def _add_way(self, locations: Sequence[str]) -> None:
        ways = _ways(self.terms)
        if len(ways) > 1:
            self.fields["way"] = forms.ChoiceField(
                label=_("How would you like to get it?"),
                choices=[(way, WAYS[way]) for way in ways],
                widget=forms.RadioSelect,
                error_messages={"required": _("Say how you would like to get it.")},
            )
        if {Way.COLLECT, Way.BOOK} & set(ways) and locations:
            self.fields["location"] = forms.ChoiceField(
                label=_("In which shop?"),
                choices=[("", _("No matter which")), *((name, name) for name in locations)],
                required=False,
            )
        if Way.SHIP in ways:
            self.fields.update(_address())

    def _only_way(self) -> str:
        return next(iter(_ways(self.terms)), "")

    def _check_address(self, said: dict[str, Any]) -> None:
        asked = {
            "recipient": gettext("Fill in for whom it is."),
            "street": gettext("Fill in the street and the number."),
            "postal_code": gettext("Fill in the postal code."),
            "town": gettext("Fill in the town."),
        }
        for name, words in asked.items():
            if not said.get(name) and name not in self.errors:
                self.add_error(name, words)
        self._check_postal_code(said)

    def _check_postal_code(self, said: dict[str, Any]) -> None:
        pattern, example = POSTAL_CODES.get(said.get("country") or "NL", ("", ""))
        code = said.get("postal_code")
        if code and not forms.RegexField(pattern).regex.match(code):
            words = gettext("This is no postal code of that country. It looks like %(example)s.")
            self.add_error("postal_code", words % {"example": example})


class TenderForm(forms.Form):
    """How many points the member would like to pay with; nothing is taken before the till."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, terms: Tender) -> None:
        super().__init__(data)
        self.terms = terms
        self.fields["points"] = _points(terms)

    def clean_points(self) -> int:
        points: int = self.cleaned_data["points"]
        try:
            check_tender(self.terms, points)
        except InvalidRequest:
            raise forms.ValidationError(amounts(self.terms)) from None
        return points


ADDRESS = ("recipient", "street", "postal_code", "town", "country")


def amounts(terms: Tender) -> str:
    """How many points one may pay with, in words."""
    said = {"least": terms.at_least, "most": terms.at_most or 0, "step": terms.step}
    if terms.at_most:
        return gettext("From %(least)s to %(most)s points, in steps of %(step)s.") % said
    return gettext("%(least)s points or more, in steps of %(step)s.") % said


def in_words(words: Words) -> str:
    """What is kept in both languages, in the one of the page."""
    language = "nl" if get_language() == "nl" else "en"
    return words.get(language) or next(iter(words.values()), "")


def _ways(terms: Terms) -> tuple[str, ...]:
    match terms:
        case Gift(ways=ways) | Samples(ways=ways):
            return ways
        case Service():
            return (Way.BOOK.value,)
    return ()


def _places(there: Sequence[Words]) -> list[tuple[str, str]]:
    return [(str(place), in_words(words)) for place, words in enumerate(there)]


def _one_of(there: Sequence[Words], label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=_places(there),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of them.")},
    )


def _points(terms: Tender) -> forms.IntegerField:
    least = -(-terms.at_least // terms.step) * terms.step
    return forms.IntegerField(
        max_value=MOST_POINTS,
        label=_("How many points would you like to use?"),
        help_text=amounts(terms),
        initial=least,
        widget=forms.NumberInput(
            attrs={
                "inputmode": "numeric",
                "min": least,
                "step": terms.step,
                **({"max": terms.at_most} if terms.at_most else {}),
            }
        ),
        error_messages={
            "required": _("Fill in how many points."),
            "invalid": _("Fill in a number."),
            "max_value": _("Fill in a smaller number."),
        },
    )


def _address() -> dict[str, forms.Field]:
    def line(label: Any, autocomplete: str, longest: int) -> forms.CharField:
        attrs = {"autocomplete": autocomplete}
        return forms.CharField(
            label=label, required=False, max_length=longest, widget=forms.TextInput(attrs=attrs)
        )

    return {
        "recipient": line(_("For whom"), "name", 100),
        "street": line(_("Street and number"), "address-line1", 100),
        "postal_code": line(_("Postal code"), "postal-code", 12),
        "town": line(_("Town"), "address-level2", 60),
        "country": forms.ChoiceField(
            label=_("Country"),
            required=False,
            choices=COUNTRIES,
            widget=forms.Select(attrs={"autocomplete": "country"}),
        ),
    }
