"""The form by which a marketer writes a question to members."""

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty.services.thanks import LARGEST
from members.models import ProfileField
from members.services.questions import LONGEST_KEPT, MOST_CHOICES

_BETWEEN = "|"


def _whole(**attrs: str) -> UnfoldAdminIntegerFieldWidget:
    return UnfoldAdminIntegerFieldWidget(attrs={"class": "max-w-48", **attrs})


class QuestionForm(forms.ModelForm[ProfileField]):
    """What is asked, and the deal that comes with it."""

    choices_said = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
        help_text=gettext_lazy("One per line: Dutch | English. Only for questions with choices."),
    )

    class Meta:
        model = ProfileField
        fields = (
            "label_nl",
            "label_en",
            "kind",
            "why_nl",
            "why_en",
            "benefit_nl",
            "benefit_en",
            "points",
            "keep_days",
            "purpose",
            "ask_after",
            "place",
        )
        labels = {
            "label_nl": gettext_lazy("Question in Dutch"),
            "label_en": gettext_lazy("Question in English"),
            "kind": gettext_lazy("Kind of answer"),
            "why_nl": gettext_lazy("Why you ask, in Dutch"),
            "why_en": gettext_lazy("Why you ask, in English"),
            "benefit_nl": gettext_lazy("What the member gets, in Dutch"),
            "benefit_en": gettext_lazy("What the member gets, in English"),
            "points": gettext_lazy("Points as thanks"),
            "keep_days": gettext_lazy("Kept for, in days"),
            "purpose": gettext_lazy("Used for"),
            "ask_after": gettext_lazy("Asked after so many activities"),
            "place": gettext_lazy("Place in the order"),
        }
        help_texts = {
            "points": gettext_lazy("Once per member, also if they answer again. 0: none."),
            "purpose": gettext_lazy("The answer is used only of members who agree to this."),
            "keep_days": gettext_lazy("After that the answer is deleted, and asked again."),
        }
        widgets = {
            **dict.fromkeys(
                ("label_nl", "label_en", "why_nl", "why_en", "benefit_nl", "benefit_en"),
                UnfoldAdminTextInputWidget,
            ),
            **dict.fromkeys(("kind", "purpose"), UnfoldAdminSelectWidget),
            "points": _whole(min="0", max=str(LARGEST)),
            "keep_days": _whole(min="1", max=str(LONGEST_KEPT)),
            "ask_after": _whole(min="0"),
            "place": _whole(min="0"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = self.instance.choices if self.instance.pk else []
        said = [f"{choice['nl']} {_BETWEEN} {choice['en']}" for choice in known]
        self.fields["choices_said"].initial = "\n".join(said)
        if not self.instance.pk:
            self.fields["keep_days"].initial = 730

    def clean_choices_said(self) -> list[tuple[str, str, str]]:
        """Key, Dutch and English of each; a choice that was there keeps its key."""
        keys = {(each["nl"], each["en"]): each["key"] for each in self.instance.choices or []}
        by_english = {each["en"]: each["key"] for each in self.instance.choices or []}
        said: list[tuple[str, str, str]] = []
        for line in str(self.cleaned_data["choices_said"]).splitlines():
            if not line.strip():
                continue
            dutch, found, english = (part.strip() for part in line.partition(_BETWEEN))
            if not found or not dutch or not english:
                raise forms.ValidationError(_("“%s” lacks one of the languages.") % line.strip())
            key = keys.get((dutch, english)) or by_english.get(english) or slugify(english)[:40]
            said.append((key or f"choice-{len(said) + 1}", dutch, english))
        if len({key for key, _nl, _en in said}) != len(said):
            raise forms.ValidationError(_("Each choice is said once, in both languages."))
        return said

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        is_choosing = said.get("kind") in {ProfileField.Kind.CHOICE, ProfileField.Kind.CHOICES}
        count = len(said.get("choices_said") or [])
        if "choices_said" in said and is_choosing and not 1 < count <= MOST_CHOICES:
            self.add_error("choices_said", _("Give 2 to %d choices.") % MOST_CHOICES)
        if "choices_said" in said and not is_choosing and count:
            self.add_error("choices_said", _("This kind of question has no choices."))
        if bool(said.get("benefit_nl")) != bool(said.get("benefit_en")):
            self.add_error("benefit_en", _("Say this in both languages."))
        return said
