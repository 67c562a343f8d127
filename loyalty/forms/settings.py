"""Forms of the settings: the programme and its connections."""

from decimal import Decimal

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminColorInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty.models import ApiClient, Programme
from loyalty.types import Rounding

ROUNDINGS = [
    (Rounding.FLOOR.value, _("Down: 9.9 points become 9")),
    (Rounding.HALF_UP.value, _("To the nearest: 9.5 points become 10")),
    (Rounding.CEILING.value, _("Up: 9.1 points become 10")),
]
CLIENT_KINDS = [
    (ApiClient.Kind.WEBSHOP.value, _("Webshop")),
    (ApiClient.Kind.TILL.value, _("Till")),
    (ApiClient.Kind.PARTNER.value, _("Partner")),
]
SCOPES = [
    ("members:read", _("Look up members")),
    ("members:write", _("Enrol and change members")),
    ("activities:write", _("Send purchases and other activities")),
    ("activities:read", _("Explain points")),
    ("quotes:read", _("Reckon what a basket would earn")),
    ("rewards:read", _("Show rewards")),
    ("redemptions:write", _("Redeem rewards for members")),
    ("vouchers:use", _("Take in vouchers")),
]
HEX = RegexValidator(r"^#[0-9a-fA-F]{6}$", _("A colour is written as # and six digits."))


def _number(**attrs: str) -> UnfoldAdminIntegerFieldWidget:
    return UnfoldAdminIntegerFieldWidget(attrs={"class": "max-w-48", **attrs})


class ProgrammeForm(forms.ModelForm[Programme]):
    """The policies that hold for what members earn from now on."""

    name = forms.CharField(label=_("Name"), max_length=100, widget=UnfoldAdminTextInputWidget)
    point_worth = forms.DecimalField(
        label=_("Worth of one point"),
        min_value=Decimal(0),
        max_digits=8,
        decimal_places=4,
        localize=True,
        widget=UnfoldAdminTextInputWidget(attrs={"class": "max-w-48", "inputmode": "decimal"}),
        help_text=_("In the programme's currency. Finance reckons with it what you owe."),
    )
    points_valid_months = forms.IntegerField(
        label=_("Points are valid"),
        required=False,
        min_value=1,
        max_value=120,
        widget=_number(),
        help_text=_("In months. They lapse at the end of that day. Empty: never."),
    )
    rounding = forms.ChoiceField(
        label=_("Rounding"), choices=ROUNDINGS, widget=UnfoldAdminSelectWidget
    )
    brand_colour = forms.CharField(
        label=_("Brand colour"), validators=[HEX], widget=UnfoldAdminColorInputWidget
    )
    accent_colour = forms.CharField(
        label=_("Accent colour"), validators=[HEX], widget=UnfoldAdminColorInputWidget
    )

    class Meta:
        model = Programme
        fields = (
            "name",
            "point_worth",
            "points_valid_months",
            "rounding",
            "brand_colour",
            "accent_colour",
        )


class ApiClientForm(forms.ModelForm[ApiClient]):
    """A connection and what it may do."""

    name = forms.SlugField(
        label=_("Name"),
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Letters, digits and dashes, such as webshop-nl. It cannot be changed later."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=CLIENT_KINDS, widget=UnfoldAdminSelectWidget)
    scopes = forms.MultipleChoiceField(
        label=_("May do"), choices=SCOPES, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = ApiClient
        fields = ("name", "kind", "scopes")
