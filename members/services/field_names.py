"""What the fields of a member's data are called where their uses and their quality are counted."""

from django.utils.translation import gettext_lazy as _

from members.models import Preference

NAME, EMAIL, PHONE, LANGUAGE = "member.name", "member.email", "member.phone", "member.language"
OF_EVERYBODY = {
    NAME: _("Name"),
    EMAIL: _("E-mail address"),
    PHONE: _("Telephone"),
    LANGUAGE: _("Language"),
}
_QUESTION = "profile:"
_PREFERENCE = "preference:"
PREFERENCES = {
    Preference.Kind.CATEGORY: _("Preferred categories"),
    Preference.Kind.BRAND: _("Preferred brands"),
    Preference.Kind.CHANNEL: _("Preferred way to be reached"),
    Preference.Kind.STORE: _("Preferred shop"),
}


def of_question(key: str) -> str:
    return f"{_QUESTION}{key}"


def of_preference(kind: str) -> str:
    return f"{_PREFERENCE}{kind.lower()}"


def question_in(field: str) -> str:
    """The question's key when the field is one, else nothing."""
    return field.removeprefix(_QUESTION) if field.startswith(_QUESTION) else ""


def preference_in(field: str) -> str:
    """The kind of preference when the field is one, else nothing."""
    return field.removeprefix(_PREFERENCE).upper() if field.startswith(_PREFERENCE) else ""
