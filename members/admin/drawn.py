"""Forms that are drawn again and again while somebody fills them in."""

from typing import Any

from django import forms
from django.forms.utils import ErrorDict


class Drawn(forms.Form):
    """A form that is judged only when it is asked to."""

    use_required_attribute = False

    def __init__(self, data: Any, *, is_judged: bool, prefix: str | None = None) -> None:
        self.is_judged = is_judged
        super().__init__(data, prefix=prefix, auto_id="id_%s")

    def full_clean(self) -> None:
        if self.is_judged:
            super().full_clean()
        else:
            self._errors = ErrorDict()
            self.cleaned_data = {}
