import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand

from config.api.schema import document


class Command(BaseCommand):
    help = "Write the API's OpenAPI document, as /api/v1/schema/ answers it."

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, help="where to; standard output when not said")
        parser.add_argument(
            "--amounts-as-text",
            action="store_true",
            help="money and quantities as text only, the way generated clients should send them",
        )

    def handle(self, *, file: Path | None, amounts_as_text: bool, **options: Any) -> None:
        whole = document()
        said = msgspec.json.encode(_as_text(whole) if amounts_as_text else whole)
        written = msgspec.json.format(said) + b"\n"
        if file:
            file.write_bytes(written)
        else:
            sys.stdout.buffer.write(written)


def _as_text(said: Any) -> Any:
    """The document with every choice of text or number made for text: a float is no amount."""
    if isinstance(said, list):
        return [_as_text(each) for each in said]
    if not isinstance(said, dict):
        return said
    choices = said.get("anyOf", [])
    kinds = [choice.get("type") for choice in choices if isinstance(choice, dict)]
    if sorted(map(str, kinds)) == ["number", "string"]:
        return {key: value for key, value in said.items() if key not in {"anyOf", "examples"}} | {
            "type": "string"
        }
    return {key: _as_text(value) for key, value in said.items()}
