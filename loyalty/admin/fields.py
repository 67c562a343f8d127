"""Fields and keys as every app's console pages make them."""

from loyalty.forms.rules import unused_key
from loyalty.forms.widgets import (
    DayInput,
    HourInput,
    KeyPicker,
    KeysField,
    decimal_shown,
    figure,
    whole,
)

__all__ = [
    "DayInput",
    "HourInput",
    "KeyPicker",
    "KeysField",
    "decimal_shown",
    "figure",
    "unused_key",
    "whole",
]
