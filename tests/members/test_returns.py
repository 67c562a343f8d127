import pytest

from loyalty.models import Account, Lot, Transfer
from members.errors import ReturnExceedsSale, ReturnOfAnothersSale, ReturnOfReturn
from members.models import Activity
from members.services.enrolment import enrol_member
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import balance, bought, paid, part, record, returned, revisions
from tests.members.shop import NOON


class TestReturn:
    def test_of_the_whole_takes_back_exactly_what_was_earned(self, shop):
        record(shop, bought("b-1", 1, "30.00", "30.00"))

        answer = record(shop, returned("r-1", "b-1", 2))

        assert balance(shop) == 0
        assert answer.award.points == -110
        assert answer.balance == 0
        assert revisions() == [("b-1", 1, 0)]
        assert differences() == {}

    def test_of_a_line_judges_what_is_kept_by_the_same_rules(self, shop):
        record(shop, bought("b-1", 1, "30.00", "30.00"))

        answer = record(shop, returned("r-1", "b-1", 2, part(2)))

        assert balance(shop) == 30  # the fifty for a basket of 50 went too
        assert answer.award.points == -80
        assert answer.award.line_points == (-30,)
        assert answer.award.loose_points == -50
        assert differences() == {}

    def test_in_any_parts_ends_at_nothing(self, shop):
        record(shop, bought("b-1", 1, "10.00", lines=(part_of_three(),)))
        before = balance(shop)

        kept = [record(shop, returned(f"r-{n}", "b-1", 1 + n, part(1))).balance for n in (1, 2, 3)]

        assert before == 10
        assert kept == [6, 3, 0]
        assert differences() == {}

    def test_again_gives_the_first_answer_again(self, shop):
        record(shop, bought("b-1", 1, "30.00"))
        first = record(shop, returned("r-1", "b-1", 2, part(1)))

        again = record(shop, returned("r-1", "b-1", 2, part(1)))

        assert again.is_replay
        assert (again.id, again.award, again.balance) == (first.id, first.award, first.balance)
        assert balance(shop) == 0

    def test_before_its_sale_waits_for_it(self, shop):
        waiting = record(shop, returned("r-1", "b-1", 2))

        record(shop, bought("b-1", 1, "30.00"))

        assert waiting.award.points == 0
        assert balance(shop) == 0
        assert revisions() == [("b-1", 1, 0)]
        assert differences() == {}

    def test_that_waited_and_is_too_large_counts_for_what_is_there(self, shop):
        record(shop, returned("r-1", "b-1", 2, part(1, "3")))

        record(shop, bought("b-1", 1, "30.00", "10.00"))

        assert balance(shop) == 10
        assert differences() == {}

    def test_of_more_than_was_bought_is_refused_and_changes_nothing(self, shop):
        record(shop, bought("b-1", 1, "30.00"))

        with pytest.raises(ReturnExceedsSale):
            record(shop, returned("r-1", "b-1", 2, part(1, "2")))
        with pytest.raises(ReturnExceedsSale):
            record(shop, returned("r-1", "b-1", 2, part(1, amount="30.01")))
        with pytest.raises(ReturnExceedsSale):
            record(shop, returned("r-1", "b-1", 2, part(2)))

        assert balance(shop) == 30
        assert Activity.objects.count() == 1

    def test_of_what_is_returned_already_is_refused(self, shop):
        record(shop, bought("b-1", 1, "30.00"))
        record(shop, returned("r-1", "b-1", 2))

        with pytest.raises(ReturnExceedsSale):
            record(shop, returned("r-2", "b-1", 3))

        assert balance(shop) == 0

    def test_of_another_members_sale_is_refused(self, shop):
        record(shop, bought("b-1", 1, "30.00"))
        enrol_member(
            programme_id=shop.programme.pk,
            identifiers=["card:2990000000026"],
            touchpoint="api",
            actor="test",
            at=NOON,
        )

        with pytest.raises(ReturnOfAnothersSale):
            record(shop, returned("r-1", "b-1", 2, member="card:2990000000026"))

        assert balance(shop) == 30

    def test_of_a_return_is_refused(self, shop):
        record(shop, bought("b-1", 1, "30.00"))
        record(shop, returned("r-1", "b-1", 2, part(1, amount="1.00")))

        with pytest.raises(ReturnOfReturn):
            record(shop, returned("r-2", "r-1", 3))

    def test_of_money_alone_keeps_the_goods(self, shop):
        record(shop, bought("b-1", 1, "30.00"))

        record(shop, returned("r-1", "b-1", 2, part(1, amount="10.00")))

        assert balance(shop) == 20

    def test_of_a_sale_without_lines_says_the_amount(self, shop):
        record(shop, bought("b-1", 1, amount="30.00", lines=()))

        record(shop, returned("r-1", "b-1", 2, amount="12.00"))

        assert balance(shop) == 18

    def test_of_spent_points_leaves_a_debt(self, shop):
        record(shop, bought("b-1", 1, "60.00"))
        record(shop, bought("b-2", 2, "40.00", points_paid=paid(110, "11.00")))

        record(shop, returned("r-1", "b-1", 3))

        account = Account.objects.get(kind="MEMBER")
        assert (account.balance, account.owed) == (0, 81)  # b-2 earned 29 on what was not points
        assert differences() == {}


class TestPointsPaid:
    def test_is_spent_with_the_purchase(self, shop):
        record(shop, bought("b-1", 1, "60.00"))

        answer = record(shop, bought("b-2", 2, "40.00", points_paid=paid(100, "10.00")))

        assert answer.award.points == 30
        assert answer.balance == 110 - 100 + 30
        kinds = Transfer.objects.order_by("id").values_list("kind", "points")
        assert list(kinds) == [("EARN", 110), ("REDEEM", 100), ("EARN", 30)]

    def test_of_more_than_there_are_refuses_all_of_it(self, shop):
        from loyalty.errors import InsufficientPoints

        record(shop, bought("b-1", 1, "60.00"))

        with pytest.raises(InsufficientPoints):
            record(shop, bought("b-2", 2, "40.00", points_paid=paid(111, "11.10")))

        assert balance(shop) == 110
        assert Activity.objects.count() == 1
        assert differences() == {}

    def test_comes_back_with_the_goods_to_the_last_point_in_any_parts(self, shop):
        record(shop, bought("b-1", 1, "60.00"))
        sale = bought("b-2", 2, "10.00", lines=(part_of_three(),), points_paid=paid(100, "10.00"))
        record(shop, sale)
        spent = balance(shop)

        after = [record(shop, returned(f"r-{n}", "b-2", 2 + n, part(1))).balance for n in (1, 2, 3)]

        assert spent == 10
        assert after == [10 + 33, 10 + 66, 110]
        assert Lot.objects.get(transfer=Transfer.objects.earliest("id").pk).remaining == 110
        assert differences() == {}


def part_of_three():
    from members.types import LineSubmission

    return LineSubmission(product="x", category="tools", amount="10.00", quantity="3")
