"""Each benchmark runs, small, on a durable PostgreSQL of its own, and prints its table."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def table(*arguments: str) -> list[list[str]]:
    """The rows that `make bench` prints for these arguments, without heads and rules."""
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.run", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [line for line in done.stdout.splitlines() if line.startswith("  ")]
    return [re.split(r" {2,}", line.strip()) for line in lines if "  --" not in line][1:]


class TestBenches:
    def test_of_purchases_measure_every_door(self):
        rows = table("purchases", "--members=60", "--seconds=1", "--batches=50", "--rules", "20")

        assert [row[0] for row in rows] == [
            "raw ledger_post (pgbench)",
            "POST /activities, 20 rules, 4 lines",
            "batches of 50 by 1, 20 rules",
            "batches of 50 by 2, 20 rules",
        ]

    def test_of_a_busy_hour_answer_every_request(self):
        rows = table("steady", "--members=60", "--seconds=2", "--rules=2", "--settle=1")

        assert [row[:4] for row in rows] == [
            ["POST /activities, 2 rules", "60", "120", "0"],
            ["GET member, three ways", "120", "240", "0"],
        ]

    def test_of_webhooks_tell_of_every_purchase(self):
        [told, _head, relay] = table(
            "webhooks", "--members=60", "--seconds=2", "--rate=10", "--events=600", "--settle=1"
        )

        assert told[:2] == ["20", "20"]
        assert relay[0] == "600"

    def test_of_back_tests_replay_seeded_books_without_a_difference(self):
        rows = table("back_test", "--purchases=400", "--members=50")

        assert [row[0] for row in rows] == [
            "a tenth",
            "all, 20 rules",
            "all, live against the books",
        ]

    def test_of_expiry_leave_no_lapsed_lot(self):
        rows = table("expiry", "--lots=300", "--members=50", "--seconds=1", "--warm=1")

        assert [row[0] for row in rows] == ["quiet", "while lots lapse"]

    def test_of_growth_measure_both_sizes(self):
        rows = table(
            *("growth", "--transfers", "100", "600"),
            *("--members=50", "--seconds=1", "--warm=1"),
        )

        assert [row[0] for row in rows] == ["100 transfers", "600 transfers"]

    def test_of_redemptions_race_for_the_hot_one(self):
        rows = table(
            "redeem", "--members=20", "--seconds=1", "--warm=0.5", "--rounds=1", "--workers=2"
        )

        assert [row[0] for row in rows] == [
            "raw function, same writes (pgbench)",
            "redeem_reward, a reward for each",
            "redeem_reward, one hot reward",
            "POST /redemptions, one hot reward",
        ]

    def test_of_tills_make_all_four_calls(self):
        rows = table(
            *("till", "--members=5", "--purchases=2", "--rules=2"),
            *("--seconds=1", "--warm=0.5", "--connections=2"),
        )

        assert [row[0] for row in rows] == ["lookup", "quote", "commit", "cancel"]

    def test_that_are_not_there_are_refused(self):
        with pytest.raises(AssertionError, match="There are evaluate, purchases"):
            table("nothing")

    def test_of_experiments_hold_what_was_found_beside_what_must_be(self):
        rows = table(
            *("experiments", "--campaigns=20", "--members=1000", "--lots=5", "--dose-tests=3"),
            "--show-only",
        )

        assert [row[0] for row in rows] == [
            "20 A/A campaigns, alarms, %",
            "the same without the time before, %",
            "read every day, always-valid, %",
            "read every day, as if once, % (why not to)",
            "variance that the time before explains, %",
            "5 lots drawn by the hash, alarms, %",
            "their sample ratio alarms, %",
            "lift of 5% inside its interval, %",
            "lift of 5% as a part, inside, %",
            "lift of 20% inside its interval, %",
            "lift of 20% as a part, inside, %",
            "three variants without effect, any alarm, %",
            "3 tired crowds, dose within one step, %",
            "the best dose is among those told, %",
        ]

    def test_of_segments_estimate_refresh_and_follow(self):
        rows = table("segments", "--size=0.05", "--segments=9")

        assert len(rows) == 15
        assert [row[0] for row in rows][-5:] == [
            "9 segments, filled",
            "9 segments, refreshed",
            "9 segments, refreshed a day later",
            "1 followed",
            "100 followed",
        ]

    def test_of_campaigns_decide_on_everybody_and_answer_each_purchase(self):
        rows = table("campaigns", "--size=150", "--rate=5", "--seconds=2")

        assert [row[0] for row in rows][:5] == [
            "planned: members let in, lots drawn",
            "walked: messages offered",
            "gated: decided",
            "all of it",
            "made, to a channel that keeps nothing",
        ]
        assert rows[-1][0] == "5 a second for 2 s"
