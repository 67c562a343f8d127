"""What a password must be."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

LEAST_FOR_MEMBERS = 8
LEAST_FOR_STAFF = 12


class LongEnough:
    """Twelve characters for whoever comes into the console, eight for a member."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raises ValidationError; a password of nobody in particular is judged as one of staff."""
        least = _least(user)
        if len(password) < least:
            text = ngettext(
                "A password has at least %(least)d character.",
                "A password has at least %(least)d characters.",
                least,
            )
            raise ValidationError(text % {"least": least}, code="password_too_short")

    def get_help_text(self) -> str:
        text = ngettext(
            "A password has at least %(least)d character.",
            "A password has at least %(least)d characters.",
            LEAST_FOR_MEMBERS,
        )
        return text % {"least": LEAST_FOR_MEMBERS}


def _least(user: AbstractBaseUser | None) -> int:
    is_member = user is not None and not getattr(user, "is_staff", True)
    return LEAST_FOR_MEMBERS if is_member else LEAST_FOR_STAFF
