"""People who may be in the records twice: found by what is alike, for somebody to decide."""

from collections.abc import Iterable
from datetime import datetime
from itertools import combinations
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from loyalty.errors import NotFound
from members.errors import MergeEnded
from members.models import DuplicateCandidate

MOST = 2_000
"""So many pairs at most are found in one run; the surest first."""
CROWD = 20
"""What more people than this share (a name, a switchboard's number) says nothing of any of them."""

SCORES = {
    "same_login": 95,
    "twin_email": 85,
    "same_phone": 75,
    "close_email": 55,
    "close_phone": 55,
}
NAMED = 12
"""So much surer when the names are the same too."""
_MOST_APART = 2

# Addresses without a tag and without dots, telephone numbers by their last nine digits, and the
# address that somebody signs in with; of members of the programme who are neither merged nor gone.
_ALIKE = """
WITH here AS MATERIALIZED (
    SELECT m.id, m.user_id,
           regexp_replace(lower(m.given_name || m.family_name), '[^[:alpha:]]', '', 'g') AS name
    FROM members_member m JOIN members_membership j ON j.member_id = m.id
    WHERE j.programme_id = %(programme)s AND m.merged_into_id IS NULL AND m.erased_at IS NULL
), keys AS (
    SELECT here.id, here.name, 'twin_email' AS reason,
           replace(split_part(split_part(lower(i.value), '@', 1), '+', 1), '.', '')
           || '@' || split_part(lower(i.value), '@', 2) AS key
    FROM here JOIN members_identifier i ON i.member_id = here.id AND i.kind = 'EMAIL'
    UNION ALL
    SELECT here.id, here.name, 'same_phone', right(regexp_replace(i.value, '[^0-9]', '', 'g'), 9)
    FROM here JOIN members_identifier i ON i.member_id = here.id AND i.kind = 'PHONE'
    UNION ALL
    SELECT here.id, here.name, 'same_login', lower(u.email)
    FROM here JOIN members_user u ON u.id = here.user_id
    UNION ALL
    SELECT here.id, here.name, 'same_login', lower(i.value)
    FROM here JOIN members_identifier i ON i.member_id = here.id AND i.kind = 'EMAIL'
), shared AS (
    SELECT reason, key FROM keys WHERE length(key) >= 6
    GROUP BY reason, key HAVING count(DISTINCT id) BETWEEN 2 AND %(crowd)s
)
SELECT least(a.id, b.id), greatest(a.id, b.id), array_agg(DISTINCT a.reason),
       bool_or(a.name = b.name AND length(a.name) > 3)
FROM shared JOIN keys a USING (reason, key) JOIN keys b USING (reason, key)
WHERE a.id < b.id GROUP BY 1, 2 ORDER BY 1, 2 LIMIT %(most)s
"""

# People of one whole name, with what could tell them apart.
_NAMESAKES = """
WITH named AS MATERIALIZED (
    SELECT m.id, regexp_replace(lower(m.given_name || ' ' || m.family_name), '[^[:alpha:]]', '', 'g')
           AS name
    FROM members_member m JOIN members_membership j ON j.member_id = m.id
    WHERE j.programme_id = %(programme)s AND m.merged_into_id IS NULL AND m.erased_at IS NULL
      AND m.given_name <> '' AND m.family_name <> ''
), crowds AS (
    SELECT name FROM named GROUP BY name HAVING count(*) BETWEEN 2 AND %(crowd)s LIMIT %(most)s
)
SELECT named.name, named.id, coalesce(array_agg(i.kind || ':' || lower(i.value))
                                      FILTER (WHERE i.kind IN ('EMAIL', 'PHONE')), '{}')
FROM crowds JOIN named USING (name) LEFT JOIN members_identifier i ON i.member_id = named.id
GROUP BY named.name, named.id ORDER BY named.name, named.id
"""


class Found(NamedTuple):
    """How many possible duplicates were found, and how many of them are new."""

    pairs: int
    new: int


@transaction.atomic
def find_duplicates(*, programme_id: int, at: datetime) -> Found:
    """Look for members who may be one person, by what is alike, and write down the new pairs.

    The same again finds nothing new; what somebody has decided stays so.
    """
    said = {"programme": programme_id, "crowd": CROWD, "most": MOST}
    pairs: dict[tuple[UUID, UUID], tuple[int, list[str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE, said)
        for first, second, reasons, is_named in cursor.fetchall():
            _note(pairs, (first, second), reasons, is_named=is_named)
        cursor.execute(_NAMESAKES, said)
        for pair, reasons in _close(cursor.fetchall()):
            _note(pairs, pair, reasons, is_named=True)
    surest = sorted(pairs.items(), key=lambda each: (-each[1][0], each[0]))[:MOST]
    known = set(DuplicateCandidate.objects.values_list("first_id", "second_id"))
    new = [
        DuplicateCandidate(
            first_id=first, second_id=second, score=score, reasons=reasons, found_at=at
        )
        for (first, second), (score, reasons) in surest
        if (first, second) not in known
    ]
    DuplicateCandidate.objects.bulk_create(new, ignore_conflicts=True)
    return Found(len(surest), len(new))


@transaction.atomic
def dismiss_duplicate(*, candidate_id: int, actor: str, at: datetime) -> None:
    """Write down that they are two people. Raises NotFound, and MergeEnded when they were merged."""
    held = DuplicateCandidate.objects.select_for_update().filter(pk=candidate_id).first()
    if held is None:
        raise NotFound("There is no such pair.")
    if held.state == DuplicateCandidate.State.MERGED:
        raise MergeEnded("These two were merged; undo that instead.")
    held.state, held.decided_at, held.decided_by = DuplicateCandidate.State.DISMISSED, at, actor
    held.save(update_fields=["state", "decided_at", "decided_by"])


def _note(
    pairs: dict[tuple[UUID, UUID], tuple[int, list[str]]],
    pair: tuple[UUID, UUID],
    reasons: Iterable[str],
    *,
    is_named: bool,
) -> None:
    _score, before = pairs.get(pair, (0, []))
    told = {*before, *reasons}
    if "same_login" in told:
        told.discard("twin_email")  # the same address is no twin
    if is_named:
        told.add("same_name")
    kinds = [SCORES[each] for each in told if each in SCORES]
    score = max(kinds) + 5 * (len(kinds) - 1) + (NAMED if "same_name" in told else 0)
    pairs[pair] = min(score, 99), sorted(told)


def _close(
    rows: list[tuple[str, UUID, list[str]]],
) -> Iterable[tuple[tuple[UUID, UUID], list[str]]]:
    """Namesakes of whom an address or a number differs by a slip of the hand."""
    crowds: dict[str, list[tuple[UUID, list[str]]]] = {}
    for name, member, identifiers in rows:
        crowds.setdefault(name, []).append((member, identifiers))
    for crowd in crowds.values():
        for (first, mine), (second, theirs) in combinations(crowd, 2):
            reasons = {
                reason
                for one in mine
                for other in theirs
                if (reason := _slip(one, other)) is not None
            }
            if reasons:
                yield (first, second), sorted(reasons)


def _slip(one: str, other: str) -> str | None:
    kind, mine = one.split(":", 1)
    other_kind, theirs = other.split(":", 1)
    if kind != other_kind or mine == theirs or _distance(mine, theirs) > _MOST_APART:
        return None
    return "close_email" if kind == "EMAIL" else "close_phone"


def _distance(one: str, other: str) -> int:
    """How many letters have to be changed, added or left out; more than wanted is enough to know."""
    if abs(len(one) - len(other)) > _MOST_APART:
        return _MOST_APART + 1
    row = list(range(len(other) + 1))
    for n, letter in enumerate(one, 1):
        before, row[0] = row[0], n
        for m, against in enumerate(other, 1):
            before, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, before + (letter != against))
    return row[-1]
