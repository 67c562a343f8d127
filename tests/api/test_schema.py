import re

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS

from config.api.problems import problems
from config.api.schema import document

pytestmark = pytest.mark.django_db


class TestTheSchema:
    def test_is_made_without_a_warning(self):
        said = document()

        assert not GENERATOR_STATS._warn_cache
        assert not GENERATOR_STATS._error_cache
        assert said["openapi"] == "3.1.1"

    def test_has_every_operation_with_its_body_answers_scope_and_refusal(self):
        operations = {
            operation["operationId"]: operation
            for path in document()["paths"].values()
            for operation in path.values()
        }

        assert set(operations) == {
            "record_activity", "record_activities", "explain_activity", "report_fulfilment",
            "get_me", "enrol_member", "find_member", "get_member", "change_member", "list_statement",
            "list_timeline", "list_rewards", "redeem_reward", "check_voucher", "use_voucher",
            "reserve_voucher", "release_voucher", "quote_basket",
            "list_consents", "record_consent", "list_answers", "answer_question",
            "keep_guest_sale", "remember_visitor", "forget_visitor", "keep_visitor_deed", "know_visitor",
            "merge_member", "part_merge",
            "get_till_pack", "upload_till_journal",
            "till_lookup", "till_quote", "till_commit", "till_cancel", "get_till_reconciliation",
            "get_redemption", "capture_redemption", "cancel_redemption",
            "list_identifiers", "add_identifier", "remove_identifier", "block_identifier",
            "list_offers", "dismiss_offer", "put_in_campaign",
            "list_events",
        }  # fmt: skip
        assert all(operation["x-scope"] for operation in operations.values())
        assert all("default" in operation["responses"] for operation in operations.values())
        by_token = operations.pop("get_me")
        assert by_token["security"] == [{"member": []}]
        assert all(operation["security"] == [{"key": []}] for operation in operations.values())
        assert "requestBody" in operations["record_activity"]
        assert set(operations["record_activities"]["requestBody"]["content"]) == {
            "application/json",
            "application/x-ndjson",
        }

    def test_names_no_shape_that_it_does_not_describe(self):
        said = document()

        named = set(re.findall(r"#/components/schemas/([\w.]+)", str(said)))
        assert named <= set(said["components"]["schemas"])

    def test_is_open_to_everybody(self):
        answer = Client().get("/api/v1/schema/")

        assert answer.status_code == 200
        assert answer.json()["info"]["title"] == "Trouw"


class TestTheDocs:
    def test_load_nothing_from_elsewhere(self):
        page = Client().get("/api/v1/docs/")

        text = page.content.decode()
        assert page.status_code == 200
        assert "http://" not in text
        assert "https://" not in text
        assert "<script>" not in text
        assert "script-src 'self';" in page.headers["Content-Security-Policy"]

    def test_start_by_a_script_of_their_own(self):
        script = Client().get("/api/v1/docs/?script=")

        assert script.headers["Content-Type"].startswith("application/javascript")
        assert "/api/v1/schema/" in script.content.decode()


class TestTheProblems:
    def test_have_a_meaning_each(self):
        assert all(problem.meaning for problem in problems())
        assert [problem.code for problem in problems()] == sorted(
            {problem.code for problem in problems()}
        )

    def test_are_listed_for_everybody(self):
        said = {each["code"]: each for each in Client().get("/api/v1/problems").json()["problems"]}

        assert said["key_conflict"]["status"] == 422
        assert said["body_too_large"]["status"] == 413
        assert said["insufficient_points"]["status"] == 409
        assert said["voucher_already_used"]["status"] == 409
