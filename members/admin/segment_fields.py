"""What a segment is called and how it gets its members, apart from its conditions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from members.admin.drawn import Drawn
from members.models import Segment

KINDS: list[tuple[str, Any]] = [
    (Segment.Kind.DYNAMIC.value, _("It follows its conditions, day and night")),
    (Segment.Kind.STATIC.value, _("It is drawn by its conditions when you ask, and stays so")),
    (Segment.Kind.UPLOADED.value, _("It is a list that you upload")),
]


class SegmentFields(Drawn):
    """The names, and the kind while it is new."""

    name_nl = forms.CharField(
        label=_("Name in Dutch"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    name_en = forms.CharField(
        label=_("Name in English"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    kind = forms.ChoiceField(
        label=_("How it gets its members"), choices=KINDS, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, data: Any, *, segment: Segment | None, is_judged: bool) -> None:
        super().__init__(data, is_judged=is_judged)
        if segment is not None:  # what it is stays
            known = [(value, words) for value, words in KINDS if value == segment.kind]
            self.fields["kind"].choices = known  # type: ignore[attr-defined]

    @property
    def names(self) -> dict[str, str]:
        return {"nl": self.cleaned_data["name_nl"], "en": self.cleaned_data["name_en"]}
