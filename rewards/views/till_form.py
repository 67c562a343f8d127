"""The sale as a cashier fills it in."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext, gettext_lazy

from loyalty.errors import DomainError
from loyalty.templatetags.figures import number
from rewards.sales import FitReward, FitVoucher, Found
from rewards.views.till_words import spoken

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
        fits = found.fits if found else None
        known = [_voucher(one) for one in fits.vouchers if not one.refusal] if fits else []
        bearer = [(f"voucher:{code}", gettext("Voucher %s") % _short(code)) for code in scanned]
        rewards = [_reward(one) for one in fits.rewards] if fits else []
        gifts = [(f"gift:{one.id}", spoken(one.name)) for one in fits.gifts] if fits else []
        use = self.fields["use"]
        use.choices = [*bearer, *known, *gifts, *rewards]  # type: ignore[attr-defined]  # a choice field
        use.initial = [value for value, _label in bearer]
        if not (fits and fits.tenders):
            del self.fields["tender"]
        else:
            self.fields["tender"].help_text = _tender(fits.tenders[0].points)

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


def _voucher(voucher: FitVoucher) -> tuple[str, str]:
    return f"voucher:{voucher.id}", f"{spoken(voucher.name)}. {spoken(voucher.sentence)}"


def _reward(reward: FitReward) -> tuple[str, str]:
    price = gettext("for %s points") % number(reward.points)
    return f"reward:{reward.key}", f"{spoken(reward.name)}, {price}"


def _tender(points: int) -> str:
    return gettext("At most %s on this sale.") % number(points)


def _short(code: str) -> str:
    return code if len(code) < 25 else f"…{code[-6:]}"  # noqa: PLR2004  a ticket is unreadable
