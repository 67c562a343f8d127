"""One deed for many deliveries: in parts, each delivery once; what refuses is told and passed over.

A part is one request. The page that comes back goes on by itself, or by its button; whoever closes
it has done what was done, and finds the rest in the queue.
"""

from datetime import datetime
from typing import Any

import msgspec
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from loyalty.admin.fields import DayInput, HourInput
from loyalty.admin.refusals import told
from loyalty.errors import DomainError
from rewards.admin.fields import a_choice
from rewards.admin.fulfilment_deeds import DEEDS, Deed
from rewards.models import Fulfilment

AT_ONCE = 100
MOST_TOLD = 10
LONGEST_NUMBER, LONGEST_CARRIER, LONGEST_CODE = 18, 40, 80
PAIR = 2


class BulkForm(forms.Form):
    """What is done for all of them."""

    use_required_attribute = False

    deed = a_choice(gettext_lazy("What"), [(key, deed.title) for key, deed in DEEDS.items()])
    carrier = forms.CharField(
        label=gettext_lazy("Carrier"),
        required=False,
        max_length=40,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("When they are sent."),
    )
    tracking = forms.CharField(
        label=gettext_lazy("Tracking codes"),
        required=False,
        max_length=200_000,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "When they are sent: a line each, with the delivery's number out of the file first:"
            " 1204; 3SABC123. Empty: without codes."
        ),
    )
    day = forms.DateField(
        label=gettext_lazy("Day"),
        required=False,
        widget=DayInput(),
        help_text=gettext_lazy("When they are booked."),
    )
    hour = forms.TimeField(label=gettext_lazy("Time"), required=False, widget=HourInput())
    counted = forms.IntegerField(widget=forms.HiddenInput)
    after = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    upto = forms.IntegerField(widget=forms.HiddenInput)
    done = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    refused = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    codes: dict[int, tuple[str, str]]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("deed") == "book" and not (said.get("day") and said.get("hour")):
            self.add_error("day", _("Say for which day and time."))
        return said

    def clean_tracking(self) -> str:
        """Every line names a delivery; one that does not is told by its number."""
        said: str = self.cleaned_data["tracking"]
        self.codes, wrong = {}, []
        for number, line in enumerate(said.splitlines(), start=1):
            if not line.strip():
                continue
            if (found := _read(line)) is None:
                wrong.append(str(number))
            elif found[2]:
                self.codes[found[0]] = found[1:]
        if wrong:
            raise forms.ValidationError(
                _("Not understood: line %s. Write the number, a semicolon, the code.")
                % ", ".join(wrong[:MOST_TOLD])
            )
        return said

    def told_of(self, delivery: Fulfilment) -> dict[str, Any]:
        """What the service is told of this delivery besides."""
        said = self.cleaned_data
        if said["deed"] == "ship":
            carrier, code = self.codes.get(delivery.pk, ("", ""))
            return {"carrier": carrier or said["carrier"], "tracking": code}
        if said["deed"] == "book":
            moment = timezone.make_aware(datetime.combine(said["day"], said["hour"]))
            return {"booked_for": moment, "location": ""}
        return {}


def _read(line: str) -> tuple[int, str, str] | None:
    """A delivery's number, the carrier and the code; also out of a whole line of the file.

    None for what is no such line; the code is empty where the file's cell still was.
    """
    apart = ";" if ";" in line else "\t" if "\t" in line else None
    cells = [cell.strip().strip('"').lstrip("'") for cell in line.split(apart)]
    if len(cells) == 1 or not cells[0].isdecimal() or len(cells[0]) > LONGEST_NUMBER:
        return None
    carrier = cells[-2] if len(cells) > PAIR else ""
    code = cells[-1]
    if len(carrier) > LONGEST_CARRIER or len(code) > LONGEST_CODE:
        return None
    return int(cells[0]), carrier, code


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is, and why the last ones were refused."""

    done: int
    refused: int
    after: int
    has_more: bool
    reasons: list[tuple[str, str]]


def do_part(form: BulkForm, rows: QuerySet[Fulfilment], *, actor: str, at: datetime) -> Part:
    """Do it for the next hundred of the rows, which stand in the order of their numbers."""
    said = form.cleaned_data
    deed: Deed = DEEDS[said["deed"]]
    part = list(
        rows.filter(pk__gt=said["after"], pk__lte=said["upto"])
        .select_related("redemption__reward")
        .order_by("pk")[:AT_ONCE]
    )
    done, reasons = said["done"], []
    for delivery in part:
        if deed.key == "ship" and form.codes and delivery.pk not in form.codes:
            reasons.append((str(delivery.pk), _("No tracking code was given for it.")))
            continue
        try:
            deed.service(fulfilment_id=delivery.pk, actor=actor, at=at, **form.told_of(delivery))
        except DomainError as refusal:
            reasons.append((str(delivery.pk), told(refusal)))
        else:
            done += 1
    return Part(
        done=done,
        refused=said["refused"] + len(reasons),
        after=part[-1].pk if part else said["upto"],
        has_more=len(part) == AT_ONCE,
        reasons=reasons[:MOST_TOLD],
    )
