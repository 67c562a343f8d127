"""Imports beside what else is done with members: questions, merges, forgetting."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from loyalty.models import Account, Transfer
from members.models import Import, ImportPiece, ImportRow, Member, Membership, ProfileAnswer
from members.services.erasure import erase_member
from members.services.importing.asking import start_run
from members.services.importing.undoing import Preview, preview
from tests.loyalty.ledger.damage import differences
from tests.members.asking import question
from tests.members.imports import (
    ACTOR,
    Kind,
    carried_out,
    counts,
    problems,
    sheet,
    tried,
    uploaded,
    worked,
)
from tests.members.pairs import LATER, MUCH_LATER, OTHER_CARD, open_pair
from tests.members.shop import NOON, Shop

pytestmark = pytest.mark.django_db

DONE = Import.State.DONE


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


class TestAnswers:
    FILE = "email;jarig\na@x.nl;01-02-1990\nb@x.nl;not a day\nc@x.nl;\n"

    def test_of_live_questions_come_along(self, shop: Shop) -> None:
        question(shop)
        found = uploaded(shop.programme, self.FILE, answer__birthday="jarig")
        promised = problems(tried(found))
        assert not ProfileAnswer.objects.exists()
        assert counts(carried_out(found)) == (DONE, 2, 0, 1)
        assert problems(found) == promised
        assert promised == {3: "jarig: “not a day” is no date. Write 31-12-2026 or 2026-12-31."}
        kept = ProfileAnswer.objects.get()
        assert (kept.value, kept.source) == ("1990-02-01", "IMPORT")
        assert not Transfer.objects.exists()
        assert preview(import_id=found.pk, at=NOON) == Preview(2, {})

    def test_of_a_question_that_is_not_asked_are_refused(self, shop: Shop) -> None:
        question(shop, is_live=False)
        found = carried_out(uploaded(shop.programme, self.FILE, answer__birthday="jarig"))
        assert counts(found) == (DONE, 1, 0, 2)


class TestMerged:
    def test_the_same_balance_counts_once_also_after_a_merge(self) -> None:
        pair = open_pair()
        content = f"kaart;punten\n{OTHER_CARD.removeprefix('card:')};40\n"
        carried_out(uploaded(pair.shop.programme, content, Kind.BALANCES))
        pair.merge()
        again = uploaded(pair.shop.programme, content + "\n", Kind.BALANCES, at=MUCH_LATER)
        carried_out(again, at=MUCH_LATER)

        assert counts(again) == (DONE, 0, 1, 0)
        assert Account.objects.get(holder=pair.kept.holder, kind="MEMBER").balance == 40
        assert differences() == {}

    def test_a_merged_member_is_not_taken_back(self) -> None:
        pair = open_pair()
        found = carried_out(uploaded(pair.shop.programme, "email\na@x.nl\n"))
        new = Membership.objects.get(member__identifiers__value="a@x.nl")
        pair.merge(absorbed_id=new.member_id, at=LATER)
        assert preview(import_id=found.pk, at=LATER) == Preview(0, {"was_merged": 1})


class TestForgotten:
    def test_a_waiting_spreadsheet_with_them_in_it_goes(self, shop: Shop) -> None:
        rows = [["naam", "e-mail"], ["Anna", "ANNA@example.nl"]]
        found = uploaded(shop.programme, sheet(rows), name="leden.xlsx")
        other = uploaded(shop.programme, sheet([["e-mail"], ["b@x.nl"]]), name="b.xlsx")
        erase_member(member_id=shop.anna.member_id, reason="asked", actor="staff:1", at=NOON)

        assert not ImportPiece.objects.filter(of=found).exists()
        assert ImportPiece.objects.filter(of=other).exists()
        assert counts(found)[0] == Import.State.FAILED
        assert counts(other)[0] == Import.State.UPLOADED

    def test_what_a_refused_line_said_of_them_goes(self, shop: Shop) -> None:
        content = "email;kaart\nanna@example.nl;2990000000026\n"
        found = carried_out(uploaded(shop.programme, content))
        assert counts(found) == (DONE, 0, 0, 1)
        erase_member(member_id=shop.anna.member_id, reason="asked", actor="staff:1", at=NOON)
        assert not ImportRow.objects.exclude(said=None, problem="").exists()

    def test_one_who_was_brought_in_is_no_longer_there_to_take_back(self, shop: Shop) -> None:
        found = carried_out(uploaded(shop.programme, "email\na@x.nl\n"))
        new = Member.objects.get(identifiers__value="a@x.nl")
        later = NOON + timedelta(days=1)
        erase_member(member_id=new.pk, reason="asked", actor="staff:1", at=later)
        assert preview(import_id=found.pk, at=later) == Preview(0, {"is_gone": 1})


class TestQueries:
    @pytest.mark.parametrize(
        ("kind", "header", "line"),
        [
            (Kind.BALANCES, "email;punten", "m{n}@x.nl;5"),
            (Kind.HISTORY, "email;bon;datum;bedrag", "m{n}@x.nl;B{n};20-11-2026;10,00"),
        ],
    )
    def test_of_a_chunk_are_bounded(self, shop: Shop, kind: str, header: str, line: str) -> None:
        people = "".join(f"m{n}@x.nl\n" for n in range(400))
        carried_out(uploaded(shop.programme, "email\n" + people))
        rows = "".join(line.format(n=n) + "\n" for n in range(400))
        found = uploaded(shop.programme, f"{header}\n{rows}", kind)
        start_run(import_id=found.pk, actor=ACTOR, at=NOON)
        with CaptureQueriesContext(connection) as asked:
            worked(found)
        assert len(asked) <= 50
        assert counts(found) == (DONE, 400, 0, 0)
        assert differences() == {}
