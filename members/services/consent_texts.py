"""The words that members agree to: published once, never changed, followed by the next version."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection, transaction

from loyalty.errors import InvalidRequest, NotFound
from loyalty.events import publish
from loyalty.models import Programme
from loyalty.types import Words
from members.events import ConsentTextPublished
from members.models import ConsentText, Purpose

LONGEST_TEXT = 2_000
STANDARD_VERSION = "2026-11"
STANDARD: dict[str, Words] = {
    Purpose.OFFERS: {
        "nl": "Aanbiedingen die bij me passen. Je krijgt af en toe een aanbieding van ons. "
        "Stoppen kan altijd.",
        "en": "Offers that suit me. We send you offers now and then. Stop whenever you like.",
    },
    Purpose.PROFILING: {
        "nl": "Gebruik wat ik koop om voor mij te kiezen. We kijken naar je aankopen en kiezen "
        "daarmee beloningen en aanbiedingen voor je uit.",
        "en": "Use what I buy to choose for me. We look at your purchases to pick rewards and "
        "offers for you.",
    },
}
"""What the portal asks while a programme has published no words of its own."""


class ShownText(msgspec.Struct, frozen=True, kw_only=True):
    """Words as somebody is asked to agree to them."""

    purpose: str
    version: str
    text: Words


class AgreedTo(msgspec.Struct, frozen=True, kw_only=True):
    """How many members' last word is a yes to this version of a purpose's words."""

    purpose: str
    version: str
    members: int


@transaction.atomic
def publish_text(
    *,
    programme_id: int,
    purpose: str,
    text_nl: str,
    text_en: str,
    actor: str,
    at: datetime,
    version: str = "",
) -> ConsentText:
    """Publish the words for a purpose; from now on these are asked. The version is the day's.

    What was agreed to before stays agreed to in the words of then. Raises InvalidRequest for a
    purpose that we do not know, for words that are missing or too long, for those that hold now
    already, and for a version that was used.
    """
    _check(purpose, {"text_nl": text_nl, "text_en": text_en})
    if not Programme.objects.select_for_update().filter(pk=programme_id).exists():
        raise NotFound("There is no such programme.")
    now = current_texts(programme_id).get(purpose)
    if now is not None and (now.text_nl, now.text_en) == (text_nl.strip(), text_en.strip()):
        raise InvalidRequest("These are the words that hold already.", field="text_nl")
    text = ConsentText.objects.create(
        programme_id=programme_id,
        purpose=purpose,
        version=_free_version(programme_id, purpose, version, at),
        text_nl=text_nl.strip(),
        text_en=text_en.strip(),
        published_at=at,
        published_by=actor,
    )
    event = ConsentTextPublished(
        subject=None, occurred_at=at, purpose=purpose, version=text.version, actor=actor
    )
    publish(event, at=at)
    return text


def _check(purpose: str, texts: dict[str, str]) -> None:
    if purpose not in Purpose.values:
        raise InvalidRequest("We do not know this purpose.", field="purpose")
    for field, text in texts.items():
        if not text.strip() or len(text) > LONGEST_TEXT or "\x00" in text:
            raise InvalidRequest(f"Words are 1 to {LONGEST_TEXT} characters.", field=field)


def _free_version(programme_id: int, purpose: str, wanted: str, at: datetime) -> str:
    """The version asked for when it is free; else the day's, with a number when there are more."""
    used = set(
        ConsentText.objects.filter(programme_id=programme_id, purpose=purpose).values_list(
            "version", flat=True
        )
    )
    if wanted:
        if wanted in used or len(wanted) > 40:  # noqa: PLR2004  as wide as its column
            raise InvalidRequest("This version was published before.", field="version")
        return wanted
    day = at.date().isoformat()
    numbered = (f"{day}-{number}" for number in range(2, len(used) + 3))
    return next(version for version in (day, *numbered) if version not in used)


# --- Questions ---------------------------------------------------------------------------------


def current_texts(programme_id: int) -> dict[str, ConsentText]:
    """The words that hold for each purpose that has any."""
    latest = (
        ConsentText.objects.filter(programme_id=programme_id)
        .order_by("purpose", "-published_at", "-pk")
        .distinct("purpose")
    )
    return {text.purpose: text for text in latest}


def texts_shown(programme_id: int) -> dict[str, ShownText]:
    """What a member of the programme is asked, by the purpose, in the order of purposes.

    Where a programme has published nothing it asks the standard words, if there are any.
    """
    published = {
        purpose: ShownText(
            purpose=purpose, version=text.version, text={"nl": text.text_nl, "en": text.text_en}
        )
        for purpose, text in current_texts(programme_id).items()
    }
    standard = {
        purpose: ShownText(purpose=purpose, version=STANDARD_VERSION, text=text)
        for purpose, text in STANDARD.items()
    }
    known = standard | published
    return {purpose: known[purpose] for purpose in Purpose.values if purpose in known}


def versions_known(member_id: UUID, purpose: str) -> set[str]:
    """The versions published for the purpose by the programmes that the member takes part in.

    The standard words are among them; empty while none of the programmes published any.
    """
    texts = ConsentText.objects.filter(programme__memberships__member_id=member_id, purpose=purpose)
    return with_standard(purpose, set(texts.values_list("version", flat=True)))


def versions_of(programme_id: int) -> dict[str, set[str]]:
    """As `versions_known` for whoever joins the programme: by purpose, none that has no words."""
    rows = ConsentText.objects.filter(programme=programme_id).values_list("purpose", "version")
    found: dict[str, set[str]] = {}
    for purpose, version in rows:
        found.setdefault(purpose, set()).add(version)
    return {purpose: with_standard(purpose, versions) for purpose, versions in found.items()}


def with_standard(purpose: str, versions: set[str]) -> set[str]:
    """The versions that were published, if any, and the standard one, which may be about still."""
    return versions | {STANDARD_VERSION} if versions and purpose in STANDARD else versions


def words_of(programme_id: int) -> dict[tuple[str, str], Words]:
    """All that was ever published, by purpose and version."""
    rows = ConsentText.objects.filter(programme_id=programme_id)
    words = {(purpose, STANDARD_VERSION): text for purpose, text in STANDARD.items()}
    return words | {
        (row.purpose, row.version): {"nl": row.text_nl, "en": row.text_en} for row in rows
    }


_AGREED = """
SELECT purpose, text_version, count(DISTINCT member_id)
FROM (
    SELECT DISTINCT ON (c.member_id, c.purpose, c.channel)
           c.member_id, c.purpose, c.text_version, c.is_given
    FROM members_consent c
    JOIN members_membership m ON m.member_id = c.member_id AND m.programme_id = %s
    ORDER BY c.member_id, c.purpose, c.channel, c.recorded_at DESC, c.id DESC
) last
WHERE is_given GROUP BY 1, 2 ORDER BY 1, 2
"""


def agreed_to(programme_id: int) -> list[AgreedTo]:
    """How many members agreed to which version of which words, and did not withdraw it since."""
    with connection.cursor() as cursor:
        cursor.execute(_AGREED, [programme_id])
        return [
            AgreedTo(purpose=purpose, version=version, members=members)
            for purpose, version, members in cursor.fetchall()
        ]
