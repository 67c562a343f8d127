"""Variants of a campaign: each a name and a weight; members are divided over them by lot."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.admin.around import language
from campaigns.admin.campaign_fields import Drawn, count, text
from campaigns.admin.step_tree import Part, Sent

_KEY = re.compile(r"^v(\d{1,2})-key$")


class VariantRow(Drawn):
    """One variant; its key stays what it was, for members hold it."""

    name_nl = text(_("Name in Dutch"))
    name_en = text(_("Name in English"))
    weight = count(_("Weight"), most=1000, initial=1)

    @property
    def key(self) -> str:
        return str(self.data.get(f"{self.prefix}-key", ""))

    @property
    def shown_name(self) -> str:
        return str(self["name_nl"].value() or self.key)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        forms.SlugField(max_length=40).clean(self.key)
        return said

    def part(self) -> Part:
        said = self.cleaned_data
        return {
            "key": self.key,
            "weight": said["weight"],
            "names": {"nl": said["name_nl"], "en": said["name_en"]},
        }


def variants_said(rows: Sequence[VariantRow]) -> list[Part]:
    return [row.part() for row in rows]


def variants_in(sent: Sent) -> list[tuple[str, str]]:
    """The variants in the form, by key and by name, in their order."""
    numbers = sorted(int(match[1]) for name in sent if (match := _KEY.match(name)))
    return [
        (str(sent[f"v{n}-key"]), str(sent.get(f"v{n}-name_{language()}") or sent[f"v{n}-key"]))
        for n in numbers
    ]


def variants_sent(variants: Sequence[Part]) -> Mapping[str, str]:
    """What the rows would have sent; a single variant is none to the reader."""
    if len(variants) <= 1:
        return {}
    said: dict[str, str] = {}
    for number, each in enumerate(variants):
        names: Part = each.get("names") or {}
        said[f"v{number}-key"] = each["key"]
        said[f"v{number}-name_nl"] = str(names.get("nl", each["key"]))
        said[f"v{number}-name_en"] = str(names.get("en", each["key"]))
        said[f"v{number}-weight"] = str(each.get("weight", 1))
    return said
