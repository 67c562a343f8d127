"""Whatever a segment asks: matched member by member and compiled for all, it is the same."""

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.models import Activity, Membership, Preference, ProfileAnswer, ProfileField
from members.segments import matching
from members.segments.catalogue import Attribute, Kind, attributes
from members.segments.document import read_document
from members.services.activities import record_activity
from members.services.enrolment import enrol_member
from members.services.segments import compile_document, match_members
from members.types import ActivitySubmission
from tests.members.shop import NOON, open_shop

DAY = timedelta(days=1)
AT = NOON + 60 * DAY
KEYS = {
    "category": ["paint", "tools"],
    "purpose": ["OFFERS", "PROFILING"],
    "field": ["hobby", "birthday", "likes"],
    "type": ["purchase", "visit"],
    "unit": ["points"],
}
WORDS = ["nl", "en", "api", "poster", "paint", "tools", "EMAIL", "walls", "gold", "nothing"]
OPERANDS = {
    Kind.NUMBER: st.integers(-1, 40),
    Kind.MONEY: st.sampled_from(["0.00", "10.00", "12.50", "30.00"]),
    Kind.DATE: st.dates(AT.date() - 90 * DAY, AT.date()).map(str),
    Kind.MOMENT: st.dates(AT.date() - 90 * DAY, AT.date()).map(str),
    Kind.YES_NO: st.booleans(),
    Kind.TEXT: st.sampled_from(["Walls", "wall", "É", "q"]),
    Kind.CHOICE: st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
    Kind.CHOICES: st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
}


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, object]:
    known: Attribute = draw(st.sampled_from(attributes()))
    operator = draw(st.sampled_from(known.operators))
    part: dict[str, object] = {"attribute": known.key, "is": operator}
    names = [n for n in known.parameters if n in known.needs or draw(st.booleans())]
    part["with"] = {
        n: draw(st.integers(1, 90) if n == "days" else st.sampled_from(KEYS.get(n, WORDS)))
        for n in names
    }
    if operator in {"within_days", "longer_ago"}:
        part["value"] = draw(st.integers(0, 90))
    elif operator == "between":
        ends = [draw(OPERANDS[known.kind]) for _end in range(2)]
        part["value"] = sorted(ends)
    elif operator not in {"is_known", "is_unknown"}:
        part["value"] = draw(OPERANDS[known.kind])
    return part


trees = st.recursive(
    conditions(),
    lambda inner: (
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda of, no: {"except": {"of": of, "without": no}}, inner, inner)
    ),
    max_leaves=5,
)


def people() -> int:
    """A shop with a dozen members who differ in all that is asked; the programme's id."""
    shop = open_shop()
    field = {"programme": shop.programme, "keep_days": 99, "state": "LIVE", "created_at": NOON}
    asked = [
        ProfileField.objects.create(key=key, kind=kind, label_nl=key, label_en=key, **field)
        for key, kind in (("hobby", "TEXT"), ("birthday", "DATE"), ("likes", "CHOICES"))
    ]
    answers = [["Walls", "éclat"], ["1980-01-23", "2001-12-31"], [["paint"], ["tools", "paint"]]]
    for n in range(12):
        member = enrol_member(
            programme_id=shop.programme.pk,
            identifiers=[f"email:m{n}@example.nl"],
            given_name="M",
            touchpoint=("api", "poster")[n % 2],
            actor="test",
            at=NOON + n * 3 * DAY,
        )
        for of, (said, values) in enumerate(zip(asked, answers, strict=True)):
            if (n >> of) % 2:
                value = values[n % 2]
                ProfileAnswer.objects.create(
                    member_id=member.member_id, field=said, value=value, source="API",
                    answered_at=NOON,
                )  # fmt: skip
        if n % 3 == 0:
            Preference.objects.create(
                membership=member, kind="CATEGORY", key="paint", source="ASKED", said_at=NOON
            )
        buy(shop, n)
    return shop.programme.pk


def buy(shop, n: int) -> None:
    for time in range(n % 4):
        record_activity(
            book=shop.book,
            submission=ActivitySubmission(
                type="purchase",
                member=f"email:m{n}@example.nl",
                external_id=f"r{n}-{time}",
                occurred_at=NOON + (n * 3 + time * 7) * DAY,
                amount=("10.00", "12.50")[time % 2],
            ),
            actor="test",
            at=NOON + 59 * DAY,
        )


@pytest.fixture
def programme(db) -> int:
    return people()


def both_ways(document: object, programme_id: int) -> tuple[set[int], set[int]]:
    tree = read_document(document)
    ids = list(Membership.objects.filter(programme_id=programme_id).values_list("pk", flat=True))
    statement, params = compile_document(tree, programme_id, AT)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        compiled = {row[0] for row in cursor.fetchall()}
    known = match_members(tree, ids, AT)
    return compiled, {pk for pk, match in known.items() if match.is_in}


class TestBothWays:
    @settings(
        max_examples=300,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(document=trees)
    def test_agree_for_every_member(self, programme: int, document: object):
        compiled, matched = both_ways(document, programme)

        assert compiled == matched

    def test_would_be_told_apart_if_one_operator_were_wrong(
        self, programme: int, monkeypatch: pytest.MonkeyPatch
    ):
        wrong = dict(matching._COMPARED, at_least=lambda found, value: found > value)
        monkeypatch.setattr(matching, "_COMPARED", wrong)
        different = [
            figure
            for figure in range(4)
            if len(set(map(frozenset, both_ways(
                {"attribute": "purchases.count", "is": "at_least", "value": figure}, programme
            )))) > 1
        ]  # fmt: skip

        assert different == [0, 1, 2, 3]
        assert Activity.objects.exists()
