"""Members from a file: tried, carried out, the same again, undone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from loyalty.errors import InvalidRequest
from loyalty.models import Account, OutboxEvent, Transfer
from loyalty.services.units import change_unit_expiry
from members.models import (
    Consent,
    Identifier,
    Import,
    ImportPiece,
    ImportRow,
    Member,
    Membership,
    Note,
)
from members.services.importing.asking import choose_columns, start_run, start_undo
from members.services.importing.keeping import drop_old, refused_lines
from members.services.importing.refused import ImportNotReady, MappingRefused
from members.services.importing.undoing import Preview, preview
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import bought, paid, record
from tests.members.imports import (
    ACTOR,
    MEMBERS,
    VERSION,
    Kind,
    carried_out,
    counts,
    problems,
    tried,
    undone,
    uploaded,
    worked,
)
from tests.members.shop import NOON, Shop, open_shop

DONE, TRIED, UNDONE = Import.State.DONE, Import.State.TRIED, Import.State.UNDONE


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


class TestUpload:
    def test_keeps_the_file_and_guesses_columns_from_dutch_names(self, shop: Shop) -> None:
        found = uploaded(shop.programme, MEMBERS)

        assert found.mapping == {
            "card": "Kaartnummer",
            "email": "E-mailadres",
            "phone": "Telefoon",
            "given_name": "Voornaam",
            "family_name": "Achternaam",
            "language": "Taal",
            "joined_on": "Lid sinds",
            "consent:OFFERS": "Nieuwsbrief",
        }
        assert bytes(ImportPiece.objects.get().content) == MEMBERS.encode()
        assert Member.objects.count() == 1

    def test_the_same_file_is_the_same_import(self, shop: Shop) -> None:
        first = uploaded(shop.programme, MEMBERS)
        again = uploaded(shop.programme, MEMBERS, name="copy.csv")

        assert again.pk == first.pk
        assert (Import.objects.count(), ImportPiece.objects.count()) == (1, 1)

    def test_the_same_file_is_another_import_for_another_programme(self, shop: Shop) -> None:
        other = open_shop("elsewhere", card="card:2990000000033", email="email:x@example.nl")
        first = uploaded(shop.programme, MEMBERS)
        assert uploaded(other.programme, MEMBERS).pk != first.pk


class TestColumns:
    @pytest.mark.parametrize(
        ("mapping", "field", "said"),
        [
            ({"email": "Nowhere"}, "email", "The file has no column “Nowhere”."),
            ({"given_name": "Voornaam"}, "card", "Choose at least one column"),
            ({"email": "E-mailadres", "shoes": "Taal"}, "shoes", "nothing called “shoes”"),
            ({"email": "=x@example.nl"}, "email", "This fixed value cannot be right"),
            (
                {"email": "E-mailadres", "consent:OFFERS": "Nieuwsbrief"},
                "consent_version",
                "Say which text",
            ),
        ],
    )
    def test_refuses_a_choice_that_cannot_be_carried_out(
        self, shop: Shop, mapping: dict[str, str], field: str, said: str
    ) -> None:
        found = uploaded(shop.programme, MEMBERS)
        before = found.mapping
        with pytest.raises(MappingRefused, match=said) as refusal:
            choose_columns(import_id=found.pk, mapping=mapping)
        found.refresh_from_db()
        assert (refusal.value.field, found.mapping) == (field, before)

    def test_a_try_needs_a_choice_that_will_do(self, shop: Shop) -> None:
        found = uploaded(shop.programme, MEMBERS)
        with pytest.raises(MappingRefused, match="Say which text"):
            start_run(import_id=found.pk, actor=ACTOR, at=NOON)
        found.refresh_from_db()
        assert found.state == Import.State.UPLOADED


class TestMembers:
    def test_are_who_the_file_says(self, shop: Shop) -> None:
        found = carried_out(uploaded(shop.programme, MEMBERS, **VERSION, campaign="=jubilee"))

        assert counts(found) == (DONE, 2, 0, 0)
        bram = Member.objects.get(given_name="Bram")
        place = Membership.objects.get(member=bram)
        assert (place.joined_through, place.joined_campaign) == ("import", "jubilee")
        assert place.joined_at == datetime(2020, 1, 31, 23, tzinfo=UTC)
        assert set(bram.identifiers.values_list("kind", "value")) == {
            ("CARD", "2990000000026"),
            ("EMAIL", "bram@example.nl"),
            ("PHONE", "+31612345678"),
        }
        cato = Member.objects.get(given_name="Cato")
        assert (cato.family_name, cato.language) == ("Çelik", "en")
        consents = Consent.objects.order_by("member__given_name")
        assert list(
            consents.values_list("purpose", "channel", "is_given", "text_version", "actor")
        ) == [("OFFERS", "ANY", True, "2026-1", ACTOR), ("OFFERS", "ANY", False, "2026-1", ACTOR)]
        assert not ImportPiece.objects.exists()
        assert differences() == {}

    def test_a_try_writes_nothing_and_promises_what_happens(self, shop: Shop) -> None:
        content = MEMBERS + "bram@example.nl;;Bram;;;;;\nnobody;;;;;;;\n"
        found = tried(uploaded(shop.programme, content, **VERSION))
        promised = (found.rows_new, found.rows_known, found.rows_refused), problems(found)

        assert counts(found)[0] == TRIED
        assert Member.objects.count() == 1
        assert not OutboxEvent.objects.filter(payload__touchpoint="import").exists()
        assert ImportRow.objects.count() == 1

        done = carried_out(found)
        assert ((done.rows_new, done.rows_known, done.rows_refused), problems(done)) == promised
        assert promised == (
            (2, 1, 1),
            {5: "E-mailadres: “nobody” is no e-mail address."},
        )

    def test_a_try_sees_what_earlier_chunks_would_have_made(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("members.services.importing.running.CHUNK", 1)
        content = "email;kaart\na@x.nl;\nb@x.nl;\na@x.nl;\nb@x.nl;2990000000026\n"
        found = uploaded(shop.programme, content)
        assert counts(tried(found)) == (TRIED, 2, 1, 1)
        promised = problems(found)
        assert counts(carried_out(found)) == (DONE, 2, 1, 1)
        assert problems(found) == promised
        assert promised[5].startswith("email: “b@x.nl” belongs to another member already.")

    def test_the_same_lines_in_another_file_change_nothing(self, shop: Shop) -> None:
        carried_out(uploaded(shop.programme, MEMBERS, **VERSION))
        before = Member.objects.count(), Identifier.objects.count(), Consent.objects.count()
        first, *lines = MEMBERS.splitlines(keepends=True)
        again = carried_out(uploaded(shop.programme, first + "".join(reversed(lines)), **VERSION))

        assert counts(again) == (DONE, 0, 2, 0)
        after = Member.objects.count(), Identifier.objects.count(), Consent.objects.count()
        assert after == before

    def test_one_that_collides_is_refused_and_harms_no_other(self, shop: Shop) -> None:
        content = (
            "email;kaart;klantnr\n"
            "anna@example.nl;2990000000026;\n"  # Anna's address, somebody's card
            "dirk@example.nl;;D-1\n"
            "dirk@example.nl;2990000000019;\n"  # Dirk's address, Anna's card
        )
        found = carried_out(uploaded(shop.programme, content, ext__till="klantnr"))

        assert counts(found) == (DONE, 1, 0, 2)
        said = problems(found)
        assert said[2].startswith("email: “anna@example.nl” belongs to another member already.")
        assert said[4] == (
            "kaart: These point to two different members: 2990000000019, dirk@example.nl."
        )
        assert Identifier.objects.filter(kind="EXTERNAL", system="till", value="D-1").count() == 1

    def test_what_is_wrong_is_said_by_column(self, shop: Shop) -> None:
        content = (
            "email;taal;lid sinds;kaart;telefoon\n"
            "a@x.nl;klingon;;;\n"
            "b@x.nl;;31-02-2020;;\n"
            "c@x.nl;;01-01-2099;;\n"
            ";;;;\n"
            ";nl;;;\n"
            "d@x.nl;;;2,99E+12;\n"
            "e@x.nl;;;2990000000018;\n"
            "f@x.nl;;;;12\n"
            "g\x00@x.nl;;;;\n"
            "h@x.nl;;;;;;extra\n"
        )
        found = carried_out(uploaded(shop.programme, content))
        assert {number: said.partition(":")[0] for number, said in problems(found).items()} == {
            2: "taal",
            3: "lid sinds",
            4: "lid sinds",
            6: "kaart",
            7: "kaart",
            8: "kaart",
            9: "telefoon",
            10: "email",
            11: "The line has more cells than the header",
        }
        assert "shortened by Excel" in problems(found)[7]

    def test_numbers_that_a_spreadsheet_changed_are_mended(self, shop: Shop) -> None:
        content = "kaart;mobiel\n2.990000000026E+12;612345678\n2990000000033.0;31698765432\n"
        carried_out(uploaded(shop.programme, content))
        made = Identifier.objects.exclude(member=shop.anna.member).order_by("kind", "value")
        assert list(made.values_list("value", flat=True)) == [
            "2990000000026",
            "2990000000033",
            "+31612345678",
            "+31698765432",
        ]

    def test_a_chunk_takes_a_bounded_number_of_queries(
        self, shop: Shop, django_assert_max_num_queries
    ) -> None:
        rows = "".join(f"m{n}@x.nl;{n}\n" for n in range(800))
        found = uploaded(shop.programme, "email;klantnr\n" + rows, ext__till="klantnr")
        start_run(import_id=found.pk, actor=ACTOR, at=NOON)
        with django_assert_max_num_queries(50):
            worked(found)
        assert counts(found) == (DONE, 800, 0, 0)


class TestRefusedLines:
    def test_come_back_as_a_file_that_can_be_mended(self, shop: Shop) -> None:
        content = "email;naam;telefoon\nwrong;\"=cmd|' /C calc'!A0\";+31612345678\n"
        found = carried_out(uploaded(shop.programme, content))
        told = "".join(refused_lines(found.pk))

        assert told.startswith("\ufeffemail;naam;telefoon;what is wrong\r\n")
        assert "wrong;'=cmd|' /C calc'!A0;'+31612345678;email: “wrong”" in told
        mended = told.replace("wrong;'", "right@x.nl;'", 1)
        done = carried_out(uploaded(shop.programme, mended))
        assert counts(done) == (DONE, 1, 0, 0)
        made = Member.objects.get(identifiers__value="right@x.nl")
        assert made.family_name == "=cmd|' /C calc'!A0"
        assert made.identifiers.filter(value="+31612345678").exists()

    def test_are_forgotten_after_a_month(self, shop: Shop) -> None:
        found = carried_out(uploaded(shop.programme, "email\nwrong\n"))
        left = uploaded(shop.programme, "email\nleft@x.nl\n")
        assert drop_old(at=NOON + timedelta(days=29)) == 0
        assert drop_old(at=NOON + timedelta(days=31)) == 2
        assert not ImportRow.objects.exists()
        assert not ImportPiece.objects.filter(of=left).exists()
        assert counts(found) == (DONE, 0, 0, 1)


class TestUndo:
    def test_members_go_who_did_nothing_since(self, shop: Shop) -> None:
        found = carried_out(uploaded(shop.programme, MEMBERS, **VERSION))
        assert preview(import_id=found.pk, at=NOON) == Preview(2, {})
        assert Member.objects.count() == 3

        undone(found)
        assert counts(found)[0] == UNDONE
        assert list(Member.objects.all()) == [shop.anna.member]
        assert Identifier.objects.filter(member=shop.anna.member).count() == 2
        assert Identifier.objects.count() == 2
        assert found.undo_reason == "The wrong file"
        assert Account.objects.filter(kind="MEMBER", closed_at=None).count() == 1
        assert differences() == {}

    def test_who_did_something_stays_and_it_says_why(self, shop: Shop) -> None:
        content = "email\na@x.nl\nb@x.nl\nc@x.nl\n"
        found = carried_out(uploaded(shop.programme, content))
        record(shop, bought("r-1", 1, "10.00", member="email:a@x.nl"))
        noted = Member.objects.get(identifiers__value="b@x.nl")
        Note.objects.create(member=noted, text="Called", author="staff:1", written_at=NOON)

        assert preview(import_id=found.pk, at=NOON) == Preview(
            1, {"has_activities": 1, "was_changed": 1}
        )
        undone(found)
        assert problems(found) == {
            2: "Has bought or done something since.",
            3: "Was changed since: there is something on the member's page now.",
        }
        assert not Identifier.objects.filter(value="c@x.nl").exists()
        assert Identifier.objects.filter(value="a@x.nl").exists()
        assert differences() == {}

    def test_the_same_file_may_come_again_afterwards(self, shop: Shop) -> None:
        first = undone(carried_out(uploaded(shop.programme, MEMBERS, **VERSION)))
        again = carried_out(uploaded(shop.programme, MEMBERS, **VERSION))
        assert again.pk != first.pk
        assert counts(again) == (DONE, 2, 0, 0)

    def test_needs_a_reason_and_something_done(self, shop: Shop) -> None:
        found = uploaded(shop.programme, MEMBERS, **VERSION)
        with pytest.raises(InvalidRequest):
            start_undo(import_id=found.pk, reason=" ", actor=ACTOR, at=NOON)
        with pytest.raises(ImportNotReady):
            start_undo(import_id=found.pk, reason="Why not", actor=ACTOR, at=NOON)
        found.refresh_from_db()
        assert found.state == Import.State.UPLOADED


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
