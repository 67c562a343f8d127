"""The sale as a cashier fills it in."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext, gettext_lazy, ngettext

from loyalty.errors import DomainError
from loyalty.templatetags.figures import number
from rewards.sales import FitReward, Fits, FitVoucher, Found
from rewards.views.till_words import spoken

MOST_OPEN = 8  # choices that are shown without a tap
PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class TillSaleForm(forms.Form):
    """An amount, and what is used with it. The key came with the page: a double tap is one sale."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    use = forms.MultipleChoiceField(
        label=gettext_lazy("What fits now"), required=False, widget=forms.CheckboxSelectMultiple
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"),
        min_value=Decimal("0.00"),
        max_digits=9,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput(attrs={**PLAIN, "inputmode": "decimal"}),
    )
    tender = forms.IntegerField(
        label=gettext_lazy("Points to pay with"),
        required=False,
        min_value=1,
        max_value=1_000_000_000,
        widget=forms.TextInput(attrs={**PLAIN, "inputmode": "numeric"}),
    )
    receipt_number = forms.CharField(
        label=gettext_lazy("Receipt number"),
        required=False,
        max_length=60,
        validators=[ProhibitNullCharactersValidator()],
        widget=forms.TextInput(attrs=PLAIN),
    )

    def __init__(
        self, *args: Any, found: Found | None, scanned: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fits = found.fits if found else Fits()
        scans = [(f"voucher:{code}", gettext("Voucher %s") % _short(code)) for code in scanned]
        vouchers = [_voucher(one) for one in fits.vouchers if not one.refusal]
        gifts = [(f"gift:{one.id}", spoken(one.name)) for one in fits.gifts if one.name]
        self._rewards = [_reward(one) for one in fits.rewards]
        use = self.fields["use"]
        use.choices = [*scans, *vouchers, *gifts, *self._rewards]  # type: ignore[attr-defined]
        use.initial = [value for value, _label in scans]
        if not fits.tenders:
            del self.fields["tender"]
        else:
            self.fields["tender"].help_text = _tender(fits.tenders[0].points)

    @property
    def fits(self) -> list[dict[str, Any]]:
        """What the customer can use, in groups: what is theirs already, then what points buy."""
        bought = {value for value, _label in self._rewards}
        every = list(self["use"])
        theirs = [one for one in every if one.data["value"] not in bought]
        for_points = [one for one in every if one.data["value"] in bought]
        groups = [(gettext("What fits now"), theirs), (_counted(len(for_points)), for_points)]
        return [
            {
                "title": title,
                "choices": choices,
                "is_long": choices is for_points or len(choices) > MOST_OPEN,
                "is_chosen": choices is theirs or any(one.data["selected"] for one in choices),
            }
            for title, choices in groups
            if choices
        ]

    @property
    def receipt(self) -> str:
        """The number on the receipt; ours, from the page's key, when none was typed."""
        typed: str = self.cleaned_data["receipt_number"].strip()
        return typed or f"p-{self.cleaned_data['key'].hex[:8]}"

    def field_of(self, refusal: DomainError) -> str | None:
        """The field that a refusal is about, when there is one."""
        named = {"receipt": "receipt_number", "tender.points": "tender", "points": "tender"}
        field = named.get(refusal.field, refusal.field)
        return field if field in self.fields else None


def _counted(number_of: int) -> str:
    return ngettext("%(number)s reward for points", "%(number)s rewards for points", number_of) % {
        "number": number_of
    }


def _voucher(voucher: FitVoucher) -> tuple[str, str]:
    return f"voucher:{voucher.id}", f"{spoken(voucher.name)}. {spoken(voucher.sentence)}"


def _reward(reward: FitReward) -> tuple[str, str]:
    price = gettext("for %s points") % number(reward.points)
    return f"reward:{reward.key}", f"{spoken(reward.name)}, {price}"


def _tender(points: int) -> str:
    return gettext("At most %s on this sale.") % number(points)


def _short(code: str) -> str:
    return code if len(code) < 25 else f"…{code[-6:]}"  # noqa: PLR2004  a ticket is unreadable
