"""What members fill in."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

from allauth.account.forms import AddEmailForm as AllauthAddEmailForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import RequestLoginCodeForm as AllauthRequestLoginCodeForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.socialaccount.forms import SignupForm as AllauthSocialSignupForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator, validate_email
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Consent
from members.services.logins import release_unproved_address


class AddressOwner:
    """Before an address is asked for a code, nobody may be lying in wait behind it."""

    data: Mapping[str, Any]

    def full_clean(self) -> None:
        email = (self.data.get("login") or self.data.get("email") or "").strip()
        with suppress(ValidationError):  # what is no address is told by the field itself
            validate_email(email)
            release_unproved_address(email=email)
        super().full_clean()  # type: ignore[misc]  # the form's


def _as_address(field: forms.Field) -> None:
    """A label above says what is asked; a placeholder that vanishes would not."""
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= {"autocomplete": "email", "inputmode": "email"}


class LoginForm(AddressOwner, AllauthLoginForm):  # type: ignore[misc]
    """Asks only for an address; a code follows by mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_address(self.fields["login"])


class PasswordLoginForm(AllauthLoginForm):  # type: ignore[misc]
    """For whoever has set a password: the address and the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_address(self.fields["login"])
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs.pop("placeholder", None)

    def _setup_password_field(self) -> None:
        """Keep the field, which allauth drops where nobody joins with a password."""


class ResetPasswordForm(AddressOwner, AllauthResetPasswordForm):  # type: ignore[misc]
    """Asks for the address to which the code for a new password goes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_address(self.fields["email"])


class NewAddressForm(AllauthAddEmailForm):  # type: ignore[misc]
    """The address that is to take the place of the present one, once it is proved."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_address(self.fields["email"])


class RequestLoginCodeForm(AddressOwner, AllauthRequestLoginCodeForm):  # type: ignore[misc]
    """Likewise, apart from the other ways to sign in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_address(self.fields["email"])


class SignupForm(AddressOwner, AllauthSignupForm):  # type: ignore[misc]
    """Joining takes an address and nothing more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_address(self.fields["email"])


class SocialSignupForm(AllauthSocialSignupForm):  # type: ignore[misc]
    """For providers that give no address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_address(self.fields["email"])


class ProfileForm(forms.Form):
    """Name and language."""

    given_name = forms.CharField(
        label=_("First name"),
        max_length=100,
        required=False,
        validators=[ProhibitNullCharactersValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    family_name = forms.CharField(
        label=_("Last name"),
        max_length=100,
        required=False,
        validators=[ProhibitNullCharactersValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class ConsentForm(forms.Form):
    """One consent, given or withdrawn."""

    purpose = forms.ChoiceField(choices=Consent.Purpose.choices)
    is_given = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])


class AmountField(forms.DecimalField):
    """Money as it stands on a receipt: 30,95 and 30.95 alike, in whichever language is read."""

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # stubs say int
        if isinstance(value, str):
            whole, mark, cents = re.sub(r"[\s€]", "", value).replace(",", ".").rpartition(".")
            value = f"{whole.replace('.', '')}{mark}{cents}"
        return super().to_python(value)


class ClaimForm(forms.Form):
    """What stands on a receipt; `occurred_at` is its moment, in the programme's time."""

    receipt = forms.CharField(
        label=_("Receipt number"),
        max_length=60,
        validators=[ProhibitNullCharactersValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    amount = AmountField(
        label=_("Amount"),
        min_value=Decimal("0.01"),
        max_value=Decimal("9999999.99"),
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    day = forms.DateField(
        label=_("Date"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    time = forms.TimeField(
        label=_("Time"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if "day" in said and "time" in said:
            moment = datetime.combine(said["day"], said["time"])
            said["occurred_at"] = timezone.make_aware(moment)
        return said


class CompletionForm(SignupForm):
    """What somebody adds who was enrolled at a till: name and address; a code proves the last."""

    given_name = forms.CharField(
        label=_("First name"),
        max_length=100,
        required=False,
        validators=[ProhibitNullCharactersValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    family_name = forms.CharField(
        label=_("Last name"),
        max_length=100,
        required=False,
        validators=[ProhibitNullCharactersValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )


class TillJoinForm(forms.Form):
    """One field to scan or type into; the rest may stay as it is."""

    identifier = forms.CharField(
        label=_("Card, telephone or e-mail"),
        max_length=254,
        validators=[ProhibitNullCharactersValidator()],
        widget=forms.TextInput(
            attrs={
                "autofocus": True,
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )
    given_name = forms.CharField(
        label=_("First name"),
        max_length=100,
        required=False,
        validators=[ProhibitNullCharactersValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    location = forms.ChoiceField(label=_("Shop"), required=False)

    def __init__(self, *args: Any, locations: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["location"].choices = [  # type: ignore[attr-defined]
            ("", "–"),
            *((name, name) for name in locations),
        ]
        if not locations:
            del self.fields["location"]


class SwitchForm(ConsentForm):
    """One channel of a consent, on or off, with the version of the words that were shown."""

    channel = forms.ChoiceField(choices=Consent.Channel.choices)
    text_version = forms.CharField(max_length=40, required=False)
