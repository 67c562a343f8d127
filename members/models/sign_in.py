from allauth.idp.oidc.models import Client
from django.utils.translation import gettext_lazy as _


class SignInClient(Client):  # type: ignore[misc]
    """A shop or app in which members sign in with us; a library keeps it, under our name for it."""

    class Meta:
        proxy = True
        verbose_name = _("sign-in for a shop or app")
        verbose_name_plural = _("sign-in for shops and apps")
