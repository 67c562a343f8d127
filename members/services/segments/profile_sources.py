"""Attributes about who a member is: how they joined, what they answered, agreed to and like."""

from members.segments.catalogue import Attribute, Kind
from members.services.segments.sources import add_attribute

_WHO = {"nl": "Wie het is", "en": "Who they are"}
_JOINED = {"nl": "Hoe ze erbij kwamen", "en": "How they joined"}
_SAID = {"nl": "Wat ze zeiden", "en": "What they told us"}
_MAY = {"nl": "Wat ze goed vonden", "en": "What they agreed to"}
_ANSWER = """
    SELECT w.id, {value} FROM who w
    JOIN members_profileanswer a ON a.member_id = w.member_id
    JOIN members_profilefield f ON f.id = a.field_id AND f.programme_id = %(programme)s
        AND f.key = (%(field)s::text[])[1] AND f.kind = {kind} AND f.state <> 'STOPPED'
"""
_BIRTHDAY = """
    SELECT w.id, {value} FROM who w
    JOIN members_profileanswer a ON a.member_id = w.member_id
    JOIN members_profilefield f ON f.id = a.field_id AND f.programme_id = %(programme)s
        AND f.key = 'birthday' AND f.kind = 'DATE' AND f.state <> 'STOPPED'
"""
_CONSENT = """
    SELECT w.id, l.is_given FROM who w JOIN (
        SELECT DISTINCT ON (c.member_id) c.member_id, c.is_given FROM members_consent c
        WHERE c.purpose = (%(purpose)s::text[])[1] AND c.channel IN ({channel}'ANY')
          AND c.member_id IN (SELECT n.member_id FROM who n)
        ORDER BY c.member_id, c.recorded_at DESC, (c.channel <> 'ANY') DESC, c.id DESC
    ) l ON l.member_id = w.member_id
"""
_VERIFIED = """
    SELECT w.id, array_agg(DISTINCT i.kind::text) FROM who w
    JOIN members_identifier i ON i.member_id = w.member_id
    WHERE i.blocked_at IS NULL AND {known} GROUP BY w.id
"""
_LIKED = """
    SELECT w.id, array_agg(p.key::text) FROM who w
    JOIN members_preference p ON p.membership_id = w.id
    WHERE p.kind = '{kind}' AND p.is_liked = {liked} GROUP BY w.id
"""
_IN = """
    SELECT w.id, array_agg(DISTINCT g.segment::text) FROM who w
    JOIN members_segmentmembership g ON g.membership_id = w.id
    WHERE g.since <= %(at)s AND (g.until IS NULL OR g.until > %(at)s) GROUP BY w.id
"""


def register() -> None:
    """Add them to the catalogue."""
    _register_person()
    _register_joining()
    _register_answers()
    _register_consent()


def _register_person() -> None:
    _add("language", Kind.CHOICE, _WHO, ("taal", "language"), "SELECT w.id, w.language FROM who w")
    age = "date_part('year', age(%(today)s, (a.value #>> '{}')::date))::int"
    _add("age", Kind.NUMBER, _WHO, ("leeftijd", "age"), _BIRTHDAY.format(value=age))
    month = "date_part('month', (a.value #>> '{}')::date)::int"
    _add(
        "birthday.month",
        Kind.NUMBER,
        _WHO,
        ("maand van de verjaardag", "month of their birthday"),
        _BIRTHDAY.format(value=month),
    )
    for key, known, words in (
        ("identifiers", "true", ("bereikbaar via", "can be found by")),
        ("identifiers.verified", "i.verified_at IS NOT NULL", ("bevestigd", "verified")),
    ):
        _add(key, Kind.CHOICES, _WHO, words, _VERIFIED.format(known=known))
    _add("segment", Kind.CHOICES, _WHO, ("segment", "segment"), _IN)


def _register_joining() -> None:
    for key, column, words in (
        ("joined.channel", "joined_through", ("kwam erbij via", "joined through")),
        ("joined.location", "joined_location", ("kwam erbij in", "joined at")),
        ("joined.campaign", "joined_campaign", ("kwam door campagne", "joined by campaign")),
    ):
        text = f"SELECT w.id, nullif(w.{column}, '') FROM who w"  # noqa: S608  own words
        _add(key, Kind.CHOICE, _JOINED, words, text)
    _add(
        "joined",
        Kind.MOMENT,
        _JOINED,
        ("lid sinds", "joined"),
        "SELECT w.id, w.joined_at FROM who w",
    )


def _register_answers() -> None:
    plain = "a.value #>> '{}'"
    for name, kind, value, field_kind, words in (
        ("text", Kind.TEXT, plain, "'TEXT'", ("antwoord (tekst)", "answer (text)")),
        (
            "number",
            Kind.NUMBER,
            f"({plain})::numeric",
            "'NUMBER'",
            ("antwoord (getal)", "answer (number)"),
        ),
        ("date", Kind.DATE, f"({plain})::date", "'DATE'", ("antwoord (datum)", "answer (date)")),
        ("yes_no", Kind.YES_NO, f"({plain})::boolean", "'YES_NO'", ("antwoord ja", "answered yes")),
        ("choice", Kind.CHOICE, plain, "'CHOICE'", ("antwoord (keuze)", "answer (choice)")),
        (
            "choices",
            Kind.CHOICES,
            "ARRAY(SELECT jsonb_array_elements_text(a.value))",
            "'CHOICES'",
            ("antwoorden (keuzes)", "answers (choices)"),
        ),
    ):
        source = _ANSWER.format(value=value, kind=field_kind)
        _add(f"profile.{name}", kind, _SAID, words, source, needs=("field",))
    for key, of, liked, words in (
        ("preferences.category", "CATEGORY", True, ("houdt van (categorie)", "likes (category)")),
        ("preferences.brand", "BRAND", True, ("houdt van (merk)", "likes (brand)")),
        ("preferences.store", "STORE", True, ("winkel van voorkeur", "preferred shop")),
        ("preferences.disliked", "CATEGORY", False, ("wil niets van", "wants nothing of")),
    ):
        _add(key, Kind.CHOICES, _SAID, words, _LIKED.format(kind=of, liked=liked))


def _register_consent() -> None:
    add_attribute(
        Attribute(
            key="consent",
            kind=Kind.YES_NO,
            words={"nl": "gaf toestemming", "en": "agreed"},
            group=_MAY,
            parameters=("purpose", "channel"),
            needs=("purpose",),
        ),
        lambda given: _CONSENT.format(
            channel="(%(channel)s::text[])[1], " if "channel" in given else ""
        ),
    )


def _add(
    key: str,
    kind: Kind,
    group: dict[str, str],
    words: tuple[str, str],
    source: str,
    *,
    needs: tuple[str, ...] = (),
) -> None:
    said = {"nl": words[0], "en": words[1]}
    add_attribute(
        Attribute(key=key, kind=kind, words=said, group=group, parameters=needs, needs=needs),
        source,
    )
