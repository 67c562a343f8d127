"""The one field by which a question is answered."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from members.errors import AnswerInvalid
from members.models import ProfileAnswer, ProfileField
from members.services.answer_values import checked_value
from members.services.questions import choices_of

Kind = ProfileField.Kind
YES_OR_NO = [("yes", _("Yes")), ("no", _("No"))]


class AnswerForm(forms.Form):
    """`value` is drawn as the question's kind wants it; what is said before stands in it."""

    use_required_attribute = False

    def __init__(
        self, question: ProfileField, data: Any = None, known: ProfileAnswer | None = None
    ) -> None:
        initial = {"value": _as_typed(question, known.value)} if known else None
        super().__init__(data, initial=initial, auto_id="id_%s")
        self.question = question
        self.fields["value"] = _field(question)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if "value" in said:
            try:
                said["value"] = checked_value(self.question, said["value"])
            except AnswerInvalid:
                self.add_error("value", gettext("This answer does not fit the question."))
        return said


def _field(question: ProfileField) -> forms.Field:
    label = str(question)
    choices = choices_of(question, get_language() or "nl")
    match question.kind:
        case Kind.DATE:
            widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            return forms.DateField(label=label, widget=widget)
        case Kind.NUMBER:
            number = forms.TextInput(attrs={"inputmode": "decimal"})
            return forms.CharField(label=label, max_length=20, widget=number)
        case Kind.YES_NO:
            return forms.ChoiceField(label=label, choices=YES_OR_NO, widget=forms.RadioSelect)
        case Kind.CHOICE:
            return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect)
        case Kind.CHOICES:
            boxes = forms.CheckboxSelectMultiple
            return forms.MultipleChoiceField(label=label, choices=choices, widget=boxes)
    return forms.CharField(label=label, max_length=500)


def _as_typed(question: ProfileField, value: Any) -> Any:
    if question.kind == Kind.YES_NO:
        return "yes" if value else "no"
    return date.fromisoformat(value) if question.kind == Kind.DATE else value
