"""A colleague gives a sale without a member to who shows the receipt."""

import pytest

from loyalty.services.rulebook import current_rulebook
from members.models import Activity, GuestSale, MemberLook, Note
from members.services.enrolment import enrol_member
from members.services.guest_sales import keep_guest_sale
from members.types import ActivitySubmission, LineSubmission
from tests.console.conftest import NOON

LIST = "/console/members/guestsale/"


@pytest.fixture
def sale(programme) -> GuestSale:
    line = LineSubmission(product="Brush 5 cm", category="paint", amount="30.95")
    submission = ActivitySubmission(
        type="purchase", member="", source="till", external_id="t-4711", occurred_at=NOON,
        location="Utrecht", lines=(line,),
    )  # fmt: skip
    book = current_rulebook(programme_id=programme.pk)
    return keep_guest_sale(book=book, submission=submission, actor="api:till", at=NOON)[0]


@pytest.fixture
def anna(programme):
    return enrol_member(
        programme_id=programme.pk,
        identifiers=["email:anna@example.nl"],
        touchpoint="api",
        actor="test",
        at=NOON,
    )


class TestTheList:
    def test_finds_a_receipt_and_says_its_state(
        self, client, sign_in, sale, django_assert_max_num_queries
    ):
        sign_in("service desk")
        with django_assert_max_num_queries(14):
            page = client.get(LIST, {"q": "t-4711"}).text
        assert "t-4711" in page
        assert "Utrecht" in page
        assert "t-4711" not in client.get(LIST, {"q": "t-4712"}).text.replace('value="t-4712"', "")

    def test_is_not_for_marketers(self, client, sign_in, sale):
        sign_in("marketer")
        assert client.get(LIST).status_code == 403


class TestGiving:
    def test_books_it_as_the_members_own_with_a_note_and_a_look(self, client, sign_in, sale, anna):
        user = sign_in("service desk")
        page = f"{LIST}{sale.pk}/change/"
        assert "Brush 5 cm" in client.get(page).text

        said = {"member": "Anna@example.nl", "reason": "Showed the receipt"}
        answer = client.post(page, said)

        activity = Activity.objects.get()
        assert answer.headers["Location"].endswith(f"/members/member/{anna.member_id}/change/")
        assert (activity.membership, activity.external_id) == (anna, "t-4711")
        assert Note.objects.get().text == "till t-4711: Showed the receipt"
        assert MemberLook.objects.get(member=anna.member_id).actor == f"staff:{user.pk}"
        assert "Claimed" in client.get(page).text

    @pytest.mark.parametrize(
        "said", [{"member": "bo@example.nl", "reason": "x"}, {"member": "anna@example.nl"}]
    )
    def test_refuses_nobody_and_no_reason_and_books_nothing(
        self, client, sign_in, sale, anna, said
    ):
        sign_in("service desk")
        answer = client.post(f"{LIST}{sale.pk}/change/", said)
        assert answer.status_code == 200
        assert (Activity.objects.count(), Note.objects.count()) == (0, 0)
