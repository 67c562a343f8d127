"""What members like, as they say it themselves. What is concluded for them is in `inference`."""

from collections.abc import Collection
from datetime import datetime

from django.core.cache import cache
from django.db import connection, transaction
from django.utils.translation import get_language

from loyalty.events import publish
from loyalty.models import Category, Location
from members.errors import MemberUnknown, PreferenceUnknown
from members.events import PreferenceChanged
from members.models import Consent, Membership, Preference

Kind = Preference.Kind
Source = Preference.Source
LATEST = 50_000  # lines that are looked through for the brands that are sold
MOST_BRANDS = 30
KEPT_SECONDS = 3_600
BY_CHANNEL = [each for each in Consent.Channel if each != Consent.Channel.ANY]


@transaction.atomic
def set_preferences(
    *, membership_id: int, kind: str, liked: Collection[str], actor: str, at: datetime
) -> None:
    """These are what the member likes of this kind, and no others that they told us before.

    What was concluded from purchases and what they said is not theirs stays. Raises MemberUnknown,
    and PreferenceUnknown for what the programme does not know.
    """
    membership = _locked(membership_id)
    mine = Preference.objects.filter(membership=membership, kind=kind)
    told = set(mine.filter(source=Source.ASKED, is_liked=True).values_list("key", flat=True))
    _check(membership.programme_id, kind, set(liked) - told)
    gone = mine.filter(source=Source.ASKED, is_liked=True).exclude(key__in=liked).delete()[0]
    new = set(liked) - told
    for key in sorted(new):
        _say(membership, kind, key, is_liked=True, at=at)
    if gone or new:
        _tell(membership, kind, actor, at)


@transaction.atomic
def say_preference(
    *, membership_id: int, kind: str, key: str, is_liked: bool, actor: str, at: datetime
) -> Preference:
    """The member likes this, or does not: their word stays, whatever they buy from now on.

    Raises MemberUnknown and PreferenceUnknown.
    """
    membership = _locked(membership_id)
    if not Preference.objects.filter(membership=membership, kind=kind, key=key).exists():
        _check(membership.programme_id, kind, {key})
    said = _say(membership, kind, key, is_liked=is_liked, at=at)
    _tell(membership, kind, actor, at)
    return said


@transaction.atomic
def forget_preference(*, membership_id: int, kind: str, key: str, actor: str, at: datetime) -> bool:
    """Take back what the member said about it; whether there was anything. Raises MemberUnknown."""
    membership = _locked(membership_id)
    said = Preference.objects.filter(membership=membership, kind=kind, key=key, source=Source.ASKED)
    deleted, _per_model = said.delete()
    if deleted:
        _tell(membership, kind, actor, at)
    return bool(deleted)


def _locked(membership_id: int) -> Membership:
    membership = Membership.objects.select_for_update().filter(pk=membership_id).first()
    if membership is None:
        raise MemberUnknown("There is no such member.")
    return membership


def _say(
    membership: Membership, kind: str, key: str, *, is_liked: bool, at: datetime
) -> Preference:
    said, _is_new = Preference.objects.update_or_create(
        membership=membership,
        kind=kind,
        key=key,
        defaults={"source": Source.ASKED, "is_liked": is_liked, "weight": 100, "said_at": at},
    )
    return said


def _check(programme_id: int, kind: str, keys: set[str]) -> None:
    if kind not in Kind.values:
        raise PreferenceUnknown("We do not know this kind of preference.", field="kind")
    if keys - set(known_keys(programme_id, kind)):
        raise PreferenceUnknown("The programme does not know this.", field="key")


def _tell(membership: Membership, kind: str, actor: str, at: datetime) -> None:
    event = PreferenceChanged(subject=membership.holder, occurred_at=at, kind=kind, actor=actor)
    publish(event, at=at)


# --- What there is to like ---------------------------------------------------------------------


def known_keys(programme_id: int, kind: str) -> dict[str, str]:
    """What the programme has of this kind, by key with its words in the language in force."""
    match kind:
        case Kind.CATEGORY:
            name = "name_en" if get_language() == "en" else "name_nl"
            rows = Category.objects.filter(programme=programme_id).order_by(name)
            return dict(rows.values_list("key", name))
        case Kind.STORE:
            places = Location.objects.filter(programme=programme_id).order_by("name")
            return {place: place for place in places.values_list("name", flat=True)}
        case Kind.CHANNEL:
            return {channel.value: str(channel.label) for channel in BY_CHANNEL}
        case _:
            return {brand: brand for brand in brands_sold(programme_id)}


# The ids of activities follow time, so the last rows of the index are the latest lines.
_BRANDS = """
SELECT brand FROM (
    SELECT l.brand, l.activity_id FROM members_activityline l ORDER BY l.activity_id DESC LIMIT %s
) latest JOIN members_activity a ON a.id = latest.activity_id
WHERE a.programme_id = %s AND brand <> ''
GROUP BY brand ORDER BY count(*) DESC, brand LIMIT %s
"""


def brands_sold(programme_id: int) -> list[str]:
    """The brands that are sold most, by name; looked up once an hour."""
    key = f"preferences:brands:{programme_id}"
    brands: list[str] | None = cache.get(key)
    if brands is None:
        with connection.cursor() as cursor:
            cursor.execute(_BRANDS, [LATEST, programme_id, MOST_BRANDS])
            brands = sorted(brand for (brand,) in cursor.fetchall())
        cache.set(key, brands, KEPT_SECONDS)
    return brands
