"""What members fill in."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import RequestLoginCodeForm as AllauthRequestLoginCodeForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.socialaccount.forms import SignupForm as AllauthSocialSignupForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator, validate_email
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
