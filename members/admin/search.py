"""Finding a member by whatever the person at the desk says: a name, an address, a card."""

import re

from django.db.models import Q, QuerySet

from members.models import Identifier, Member

Kind = Identifier.Kind
_SPACING = re.compile(r"[\s().-]")
_FEWEST_DIGITS = 4


def found(members: QuerySet[Member], said: str) -> QuerySet[Member]:
    """The members meant: cards and telephones with or without spaces, names in any order."""
    said = said.strip()
    digits = _SPACING.sub("", said).removeprefix("+")
    if "@" in said:
        return members.filter(pk__in=_having(Q(kind=Kind.EMAIL, value__startswith=said.lower())))
    if digits.isdigit() and len(digits) >= _FEWEST_DIGITS:
        card = Q(kind=Kind.CARD, value__startswith=digits)
        return members.filter(pk__in=_having(card | _telephone(digits)))
    for name in said.split():
        members = members.filter(Q(given_name__icontains=name) | Q(family_name__icontains=name))
    return members


def _telephone(digits: str) -> Q:
    international = digits.removeprefix("00")
    dutch = f"31{digits[1:]}" if digits[0] == "0" else international
    return Q(kind=Kind.PHONE, value__startswith=f"+{international}") | Q(
        kind=Kind.PHONE, value__startswith=f"+{dutch}"
    )


def _having(wanted: Q) -> QuerySet[Identifier, object]:
    return Identifier.objects.filter(wanted).values("member")
