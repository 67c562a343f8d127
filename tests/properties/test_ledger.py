"""Random histories against an oracle; `--ledger-steps` and `--hypothesis-seed` choose which."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.ledger_machine import LedgerMachine

pytestmark = pytest.mark.django_db

DEFAULT = 10_000  # two hundred histories of fifty steps, and some for those that end early
STEPS = 50


class TestLedger:
    def test_agrees_with_the_oracle_after_every_step(self, pytestconfig, record_testsuite_property):
        steps = pytestconfig.getoption("--ledger-steps", default=DEFAULT)

        run_state_machine_as_test(
            LedgerMachine,
            settings=settings(
                max_examples=1 + 5 * steps // (4 * STEPS),  # some histories end before their time
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )

        record_testsuite_property("steps", LedgerMachine.steps)
        record_testsuite_property("audits", LedgerMachine.audited)
        record_testsuite_property("refusals", LedgerMachine.refused)
        assert LedgerMachine.steps >= steps
        assert LedgerMachine.refused > steps / 10
