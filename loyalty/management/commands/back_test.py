import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from loyalty.errors import DomainError
from loyalty.models import BackTest, Programme
from loyalty.services.back_test_check import Checked, check_live_rules
from loyalty.services.back_tests import draft_with, run_back_test, start_back_test
from loyalty.services.rule_sets import document_of

ACTOR = "system:command"


class Command(BaseCommand):
    help = (
        "Try a draft on what really happened: points, money, winners and losers, with no writes"
        " but the back-test's own row. With --live --check: replay the live rules and fail when"
        " the books say anything else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--live", action="store_true", help="The rules that are live now.")
        what.add_argument("--draft", type=Path, help="A file with a rule set's document.")
        what.add_argument(
            "--rules", nargs="+", help="Keys of rules: their latest versions beside the live ones."
        )
        parser.add_argument("--programme", help="Its slug; may be left out when there is but one.")
        parser.add_argument("--since", required=True, help="2026-01-01 or a moment, included.")
        parser.add_argument("--until", help="Likewise, not included; now if left out.")
        parser.add_argument("--check", action="store_true", help="Compare with the books.")
        parser.add_argument("--json", action="store_true", help="Print the figures as JSON.")

    def handle(self, *, since: str, until: str | None, check: bool, **options: Any) -> None:
        now = timezone.now()
        programme = _programme(options["programme"])
        zone = ZoneInfo(programme.time_zone)
        start, end = _moment(since, zone), _moment(until, zone) if until else now
        if check:
            if not options["live"]:
                raise CommandError("Only the live rules can be checked: --live --check.")
            checked = check_live_rules(programme_id=programme.pk, since=start, until=end)
            self.tell(checked, json=options["json"])
            return
        try:
            back_test = start_back_test(
                programme_id=programme.pk,
                title="manage.py back_test",
                draft=_draft(programme, options),
                actor=ACTOR,
                since=start,
                until=end,
                at=now,
            )
        except DomainError as refusal:
            raise CommandError(f"{refusal} {refusal.field}".strip()) from refusal
        done = run_back_test(back_test_id=back_test.pk, clock=timezone.now)
        self.stdout.write(
            msgspec.json.encode(done.figures).decode() if options["json"] else as_table(done)
        )

    def tell(self, checked: Checked, *, json: bool) -> None:
        """Print what was compared; fails when anything is different."""
        if json:
            self.stdout.write(msgspec.json.encode(checked._asdict()).decode())
        else:
            for each in checked.first:
                self.stdout.write(f"{each.activity}: {each.what}")
                self.stdout.write(f"  booked {each.booked}\n  judged {each.judged}")
            said = f"{checked.activities:,} activities compared, {checked.different:,} different."
            self.stdout.write(said)
        if checked.different:
            raise CommandError("The books are not what the rules give.", returncode=1)


def _programme(slug: str | None) -> Programme:
    known = Programme.objects.filter(slug=slug) if slug else Programme.objects.all()
    try:
        return known.get()
    except Programme.DoesNotExist as unknown:
        raise CommandError("There is no such programme.") from unknown
    except Programme.MultipleObjectsReturned as several:
        raise CommandError("There are several programmes: name one with --programme.") from several


def _moment(said: str, zone: ZoneInfo) -> datetime:
    try:
        found = parse_datetime(said) or datetime.fromisoformat(said)
    except ValueError as wrong:
        raise CommandError(f"{said} is no date or moment.") from wrong
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _draft(programme: Programme, options: dict[str, Any]) -> dict[str, Any]:
    if options["draft"]:
        draft: dict[str, Any] = json.loads(options["draft"].read_text())
        return draft
    if options["rules"]:
        rules = programme.earning_rules.filter(key__in=options["rules"])
        return draft_with(programme_id=programme.pk, rule_ids=[rule.pk for rule in rules])
    return document_of(programme.pk)


def as_table(back_test: BackTest) -> str:
    """The main figures, live beside draft."""
    figures = back_test.figures
    money = figures["currency"]
    rows = [
        *((unit["key"], unit["live"], unit["draft"]) for unit in figures["units"]),
        *((f"rule {rule['rule']}", rule["live"], rule["draft"]) for rule in figures["rules"]),
    ]
    lines = [f"{'':<30} {'live':>14} {'draft':>14}"]
    lines += [f"{what:<30} {live:>14,} {draft:>14,}" for what, live, draft in rows]
    for what in ("cost", "liability"):
        told = figures[what]
        said = f"{told['live_amount']:>14} {told['draft_amount']:>14}"
        lines.append(f"{f'{what} in {money}':<30} {said}")
    members = figures["members"]
    lines.append(f"{figures['activities']:,} activities, {figures['changed']:,} of them changed")
    lines.append(
        f"{members['members']:,} members: {members['winners']:,} gain {members['gained']:,},"
        f" {members['losers']:,} lose {members['lost']:,}"
    )
    return "\n".join(lines)
