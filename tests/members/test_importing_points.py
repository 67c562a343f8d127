"""Opening balances and history from a file: each line once, for ever, and taken back."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from loyalty.models import Account, Transfer
from loyalty.services.units import change_unit_expiry
from members.models import (
    Import,
    ImportRow,
    Member,
)
from members.services.importing.undoing import Preview, preview
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import bought, paid, record
from tests.members.imports import (
    ACTOR,
    Kind,
    carried_out,
    counts,
    problems,
    tried,
    undone,
    uploaded,
)
from tests.members.shop import NOON, Shop

DONE, TRIED, UNDONE = Import.State.DONE, Import.State.TRIED, Import.State.UNDONE


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


class TestBalances:
    FILE = (
        "kaartnummer;saldo;geldig tot\n"
        "2990000000019;1.250;31-12-2027\n"
        "2990000000019;100;\n"
        "2990000000026;5;\n"
    )

    def test_are_transfers_with_their_own_last_day(self, shop: Shop) -> None:
        found = carried_out(uploaded(shop.programme, self.FILE, Kind.BALANCES))

        assert counts(found) == (DONE, 2, 0, 1)
        assert problems(found) == {4: "Nobody has this: 2990000000026."}
        posted = Transfer.objects.filter(source="import").order_by("id")
        assert list(posted.values_list("kind", "points", "actor")) == [
            ("EARN", 1250, ACTOR),
            ("EARN", 100, ACTOR),
        ]
        assert posted[0].external_id == f"kleur:{shop.anna.holder}:points:until-20271231"
        assert posted[0].reasons[0]["name"] == {"nl": "Beginsaldo", "en": "Opening balance"}
        assert Account.objects.get(holder=shop.anna.holder, kind="MEMBER").balance == 1350
        assert differences() == {}

    def test_the_same_lines_again_are_the_same_transfers(self, shop: Shop) -> None:
        carried_out(uploaded(shop.programme, self.FILE, Kind.BALANCES))
        other = self.FILE.replace("kaartnummer", "email").replace(
            "2990000000019", "anna@example.nl"
        )
        again = carried_out(uploaded(shop.programme, other, Kind.BALANCES))
        assert counts(again) == (DONE, 0, 2, 1)
        assert Transfer.objects.filter(source="import").count() == 2

    def test_another_size_under_the_same_key_is_refused(self, shop: Shop) -> None:
        carried_out(uploaded(shop.programme, self.FILE, Kind.BALANCES))
        other = "kaartnummer;saldo\n2990000000019;101\n"
        again = carried_out(uploaded(shop.programme, other, Kind.BALANCES))
        assert counts(again) == (DONE, 0, 0, 1)
        assert "100 points" in problems(again)[2]
        assert Account.objects.get(holder=shop.anna.holder, kind="MEMBER").balance == 1350

    def test_a_try_promises_the_same_over_chunks(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("members.services.importing.running.CHUNK", 1)
        content = "kaart;punten\n2990000000019;7\n2990000000019;7\n2990000000019;8\n"
        found = uploaded(shop.programme, content, Kind.BALANCES)
        assert counts(tried(found)) == (TRIED, 1, 1, 1)
        assert not Transfer.objects.exists()
        assert counts(carried_out(found)) == (DONE, 1, 1, 1)

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("2990000000019;0;;", "no whole number of points"),
            ("2990000000019;-5;;", "no whole number of points"),
            ("2990000000019;1,5;;", "no whole number of points"),
            ("2990000000019;x;;", "is no number"),
            ("2990000000019;5;01-01-2020;", "is over"),
            ("2990000000019;5;;stars", "saves no “stars”"),
            ("2990000000019;99999999;;", "More than 10,000,000"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, shop: Shop, line: str, said: str) -> None:
        content = f"kaart;punten;vervaldatum;eenheid\n{line}\n"
        found = carried_out(uploaded(shop.programme, content, Kind.BALANCES))
        assert said in problems(found)[2]
        assert not Transfer.objects.exists()

    def test_undone_they_go_back_unless_spent(self, shop: Shop) -> None:
        found = carried_out(uploaded(shop.programme, self.FILE, Kind.BALANCES))
        record(shop, bought("r-1", 1, "10.00", points_paid=paid(50, "1.00")))
        assert preview(import_id=found.pk, at=NOON) == Preview(1, {"is_spent": 1})
        undone(found)
        back = Transfer.objects.get(source="import-undo")
        assert (back.kind, back.points) in {("RETURN", 100), ("RETURN", 1250)}
        assert len(problems(found)) == 2
        assert differences() == {}

    def test_what_was_taken_back_may_come_again(self, shop: Shop) -> None:
        undone(carried_out(uploaded(shop.programme, self.FILE, Kind.BALANCES)))
        assert Account.objects.get(holder=shop.anna.holder, kind="MEMBER").balance == 0
        again = carried_out(uploaded(shop.programme, self.FILE, Kind.BALANCES))
        assert counts(again) == (DONE, 2, 0, 1)
        assert Account.objects.get(holder=shop.anna.holder, kind="MEMBER").balance == 1350
        assert differences() == {}

    def test_a_member_may_go_whose_balance_was_taken_back(self, shop: Shop) -> None:
        people = carried_out(uploaded(shop.programme, "email\na@x.nl\n"))
        points = carried_out(uploaded(shop.programme, "email;punten\na@x.nl;10\n", Kind.BALANCES))
        assert preview(import_id=people.pk, at=NOON) == Preview(0, {"has_points": 1})
        undone(points)
        undone(people)
        assert Member.objects.count() == 1
        assert differences() == {}

    def test_sliding_points_live_from_the_day_they_were_earned(self, shop: Shop) -> None:
        change_unit_expiry(
            programme_id=shop.programme.pk,
            code="points",
            expiry={"kind": "inactivity", "months": 6},
            actor="test",
            at=NOON,
        )
        content = "kaart;punten;gespaard op\n2990000000019;10;01-10-2026\n"
        assert counts(carried_out(uploaded(shop.programme, content, Kind.BALANCES)))[1] == 1
        account = Account.objects.get(holder=shop.anna.holder, kind="MEMBER")
        assert account.lapses_at.date() == date(2027, 4, 1)
        assert differences() == {}


class TestHistory:
    FILE = (
        "kaart;bonnummer;datum;artikel;regelbedrag;categorie;winkel\n"
        "2990000000019;B1;20-11-2026 10:00;verf;30,00;paint;Utrecht\n"
        "2990000000019;B1;20-11-2026 10:00;kwast;5,00;;Utrecht\n"
        "2990000000019;B2;21-11-2026;behang;10,00;;\n"
    )

    def test_goes_through_the_rules_receipt_by_receipt(self, shop: Shop) -> None:
        found = carried_out(uploaded(shop.programme, self.FILE, Kind.HISTORY))
        assert counts(found) == (DONE, 3, 0, 0)
        made = ImportRow.objects.filter(of=found).order_by("number").values_list("made", flat=True)
        assert made[0] == made[1] != made[2]
        assert Account.objects.get(holder=shop.anna.holder, kind="MEMBER").balance == 75
        assert differences() == {}

    def test_without_points_no_rule_is_about_it(self, shop: Shop) -> None:
        found = uploaded(shop.programme, self.FILE, Kind.HISTORY, without_points="=yes")
        assert counts(carried_out(found)) == (DONE, 3, 0, 0)
        assert Account.objects.get(holder=shop.anna.holder, kind="MEMBER").balance == 0
        types = set(shop.anna.activities.values_list("type", flat=True))
        assert types == {"past_purchase"}
        assert differences() == {}

    def test_the_same_receipts_again_change_nothing(self, shop: Shop) -> None:
        carried_out(uploaded(shop.programme, self.FILE, Kind.HISTORY))
        again = uploaded(shop.programme, self.FILE + "\n", Kind.HISTORY)
        assert counts(tried(again)) == (TRIED, 0, 3, 0)
        assert counts(carried_out(again)) == (DONE, 0, 3, 0)
        assert shop.anna.activities.count() == 2

    def test_what_is_wrong_with_a_line_is_wrong_with_its_receipt(self, shop: Shop) -> None:
        content = self.FILE.replace("kwast;5,00", "kwast;five") + (
            "2990000000019;B3;21-11-2099;behang;1,00;;\n"
            "2990000000026;B4;21-11-2026;behang;1,00;;\n"
            "2990000000019;B2;21-11-2026;behang;11,00;;\n"
        )
        found = uploaded(shop.programme, content, Kind.HISTORY)
        promised = problems(tried(found))
        assert counts(carried_out(found)) == (DONE, 1, 0, 5)
        assert problems(found) == promised
        assert [said.partition(":")[0] for said in promised.values()] == [
            "regelbedrag", "regelbedrag", "datum", "Nobody has this", "bonnummer"
        ]  # fmt: skip

    def test_undone_it_is_returned(self, shop: Shop) -> None:
        found = carried_out(uploaded(shop.programme, self.FILE, Kind.HISTORY))
        assert preview(import_id=found.pk, at=NOON) == Preview(3, {})
        undone(found, at=NOON + timedelta(hours=1))
        assert ImportRow.objects.filter(of=found, outcome="UNDONE").count() == 3
        assert Account.objects.get(holder=shop.anna.holder, kind="MEMBER").balance == 0
        assert shop.anna.activities.filter(type="return").count() == 2
        assert differences() == {}
