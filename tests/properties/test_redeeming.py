"""Random histories of what members take, against an oracle in plain Python."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.redeeming_machine import RedeemingMachine

pytestmark = pytest.mark.django_db


class TestRedeeming:
    def test_agrees_with_the_oracle_after_every_step(self, record_testsuite_property):
        run_state_machine_as_test(
            RedeemingMachine,
            settings=settings(
                max_examples=12,
                stateful_step_count=30,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )

        record_testsuite_property("redeeming steps", RedeemingMachine.steps)
        assert RedeemingMachine.steps >= 250
        assert RedeemingMachine.refused > RedeemingMachine.steps / 20
