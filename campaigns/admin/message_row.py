"""The step that sends a message: one that is there already, or one that is written on the spot."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from campaigns.admin.around import Around
from campaigns.admin.campaign_fields import long_text, one_of, several, text
from campaigns.admin.step_rows import Fields, StepRow
from campaigns.admin.step_tree import Part
from campaigns.admin.variant_rows import variants_in
from campaigns.models import Channel

WRITTEN = ("w_name", "w_subject_nl", "w_subject_en", "w_text_nl", "w_text_en")
OTHER = "t_"  # a variant's own message
FIRST, ALL = "first", "all"
HOW = [
    (FIRST, _("by the first of these that reaches the member")),
    (ALL, _("by each of these")),
]


class MessageRow(StepRow):
    """A message, by one channel or by several."""

    title = _("Send a message")
    icon = "mail"
    begins = {"how": FIRST}
    template = one_of(_("Which message"), required=False)
    channels = several(
        _("By"), Channel.choices, help_text=_("None ticked: by all it has a text for.")
    )
    how = one_of(_("How"), HOW)
    w_name = text(_("What you call it"), required=False)
    w_subject_nl = text(_("Subject in Dutch"), longest=100, required=False)
    w_subject_en = text(_("Subject in English"), longest=100, required=False)
    w_text_nl = long_text(_("Text in Dutch"), longest=300, required=False)
    w_text_en = long_text(_("Text in English"), longest=300, required=False)

    def prepare(self) -> None:
        self.offer("template", self.around.templates, blank="—")
        for key, name in variants_in(self.sent):
            label = say("Another message for “%s”") % name
            self.fields[f"{OTHER}{key}"] = one_of(
                label, [("", say("The same")), *self.around.templates], required=False
            )

    @property
    def others(self) -> list[str]:
        return [name for name in self.fields if name.startswith(OTHER)]

    @property
    def main(self) -> list[forms.BoundField]:
        return self.shown("template", *self.others, "channels", "how")

    @property
    def written(self) -> list[forms.BoundField]:
        return self.shown(*WRITTEN)

    @property
    def is_written(self) -> bool:
        return any(self[name].value() for name in WRITTEN) or not self.around.templates

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("template") or self.errors:
            return said
        if not any(said.get(name) for name in WRITTEN):
            self.add_error("template", say("Choose a message, or write one below."))
            return said
        for name in WRITTEN:
            if not said.get(name):
                self.add_error(name, say("Fill this in, in both languages."))
        return said

    @property
    def key(self) -> str:
        """Of the message; one that has yet to be saved gets it from its name."""
        said = self.cleaned_data
        return str(said["template"] or slugify(said["w_name"])[:50] or "message")

    @property
    def new_document(self) -> Part | None:
        """What was written here, as a message is kept; None when one was chosen."""
        said = self.cleaned_data
        if said["template"]:
            return None
        subject = {"nl": said["w_subject_nl"], "en": said["w_subject_en"]}
        words = {"nl": said["w_text_nl"], "en": said["w_text_en"]}
        note = {"title": subject, "text": words}
        blocks = [{"block": "heading", "text": subject}, {"block": "text", "text": words}]
        return {
            "email": {"subject": subject, "blocks": blocks},
            "push": note,
            "inbox": note,
        }

    def said(self) -> Part:
        said = self.cleaned_data
        others = {name.removeprefix(OTHER): said[name] for name in self.others if said[name]}
        return {
            "template": self.key,
            "channels": said["channels"],
            "how": said["how"],
            **({"templates": others} if others else {}),
        }

    @classmethod
    def sent_for(cls, part: Part, around: Around) -> Fields:
        channels: Sequence[str] = part.get("channels", [])
        others = part.get("templates", {})
        return {
            **{f"{OTHER}{variant}": key for variant, key in others.items()},
            "template": part["template"],
            "channels": list(channels),
            "how": part.get("how", FIRST),
        }
