"""An import through its pages: uploaded, its columns named, tried, carried out, taken back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Programme
from members.models import Consent, Import, ImportPiece, Member, Membership
from members.services.importing.running import work_on

LIST = "/console/members/import/"
ADD = f"{LIST}add/"
FILE = (
    "E-mailadres;Klantnummer;Voornaam;Nieuwsbrief\n"
    "bram@example.nl;K1;Bram;ja\n"
    "wrong;K2;<b>Cato</b>;nee\n"
    "dirk@example.nl;K3;Dirk;nee\n"
)
COLUMNS = {
    "email": "E-mailadres",
    "given_name": "Voornaam",
    "ext": "Klantnummer",
    "ext__system": "kassa",
    "consent:OFFERS": "Nieuwsbrief",
    "consent_version__fixed": "2026-1",
}


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def upload(
    client: Client, content: str = FILE, *, kind: str = "MEMBERS", name: str = "leden.csv"
) -> Any:
    file = SimpleUploadedFile(name, content.encode(), content_type="text/csv")
    return client.post(ADD, {"kind": kind, "file": file}, follow=True)


def work(found: Import) -> None:
    work_on(import_id=found.pk, clock=timezone.now)
    found.refresh_from_db()


@pytest.fixture
def signed_in(client: Client, sign_in: Callable[..., Any]) -> Client:
    sign_in("administrator")
    return client


@pytest.fixture
def found(signed_in: Client) -> Import:
    upload(signed_in)
    return Import.objects.get()


@pytest.fixture
def tried(signed_in: Client, found: Import) -> Import:
    signed_in.post(f"{LIST}{found.pk}/columns/", COLUMNS)
    work(found)
    return found


@pytest.fixture
def done(signed_in: Client, tried: Import) -> Import:
    signed_in.post(f"{LIST}{tried.pk}/run/")
    work(tried)
    return tried


class TestUploading:
    def test_leads_to_the_columns_with_those_that_we_know(self, signed_in: Client) -> None:
        page = upload(signed_in)
        found = Import.objects.get()
        assert page.redirect_chain[-1][0] == f"{LIST}{found.pk}/columns/"
        form = page.context["form"]
        assert form["email"].value() == "E-mailadres"
        assert form["consent:OFFERS"].value() == "Nieuwsbrief"
        assert "&lt;b&gt;Cato&lt;/b&gt;" in text(page)
        assert 'aria-current="step">Columns' in text(page)

    def test_the_same_file_leads_to_what_came_of_it(self, signed_in: Client, done: Import) -> None:
        page = upload(signed_in)
        assert "This file was uploaded before" in text(page)
        assert page.redirect_chain[-1][0] == f"{LIST}{done.pk}/change/"
        assert Import.objects.count() == 1

    def test_what_is_no_table_is_said_at_the_field(self, signed_in: Client) -> None:
        assert "The file has a header and no lines" in text(upload(signed_in, "email\n"))
        assert "This field is required." in text(signed_in.post(ADD, {"kind": "MEMBERS"}))
        assert not Import.objects.exists()

    @pytest.mark.parametrize("role", ["marketer", "service desk", "finance", "cashier"])
    def test_is_for_administrators_alone(
        self, client: Client, sign_in: Callable[..., Any], role: str
    ) -> None:
        sign_in(role)
        assert client.get(LIST).status_code == 403
        assert upload(client).status_code == 403
        assert not ImportPiece.objects.exists()

    def test_no_step_of_it_is_for_another_role(
        self, client: Client, sign_in: Callable[..., Any], done: Import
    ) -> None:
        sign_in("service desk")
        for step in ("columns", "run", "undo", "refused", "change"):
            assert client.get(f"{LIST}{done.pk}/{step}/").status_code == 403
            assert client.post(f"{LIST}{done.pk}/{step}/", COLUMNS).status_code == 403
        assert Member.objects.count() == 2


class TestColumns:
    def test_a_choice_starts_a_try(self, signed_in: Client, found: Import) -> None:
        signed_in.post(f"{LIST}{found.pk}/columns/", COLUMNS)
        found.refresh_from_db()
        assert found.state == Import.State.TRYING
        assert found.mapping == {
            "email": "E-mailadres",
            "ext:kassa": "Klantnummer",
            "given_name": "Voornaam",
            "consent:OFFERS": "Nieuwsbrief",
            "consent_version": "=2026-1",
        }
        page = text(signed_in.get(f"{LIST}{found.pk}/change/"))
        assert "Waiting for its turn." in page
        assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
        assert 'hx-trigger="every 2s"' in page

    @pytest.mark.parametrize(
        ("changed", "complaint"),
        [
            ({"consent_version__fixed": ""}, "Say which text the members agreed to."),
            ({"email": "", "ext": ""}, "Choose at least one column"),
            ({"ext__system": ""}, "nothing called"),
            ({"email": "Elsewhere"}, "Select a valid choice."),
        ],
    )
    def test_one_that_will_not_do_is_said(
        self, signed_in: Client, found: Import, changed: dict[str, str], complaint: str
    ) -> None:
        page = signed_in.post(f"{LIST}{found.pk}/columns/", COLUMNS | changed)
        assert complaint in text(page)
        found.refresh_from_db()
        assert found.state == Import.State.UPLOADED


class TestTrying:
    def test_tells_what_would_happen_and_writes_nothing(
        self, signed_in: Client, tried: Import
    ) -> None:
        page = text(signed_in.get(f"{LIST}{tried.pk}/change/"))
        assert "This is what would happen. Nothing has been written yet." in page
        assert "E-mailadres: “wrong” is no e-mail address." in page
        assert not Member.objects.exists()
        asked = text(signed_in.get(f"{LIST}{tried.pk}/run/"))
        assert "2 lines are new, 0 are known already and change nothing." in asked
        assert "1 line is refused" in asked
        tried.refresh_from_db()
        assert tried.state == Import.State.TRIED

    def test_once_over_a_script_is_told_to_show_the_whole_page(
        self, signed_in: Client, tried: Import
    ) -> None:
        page = signed_in.get(f"{LIST}{tried.pk}/change/", headers={"HX-Request": "true"})
        assert page.headers["HX-Refresh"] == "true"


class TestRunning:
    def test_brings_them_in(self, signed_in: Client, done: Import) -> None:
        assert done.state == Import.State.DONE
        assert set(Member.objects.values_list("given_name", flat=True)) == {"Bram", "Dirk"}
        assert Consent.objects.count() == 2
        page = text(signed_in.get(f"{LIST}{done.pk}/change/"))
        assert "Imported on" in page
        assert "Download the refused lines" in page

    def test_refused_lines_can_be_downloaded(self, signed_in: Client, done: Import) -> None:
        answer = signed_in.get(f"{LIST}{done.pk}/refused/")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        told = b"".join(answer.streaming_content).decode()
        assert told.splitlines()[1].startswith("wrong;K2;<b>Cato</b>;nee;E-mailadres: “wrong”")

    def test_what_failed_says_so_and_can_go_on(self, signed_in: Client, tried: Import) -> None:
        Import.objects.update(state=Import.State.FAILED, problem="failed|KeyError", rows_done=1)
        page = text(signed_in.get(f"{LIST}{tried.pk}/change/"))
        assert "It came to a stop by an error of ours: KeyError." in page
        assert "1 line is in; it can go on from there." in page
        signed_in.post(f"{LIST}{tried.pk}/run/")
        tried.refresh_from_db()
        assert (tried.state, tried.rows_done) == (Import.State.RUNNING, 1)

    @pytest.mark.parametrize("language", ["nl", "en"])
    def test_opens_in_both_languages_in_few_queries(
        self,
        signed_in: Client,
        done: Import,
        django_assert_max_num_queries: DjangoAssertNumQueries,
        language: str,
    ) -> None:
        signed_in.cookies["django_language"] = language
        with django_assert_max_num_queries(12):
            assert signed_in.get(f"{LIST}{done.pk}/change/").status_code == 200
        with django_assert_max_num_queries(12):
            assert "leden.csv" in text(signed_in.get(LIST))


class TestTakingBack:
    def test_says_before_what_goes_and_asks_why(self, signed_in: Client, done: Import) -> None:
        page = f"{LIST}{done.pk}/undo/"
        assert "Of the members that are new by it 2 go, for good." in text(signed_in.get(page))
        assert "This field is required." in text(signed_in.post(page, {"reason": ""}))
        done.refresh_from_db()
        assert done.state == Import.State.DONE

        signed_in.post(page, {"reason": "The wrong list"})
        work(done)
        assert (done.state, done.undo_reason) == (Import.State.UNDONE, "The wrong list")
        assert not Membership.objects.exists()
        assert "“The wrong list”" in text(signed_in.get(f"{LIST}{done.pk}/change/"))


class TestProgrammes:
    def test_an_import_is_the_programmes_that_is_looked_at(
        self, signed_in: Client, found: Import, programme: Programme
    ) -> None:
        assert found.programme_id == programme.pk
