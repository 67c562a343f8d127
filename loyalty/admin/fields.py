"""Fields and keys as every app's console pages make them."""

from loyalty.forms.rules import unused_key
from loyalty.forms.widgets import DayInput, HourInput, figure, whole

__all__ = ["DayInput", "HourInput", "figure", "unused_key", "whole"]
