"""Fields as the console draws them, beside Unfold's own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.template.loader import render_to_string
from django.utils.formats import get_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    BASE_INPUT_CLASSES,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty.services.known_keys import KnownKey

MOST_KEYS = 1000
_KEY = RegexValidator(
    r"^[^,+\s]([^,\x00-\x1f]{0,98}[^,\s])?\Z",
    _("“%(value)s” cannot be a key: at most 100 characters, no commas."),
)
Find = Callable[[str, int], list[KnownKey]]  # what is said, how many at most
Label = Callable[[Sequence[str]], Mapping[str, str]]


class DayInput(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(
            attrs={"class": " ".join([*BASE_INPUT_CLASSES, "max-w-48"])}, format="%Y-%m-%d"
        )


class HourInput(forms.TextInput):
    """The browser's own time field, to the minute."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(attrs={"class": " ".join([*BASE_INPUT_CLASSES, "max-w-32"])})


def figure(**attrs: str) -> UnfoldAdminTextInputWidget:
    """A short field for a number with decimals."""
    return UnfoldAdminTextInputWidget(attrs={"class": "max-w-48", "inputmode": "decimal", **attrs})


def whole(**attrs: str) -> UnfoldAdminIntegerFieldWidget:
    """A short field for a whole number."""
    return UnfoldAdminIntegerFieldWidget(attrs={"class": "max-w-48", **attrs})


def decimal_shown(text: str) -> str:
    """A document's decimal ("1.5") as the reader writes it ("1,5")."""
    return text.replace(".", str(get_format("DECIMAL_SEPARATOR")))


class KeyPicker(forms.Widget):
    """Ticked keys, a search box for more, and where it is allowed a box for keys of one's own.

    All of it works without a script: what is ticked and what is searched for is posted with the
    form, which is drawn again with what was found.
    """

    SHOWN = 12
    use_fieldset = True

    def __init__(self, *, is_free: bool = False) -> None:
        super().__init__()
        self.is_free = is_free
        self.said = ""
        self.find: Find = lambda _said, _most: []
        self.label: Label = lambda keys: {}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        self.said = data.get(f"{name}-search", "").strip()
        other = [key.strip() for key in data.get(f"{name}-other", "").split(",")]
        return list(dict.fromkeys(key for key in [*data.getlist(name), *other] if key))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False  # a box without a tick is not sent

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = list(value or [])
        known = self.find("", self.SHOWN + 1)
        is_short = len(known) <= self.SHOWN
        found = known if is_short else self.find(self.said, self.SHOWN) if self.said else []
        labels = {**dict(known), **dict(found), **self.label(chosen)}
        offered = list(dict.fromkeys([*chosen, *(key for key, _label in found)]))
        context = {
            "name": name,
            "id": (attrs or {}).get("id", name),
            "options": [(key, labels.get(key, key), key in chosen) for key in offered],
            "is_short": is_short and known,
            "has_known": bool(known),
            "said": self.said,
            "found_none": bool(self.said) and not found and not is_short,
            "is_free": self.is_free or not known,
        }
        return render_to_string("admin/loyalty/key_picker.html", context)


class KeysField(forms.Field):
    """Keys that are chosen from what is known, or written where they may be free."""

    default_error_messages = {
        "required": _("Choose at least one."),
        "many": _("Choose at most 1,000."),
    }
    widget = KeyPicker

    def __init__(self, *, is_free: bool = False, label: Any = "") -> None:
        super().__init__(label=label, widget=KeyPicker(is_free=is_free))

    def clean(self, value: Any) -> list[str]:
        keys: list[str] = super().clean(value)
        if len(keys) > MOST_KEYS:
            raise forms.ValidationError(self.error_messages["many"])
        for key in keys:
            _KEY(key)
        return keys
