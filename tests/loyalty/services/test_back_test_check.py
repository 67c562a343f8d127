import json
from io import StringIO
from typing import Any

import msgspec
import pytest
from django.core.management import CommandError, call_command

from loyalty.services.back_test_check import check_live_rules
from tests.loyalty.services.lives import (
    FIFTH,
    NOW,
    OPENED,
    Lives,
    day,
    doubled,
    earning,
    fixed,
)

pytestmark = pytest.mark.django_db


class TestCheckLiveRules:
    def check(self, lives: Lives) -> Any:
        return check_live_rules(programme_id=lives.programme.pk, since=OPENED, until=NOW)

    def test_finds_no_difference_in_what_the_rules_gave(self, lives):
        lives.publish("fifth", earning(fixed(100), FIFTH))
        for number in range(20):
            sale = lives.buy(number % 2, f"{number + 1}.00", day=number)
            if number % 4 == 0:
                lives.bring_back(number % 2, sale, day=40 + number, quantity=1)
        lives.publish("treat", earning(fixed(3)), at=day(50))
        lives.buy(0, "9.00", day=60)

        checked = self.check(lives)

        assert (checked.activities, checked.different, checked.first) == (26, 0, [])

    @pytest.mark.parametrize(
        ("what", "damage"),
        [
            ("award", lambda p: p._replace(award=msgspec.structs.replace(p.award, points=11))),
            ("line points", lambda p: p._replace(line_points=(9,))),
            (
                "facts",
                lambda p: p._replace(
                    facts=msgspec.structs.replace(p.facts, counts={"purchase": 3})
                ),
            ),
        ],
    )
    def test_tells_what_differs(self, lives, monkeypatch, what, damage):
        lives.publish("fifth", earning(fixed(100), FIFTH))
        sale = lives.buy(0, "10.00", day=1)
        lives.buy(0, "10.00", day=2)
        tell = lives.tell
        monkeypatch.setattr(
            lives,
            "tell",
            lambda *a, **k: (damage(p) if p.id == sale.id else p for p in tell(*a, **k)),
        )

        checked = self.check(lives)

        assert (checked.activities, checked.different) == (2, 1)
        assert what in {each.what for each in checked.first}
        assert checked.first[0].activity == sale.key


class TestCommand:
    def call(self, *arguments: str) -> str:
        said = StringIO()
        call_command("back_test", *arguments, stdout=said)
        return said.getvalue()

    def test_prints_the_figures(self, lives, tmp_path):
        lives.buy(0, "1000.00", day=1)
        draft = tmp_path / "draft.json"
        draft.write_text(json.dumps(doubled(lives)))

        said = self.call("--draft", str(draft), "--since", "2026-01-01", "--until", "2026-11-01")

        lines = [line.split() for line in said.splitlines()]
        assert ["points", "1,000", "2,000"] in lines
        assert ["cost", "in", "EUR", "10.00", "20.00"] in lines
        assert ["1", "members:", "1", "gain", "1,000,", "0", "lose", "0"] in lines

    def test_prints_json(self, lives):
        lives.buy(0, "10.00", day=1)
        lives.draft("fifth", earning(fixed(100), FIFTH))

        said = self.call(
            "--rules", "fifth", "--since", "2026-01-01", "--until", "2026-11-01", "--json"
        )

        assert json.loads(said)["cost"] == {
            "live": 10,
            "draft": 10,
            "live_amount": "0.10",
            "draft_amount": "0.10",
        }

    def test_checks_the_live_rules(self, lives):
        lives.buy(0, "10.00", day=1)

        said = self.call("--live", "--check", "--since", "2026-01-01", "--until", "2026-11-01")

        assert said == "1 activities compared, 0 different.\n"

    def test_fails_with_the_first_differences(self, lives, monkeypatch):
        lives.buy(0, "10.00", day=1)
        tell = lives.tell
        monkeypatch.setattr(
            lives, "tell", lambda *a, **k: (p._replace(line_points=(9,)) for p in tell(*a, **k))
        )

        with pytest.raises(CommandError) as failed:
            self.call("--live", "--check", "--since", "2026-01-01", "--until", "2026-11-01")

        assert failed.value.returncode == 1
