"""Forms of the settings: the programme and its connections."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from loyalty.forms.expiry import ExpiryFields, expiry_sent
from loyalty.forms.face import FaceFields
from loyalty.forms.widgets import whole
from loyalty.models import ApiClient, Programme, Unit
from loyalty.types import Rounding

ROUNDINGS = [
    (Rounding.FLOOR.value, _("Down: 9.9 points become 9")),
    (Rounding.HALF_UP.value, _("To the nearest: 9.5 points become 10")),
    (Rounding.CEILING.value, _("Up: 9.1 points become 10")),
]
RETURN_POLICIES = [
    (Programme.ReturnPolicy.OWED.value, _("The member earns it back first")),
    (Programme.ReturnPolicy.WITHIN_BALANCE.value, _("Take other points; forgive the rest")),
    (Programme.ReturnPolicy.WRITE_OFF.value, _("Forgive it; other points stay")),
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
    ("till:use", _("Work as a till")),
    ("offers:read", _("Show members their offers")),
    ("offers:write", _("Hide offers that do not interest a member")),
    ("events:read", _("Be told what happened")),
    ("campaigns:write", _("Put members into campaigns")),
]


def _switch(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanSwitchWidget)


class ProgrammeForm(FaceFields, ExpiryFields, forms.ModelForm[Programme]):
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
    rounding = forms.ChoiceField(
        label=_("Rounding"), choices=ROUNDINGS, widget=UnfoldAdminSelectWidget
    )
    earns_on_points_tender = _switch(_("What was paid for with points earns points too"))
    earns_on_gift_cards = _switch(_("Buying gift cards earns points"))
    earns_on_delivery = _switch(_("Delivery costs earn points"))
    return_policy = forms.ChoiceField(
        label=_("Returned, but the points are spent"),
        choices=RETURN_POLICIES,
        widget=UnfoldAdminSelectWidget,
        help_text=_(
            "What was earned on returned goods is taken back; this is for what is not there."
        ),
    )
    goodwill_days = forms.IntegerField(
        label=_("Goodwill"),
        min_value=0,
        max_value=366,
        widget=whole(),
        help_text=_(
            "Days that spent points are good again for, when they come back but have lapsed meanwhile."
        ),
    )
    transfer_limit = forms.IntegerField(
        label=_("May be given away in a month"),
        required=False,
        min_value=0,
        max_value=10_000_000,
        widget=whole(),
        help_text=_("Points of one member. Empty: as many as they have. 0: none."),
    )

    class Meta:
        model = Programme
        fields = (
            "name",
            "point_worth",
            "rounding",
            "earns_on_points_tender",
            "earns_on_gift_cards",
            "earns_on_delivery",
            "return_policy",
            "goodwill_days",
            "transfer_limit",
            "brand_colour",
            "accent_colour",
            "help_email",
            "help_phone",
            "help_hours",
            "privacy_page",
            "claim_days",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = Unit.objects.filter(programme_id=self.instance.pk, code="points").first()
        if unit is not None:
            self.initial.update(expiry_sent(unit.expiry))


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
