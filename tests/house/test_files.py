import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ["config", "loyalty", "members", "rewards", "campaigns", "bench", "tests"]
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
NO_NAMES_FOR_A_ROOM = {"utils", "helpers", "common", "misc", "util", "helper"}


def files() -> list[Path]:
    return [
        path.relative_to(ROOT)
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


class TestFiles:
    def test_are_found(self):
        assert Path("loyalty/ledger/posting.py") in files()

    def test_are_short(self):
        lengths = {str(path): len((ROOT / path).read_text().splitlines()) for path in files()}

        assert {path: n for path, n in lengths.items() if n > LONGEST_FILE} == {}

    def test_have_short_functions(self):
        assert [
            f"{path}:{node.lineno} {node.name}"
            for path in files()
            for node in functions(path)
            if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
        ] == []

    def test_have_names_that_say_something(self):
        assert [str(p) for p in files() if NO_NAMES_FOR_A_ROOM & {p.stem, *p.parts}] == []

    @pytest.mark.parametrize("room", ["loyalty", "members", "rewards", "campaigns"])
    def test_use_no_model_signals_and_no_on_commit(self, room):
        banned = ("post_save", "pre_save", "post_delete", "m2m_changed", "on_commit")

        assert [
            str(path)
            for path in files()
            if path.parts[0] == room and any(w in (ROOT / path).read_text() for w in banned)
        ] == []
