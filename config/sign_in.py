"""How staff sign in to the console: e-mail and password, with allauth's limit on guessing."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from unfold.forms import AuthenticationForm

NOT_KNOWN = _("This e-mail address and password do not open the console. Check both and try again.")


class SignInForm(AuthenticationForm):  # type: ignore[misc]
    """Refuses whoever is not staff in the same words as a wrong password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail address")
        self.fields["username"].widget.input_type = "email"
        self.fields["username"].widget.attrs["autocomplete"] = "username"

    @sensitive_variables("credentials")
    def clean(self) -> dict[str, Any]:
        credentials = {
            "email": self.cleaned_data.get("username"),
            "password": self.cleaned_data.get("password"),
        }
        if all(credentials.values()):
            self.user_cache = get_adapter().authenticate(self.request, **credentials)
            if self.user_cache is None:
                raise ValidationError(NOT_KNOWN, code="invalid_login")
            self.confirm_login_allowed(self.user_cache)
        return dict(self.cleaned_data)

    def confirm_login_allowed(self, user: Any) -> None:
        if not (user.is_active and user.is_staff):
            raise ValidationError(NOT_KNOWN, code="invalid_login")
