"""Asks the console for members as the desk does, in a process of its own; prints JSON rows.

`python -m bench.search_asks MEMBERS ROUNDS`, beside a database that bench.search filled.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import django
import msgspec

DRAWN = random.Random(7)
WARMING = 2  # rounds that warm what is warm at a desk


def asks(members: int) -> Iterator[tuple[str, Callable[[], str]]]:
    """Each kind of question, and an example of it, another one each time."""

    def one() -> int:
        return DRAWN.randint(1, members)

    yield "list, page 1", lambda: ""
    yield "list, deep page", lambda: f"before={one()}"
    yield "given and family name", lambda: f"q={DRAWN.choice(['anna bak', 'viss jan', 'sem kok'])}"
    yield "rare family name", lambda: f"q={DRAWN.choice('abcdef')}{DRAWN.randint(100, 999)}"
    yield "common name", lambda: f"q={DRAWN.choice(['anna', 'jansen', 'vries'])}"
    yield "one letter", lambda: f"q={DRAWN.choice('jvm')}"
    yield "without the accent", lambda: f"q={DRAWN.choice(['zoe mull', 'ozlem bos'])}"
    yield "nobody's name", lambda: "q=xqzwy"
    yield "e-mail address", lambda: f"q=anna{one()}@example.nl"
    yield "beginning of an address", lambda: f"q=anna{one() % 100}@"
    yield "card", lambda: f"q=299{one():010d}"
    yield "beginning of a card", lambda: f"q=299{one():010d}"[:10]
    yield "telephone", lambda: f"q=06{one():08d}"
    yield "number elsewhere", lambda: f"q=crm:K{one():08d}"
    yield "receipt", lambda: f"q=bon-{one()}"
    yield "filter: touchpoint", lambda: "through=poster"
    yield "filter: place and period", lambda: "location=Utrecht&joined_from=2026-01-01"
    yield "filter: no points", lambda: "points_from=1"


class Clock:
    """Adds up how long the database is asked."""

    seconds = 0.0

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - began


def main(members: int, rounds: int) -> list[list[str]]:
    """Open the page as a colleague, so many times; what was found and how long it took."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.test import Client
    from django.test.utils import setup_test_environment

    from members.models import Member, User

    setup_test_environment()  # so that an answer tells what was in it
    user = User.objects.create_superuser("bench@example.nl", "bench bench bench")
    client = Client()
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    deep = [str(pk) for pk in Member.objects.order_by("-pk").values_list("pk", flat=True)[::9973]]
    return [[name, *measured(client, ask, deep, rounds)] for name, ask in asks(members)]


def measured(client: Any, ask: Callable[[], str], deep: list[str], rounds: int) -> list[str]:
    """How many the last page showed; the median and the 95th of a hundred, asked and in all."""
    from django.db import connection

    asking, took, waited, found = Clock(), [], [], 0
    for turn in range(rounds + WARMING):
        query = ask()
        if query.startswith("before="):
            query = f"before={deep[turn % len(deep)]}"
        asking.seconds, began = 0.0, time.perf_counter()
        with connection.execute_wrapper(asking):
            answer = client.get(f"/console/members/member/?{query}")
        if turn >= WARMING:
            took.append((time.perf_counter() - began) * 1000)
            waited.append(asking.seconds * 1000)
        found = len(answer.context["cl"].result_list)
    place = int(rounds * 0.95) - 1
    figures = [
        each
        for times in (sorted(waited), sorted(took))
        for each in (statistics.median(times), times[place])
    ]
    return [str(found), *(f"{each:.0f}" for each in figures)]


if __name__ == "__main__":
    told = main(*map(int, sys.argv[1:]))
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
