"""Members from a file: tried, carried out, the same again, undone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from loyalty.errors import InvalidRequest
from loyalty.models import Account, OutboxEvent
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
from tests.members.deeds import bought, record
from tests.members.imports import (
    ACTOR,
    MEMBERS,
    VERSION,
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
