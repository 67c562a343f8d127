"""Asks the console for members as the desk does, in a process of its own; prints JSON rows.

`python -m bench.search_asks MEMBERS ROUNDS`, beside a database that bench.search filled.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator

import django
import msgspec

BUDGET = random.Random(7)


def asks(members: int) -> Iterator[tuple[str, Callable[[], str]]]:
    """Each kind of question, and an example of it, another one each time."""

    def one() -> int:
        return BUDGET.randint(1, members)

    yield "list, page 1", lambda: ""
    yield "list, deep page", lambda: f"before={one()}"
    yield "given and family name", lambda: f"q={BUDGET.choice(['anna bak', 'viss jan', 'sem kok'])}"
    yield "rare family name", lambda: f"q={BUDGET.choice('abcdef')}{BUDGET.randint(100, 999)}"
    yield "common name", lambda: f"q={BUDGET.choice(['anna', 'jansen', 'vries'])}"
    yield "one letter", lambda: f"q={BUDGET.choice('jvm')}"
    yield "without the accent", lambda: f"q={BUDGET.choice(['zoe mull', 'ozlem bos'])}"
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
    rows = []
    for name, ask in asks(members):
        took, found = [], 0
        for turn in range(rounds + 2):
            query = ask()
            if query.startswith("before="):
                query = f"before={deep[turn % len(deep)]}"
            began = time.perf_counter()
            answer = client.get(f"/console/members/member/?{query}")
            if turn >= 2:  # the first two warm what is warm at a desk
                took.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, (query, answer.status_code)
            found = len(answer.context["cl"].result_list)
        took.sort()
        p95 = took[int(len(took) * 0.95) - 1]
        figures = [f"{each:.0f}" for each in (statistics.median(took), p95, took[-1])]
        rows.append([name, str(found), *figures])
    return rows


if __name__ == "__main__":
    told = main(*map(int, sys.argv[1:]))
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
