from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from loyalty.services.audit import Finding, audit


class Command(BaseCommand):
    help = "Prove every balance, lot, key and chain again from history; fails on any difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the findings as JSON.")
        parser.add_argument(
            "--quick",
            action="store_true",
            help="Leave out judging every history and hashing every sealed day again.",
        )

    def handle(self, *, json: bool, quick: bool, **options: Any) -> None:
        findings = audit(quick=quick)
        self.stdout.write(as_json(findings) if json else as_table(findings))
        differences = sum(finding.differences for finding in findings)
        if differences:
            raise CommandError(f"The audit found {differences} differences.", returncode=1)


def as_json(findings: list[Finding]) -> str:
    return msgspec.json.format(msgspec.json.encode(findings)).decode()


def as_table(findings: list[Finding]) -> str:
    """A line per promise, and under it the first rows that break it."""
    width = max(len(finding.name) for finding in findings)
    lines = [f"{'check':<{width}} {'rows':>11} {'differences':>11} {'ms':>7}"]
    for finding in findings:
        lines.append(
            f"{finding.name:<{width}} {finding.rows:>11,} {finding.differences:>11,}"
            f" {finding.milliseconds:>7,}"
        )
        if finding.differences:
            lines.append(f"    broken: {finding.promise}")
        lines += [f"    {_words(example)}" for example in finding.examples]
    return "\n".join(lines)


def _words(example: dict[str, str]) -> str:
    return " ".join(f"{column}={value}" for column, value in example.items())
