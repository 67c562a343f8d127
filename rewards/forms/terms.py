"""What the form asks of each kind of reward, and the terms that it makes of the answers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from rewards.forms.fields import CodesField, LinesField, MomentField, amount, line, whole
from rewards.kinds import Terms

Make = Callable[[], forms.Field]
PREFIX = "terms_"
LANGUAGES = ("nl", "en")
LISTS = ("options", "slots", "samples")  # of words: two fields, a line for each
TOLD = [  # refusals of services that a form tells at its fields
    gettext_noop("Say an amount or a percentage."),
    gettext_noop("It ends after it begins."),
    gettext_noop("This number is too small or too large."),
    gettext_noop("At most is less than at least."),
    gettext_noop("Only a voucher can be signed for offline tills."),
    gettext_noop("A picture is a PNG, JPEG or WebP file."),
    gettext_noop("A picture is at most 8 MB."),
    gettext_noop("A picture has at most 40 million pixels."),
]

WAYS = [
    ("SHIP", gettext_lazy("Send it to the member's home")),
    ("COLLECT", gettext_lazy("Hand it over in the shop")),
]
OPTIONS = [
    ("free", gettext_lazy("Free delivery")),
    ("faster", gettext_lazy("Faster delivery")),
    ("slot", gettext_lazy("At a time that the member chooses")),
]
SERVICES = [
    ("advice", gettext_lazy("Advice")),
    ("workshop", gettext_lazy("Workshop")),
    ("repair", gettext_lazy("Repair")),
    ("other", gettext_lazy("Something else")),
]


def _choice(label: Any, choices: Any = ()) -> Make:
    return lambda: forms.ChoiceField(label=label, choices=choices, widget=UnfoldAdminSelectWidget)


def _ways(help_text: Any = "") -> Make:
    return lambda: forms.MultipleChoiceField(
        label=gettext_lazy("How the member gets it"),
        choices=WAYS,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=help_text,
    )


def _codes(label: Any, *, required: bool = False) -> Make:
    return lambda: CodesField(
        label=label,
        required=required,
        help_text=gettext_lazy("As the till knows them, with commas between them."),
    )


def _two(
    name: str, dutch: Any, english: Any, make: Callable[[Any], forms.Field]
) -> dict[str, Make]:
    return {f"{name}_nl": lambda: make(dutch), f"{name}_en": lambda: make(english)}


def _lines(label: Any) -> forms.Field:
    return LinesField(
        label=label, help_text=gettext_lazy("One on each line, in the same order in both.")
    )


_MINIMUM: Make = lambda: amount(  # noqa: E731  a field is made anew for each form
    gettext_lazy("From a basket of"), required=False, help_text=gettext_lazy("Empty: any basket.")
)
_LINK: Make = lambda: line(  # noqa: E731
    gettext_lazy("Web address"),
    most=300,
    required=False,
    help_text=gettext_lazy("Begins with https://."),
)

ASKED: Mapping[str, Mapping[str, Make]] = {
    "DISCOUNT": {
        "amount": lambda: amount(
            gettext_lazy("Amount off"),
            required=False,
            help_text=gettext_lazy("An amount or a percentage: fill in one of the two."),
        ),
        "percent": lambda: amount(gettext_lazy("Percentage off"), required=False),
        "at_most": lambda: amount(
            gettext_lazy("At most, with a percentage"),
            required=False,
            help_text=gettext_lazy("In money. Empty: no limit."),
        ),
        "minimum": _MINIMUM,
        "products": _codes(gettext_lazy("Only on these products")),
        "categories": _codes(gettext_lazy("Only on these categories")),
    },
    "PRODUCT": {
        "products": _codes(gettext_lazy("Products to choose from"), required=True),
        "quantity": lambda: whole(gettext_lazy("How many are free"), most=1000, initial=1),
        "worth": lambda: amount(
            gettext_lazy("Worth of one"),
            required=False,
            help_text=gettext_lazy("Counts where the basket does not say the price."),
        ),
    },
    "GIFT": {
        "ways": _ways(gettext_lazy("None: the member shows a voucher in the shop.")),
        **_two(
            "options",
            gettext_lazy("Choices in Dutch, like colour or size"),
            gettext_lazy("Choices in English"),
            _lines,
        ),
    },
    "DELIVERY": {
        "option": _choice(gettext_lazy("Which delivery"), OPTIONS),
        **_two("slots", gettext_lazy("Times in Dutch"), gettext_lazy("Times in English"), _lines),
        "minimum": _MINIMUM,
    },
    "SERVICE": {
        "service": _choice(gettext_lazy("Which service"), SERVICES),
        "minutes": lambda: whole(gettext_lazy("Minutes"), least=5, most=1440, initial=30),
    },
    "SAMPLES": {
        "count": lambda: whole(gettext_lazy("How many the member chooses"), most=1000, initial=3),
        **_two(
            "samples",
            gettext_lazy("Samples in Dutch"),
            gettext_lazy("Samples in English"),
            _lines,
        ),
        "ways": _ways(),
    },
    "EXPERIENCE": {
        "starts_at": lambda: MomentField(label=gettext_lazy("Begins")),
        "ends_at": lambda: MomentField(label=gettext_lazy("Ends")),
        "venue": lambda: line(gettext_lazy("Where"), most=200),
    },
    "EARLY_ACCESS": {
        "opens_at": lambda: MomentField(label=gettext_lazy("Opens for who has this reward")),
        "for_all_at": lambda: MomentField(label=gettext_lazy("Opens for everybody")),
        "link": _LINK,
    },
    "DONATION": {"cause": lambda: line(gettext_lazy("Good cause"))},
    "PARTNER": {
        "pool": _choice(gettext_lazy("Codes from this pool")),
        **_two(
            "where",
            gettext_lazy("Where the code is used, in Dutch"),
            gettext_lazy("Where the code is used, in English"),
            lambda label: line(label, most=300),
        ),
        "link": _LINK,
    },
    "TENDER": {
        "point_worth": lambda: amount(
            gettext_lazy("Worth of one point"),
            decimal_places=4,
            help_text=gettext_lazy("In money: 0.01 makes a hundred points worth 1."),
        ),
        "step": lambda: whole(gettext_lazy("In steps of"), most=1000, initial=50),
        "at_least": lambda: whole(gettext_lazy("At least so many points"), initial=100),
        "at_most": lambda: whole(
            gettext_lazy("At most so many points"),
            required=False,
            help_text=gettext_lazy("Per basket. Empty: no limit."),
        ),
        "share": lambda: amount(
            gettext_lazy("At most so much of the basket"),
            initial=100,
            max_value=Decimal(100),
            help_text=gettext_lazy("As a percentage."),
        ),
    },
    "MULTIPLIER": {
        "factor": lambda: amount(gettext_lazy("Points times"), initial=2, max_value=Decimal(20)),
        "days": lambda: whole(gettext_lazy("For so many days"), most=366, initial=7),
    },
    "CASH_CARD": {
        "value": lambda: amount(gettext_lazy("Money on the card"), max_value=Decimal(10_000))
    },
}


def terms_fields(kind: str) -> dict[str, forms.Field]:
    """The fields of a kind, under the names that they have in the form."""
    return {f"{PREFIX}{name}": make() for name, make in ASKED[kind].items()}


def answers_of(terms: Terms) -> dict[str, Any]:
    """The terms as the fields show them."""
    answers: dict[str, Any] = {}
    for name, said in msgspec.structs.asdict(terms).items():
        if name in LISTS:
            for language in LANGUAGES:
                answers[f"{name}_{language}"] = [each.get(language, "") for each in said]
        elif name == "where":
            answers |= {f"where_{language}": said.get(language, "") for language in LANGUAGES}
        elif name in {"products", "categories", "ways"}:
            answers[name] = list(said)
        else:
            answers[name] = _plain(said)
    return {f"{PREFIX}{name}": said for name, said in answers.items()}


def terms_of(kind: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """The document of terms that the answers make. Raises ValidationError by field."""
    answers = {name: said.get(f"{PREFIX}{name}") for name in ASKED[kind]}
    document: dict[str, Any] = {}
    for name, value in answers.items():
        stem, _under, language = name.rpartition("_")
        if stem in LISTS and language in LANGUAGES:
            document[stem] = _pairs(stem, answers)
        elif stem == "where" and language in LANGUAGES:
            document["where"] = {each: answers[f"where_{each}"] for each in LANGUAGES}
        elif value not in (None, "", []):
            document[name] = _written(value)
        elif name == "ways":
            document[name] = []
    return document


def _pairs(stem: str, answers: Mapping[str, Any]) -> list[dict[str, str]]:
    dutch, english = answers[f"{stem}_nl"] or [], answers[f"{stem}_en"] or []
    if len(dutch) != len(english):
        raise forms.ValidationError(
            {f"{PREFIX}{stem}_en": _("There are as many lines in both languages.")}
        )
    return [{"nl": nl, "en": en} for nl, en in zip(dutch, english, strict=True)]


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _plain(value: Any) -> Any:
    """A number without idle zeros; nothing where nothing is asked."""
    if isinstance(value, Decimal):
        return None if not value else value.normalize().quantize(_places(value))
    return value


def _places(value: Decimal) -> Decimal:
    exponent = value.normalize().as_tuple().exponent
    return Decimal(1).scaleb(min(0, int(exponent)))
