"""How staff sign in to the console: e-mail and password, then the second factor, guesses limited."""

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
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


class SignIn(LoginView):
    """The console's own page; from a right password on it goes as any sign-in of allauth's.

    So a second factor is asked for on the way, where the colleague has one.
    """

    def form_valid(self, form: Any) -> HttpResponse:
        user, request = form.get_user(), self.request
        record_authentication(request, user, method="password", reauthenticated=True)
        # A colleague's address is the administrator's word; no mail has to prove it.
        login = Login(
            user=user,
            email_verification=EmailVerificationMethod.NONE,
            redirect_url=self.get_success_url(),
        )
        response: HttpResponse = perform_login(request, login)
        return response


def sign_in(request: HttpRequest, context: dict[str, Any], template: str) -> HttpResponse:
    """The page of the console's door, in the console's look."""
    view = SignIn.as_view(
        extra_context=context, authentication_form=SignInForm, template_name=template
    )
    return cast(HttpResponse, view(request))
