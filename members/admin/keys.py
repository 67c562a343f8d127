"""What the console's pickers find of what members did and who they are."""

from collections.abc import Iterable, Sequence

from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from loyalty.admin.holders import NamedHolder, Source, register_namer, register_source
from loyalty.admin.pages import by_number
from loyalty.services.known_keys import KnownKey, Search, register_finder
from members.admin.revisions import proofs
from members.models import Activity, Membership

LATEST = 50_000  # lines that are looked through for what is sold
KEPT_SECONDS = 300
MOST_FOUND = 20

# The ids of activities follow time, so the last rows of the index are the latest lines.
_SOLD = """
SELECT {column}, count(*) FROM (
    SELECT l.{column}, l.activity_id FROM members_activityline l
    ORDER BY l.activity_id DESC LIMIT %s
) latest JOIN members_activity a ON a.id = latest.activity_id
WHERE a.programme_id = %s AND {column} <> ''
GROUP BY 1 ORDER BY 2 DESC
"""


def _sold(column: str, programme_id: int) -> list[str]:
    """What was sold lately, most often first; counted once in five minutes."""
    key = f"sold:{programme_id}:{column}"
    found: list[str] | None = cache.get(key)
    if found is None:
        with connection.cursor() as cursor:
            cursor.execute(_SOLD.format(column=column), [LATEST, programme_id])
            found = [each for each, _times in cursor.fetchall()]
        cache.set(key, found, KEPT_SECONDS)
    return found


def _like(column: str, search: Search) -> Iterable[KnownKey]:
    said = search.said.lower()
    return [
        KnownKey(each, each) for each in _sold(column, search.programme_id) if said in each.lower()
    ][: search.most]


def _products(search: Search) -> Iterable[KnownKey]:
    return _like("product", search)


def _brands(search: Search) -> Iterable[KnownKey]:
    return _like("brand", search)


def _named(holders: Sequence[str]) -> dict[str, NamedHolder]:
    memberships = Membership.objects.filter(holder__in=holders).select_related("member")
    return {
        str(membership.holder): NamedHolder(
            name=str(membership.member),
            address=reverse("admin:members_member_change", args=[membership.member_id]),
        )
        for membership in memberships
    }


def _numbered(said: str) -> list[str]:
    """The activities with this number of a receipt or an order, by the index."""
    rows = by_number(Activity.objects.all(), said).values_list("pk", flat=True)
    return [str(pk) for pk in rows[:MOST_FOUND]]


register_source(
    "activity",
    Source(
        proofs=proofs,
        found=_numbered,
        address=lambda activity: reverse("admin:members_activity_change", args=[activity]),
        permission="members.view_activity",
    ),
)
register_finder("line.product", _products)
register_finder("line.brand", _brands)
register_namer(_named)
