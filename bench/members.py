"""A programme with members and rules, for the benchmarks.

`python -m bench.members open MEMBERS RULES` opens it with so many rules live, and prints as JSON
what the others need to know of it; `python -m bench.members publish FIRST LAST` lets that part of
the rules go live, and with the last of them the tiers.
"""

import os
import sys
from datetime import datetime
from typing import Any

import django
import msgspec

ACTOR = "system:bench"
AT_ONCE = 5000


def main(deed: str, *numbers: int) -> dict[str, Any]:
    """Do it to the database that the environment names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.utils import timezone

    from loyalty.models import Programme

    now = timezone.now()
    if deed == "open":
        return open_bench(*numbers, at=now)
    publish(Programme.objects.get().pk, slice(*numbers), at=now)
    return {}


def open_bench(members: int, rules: int, *, at: datetime) -> dict[str, Any]:
    """The key of a client that may do all, and what seeded baskets were given.

    That is what the first rule gives for whole euros, under the rule set in which it was alone.
    """
    from config.demo.shop import SCOPES
    from loyalty.models import ApiClient, EarningRule, Programme
    from loyalty.services.accounts import open_programme
    from loyalty.services.api_clients import issue_key, register_client
    from loyalty.services.rulebook import current_rulebook
    from loyalty.services.rules import stop_rule

    programme = Programme(slug="bench", name="Bench")
    open_programme(programme=programme, expiry={"kind": "term", "months": 24}, at=at)
    publish(programme.pk, slice(0, 1), at=at)
    enrol(programme.pk, members=members, at=at)
    pattern = sample(programme.pk, at=at)
    stop_rule(rule_id=EarningRule.objects.get().pk, actor=ACTOR, at=at)
    publish(programme.pk, slice(0, rules), at=at)
    client = register_client(
        programme_id=programme.pk, name="bench", kind=ApiClient.Kind.WEBSHOP, scopes=SCOPES
    )
    tallies = tuple(current_rulebook(programme_id=programme.pk).rule_set.tallies)
    return pattern | {"tallies": tallies, "key": issue_key(client_id=client.pk, at=at)}


def publish(programme_id: int, part: slice, *, at: datetime) -> None:
    """Let that part of the twenty rules go live; those that were stopped go on."""
    from bench.rules import RULES
    from loyalty.models import EarningRule
    from loyalty.services.rules import draft_rule, publish_rule

    if part.stop == len(RULES):
        publish_tiers(programme_id, at=at)
    known = dict(EarningRule.objects.values_list("key", "id"))
    for wanted in RULES[part]:
        rule_id = (
            known.get(wanted.key)
            or draft_rule(
                programme_id=programme_id,
                key=wanted.key,
                name_nl=wanted.key,
                name_en=wanted.key,
                document=wanted.document,
                priority=wanted.priority,
                actor=ACTOR,
                at=at,
            ).pk
        )
        publish_rule(rule_id=rule_id, actor=ACTOR, at=at)


def publish_tiers(programme_id: int, *, at: datetime) -> None:
    """Let the tier set go live that some of the rules look at."""
    from bench.rules import TIERS
    from loyalty.services.tiers import publish_tier_set, save_tier_set

    tier_set = save_tier_set(
        programme_id=programme_id,
        key="main",
        name_nl="Niveaus",
        name_en="Tiers",
        policy=TIERS,
        actor=ACTOR,
        at=at,
    )
    publish_tier_set(tier_set_id=tier_set.pk, actor=ACTOR, at=at)


def enrol(programme_id: int, *, members: int, at: datetime) -> None:
    """Enrol them, each known by a number."""
    from members.services.enrolment import Enrolment, enrol_members

    for start in range(0, members, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, members))
        enrol_members(
            programme_id=programme_id,
            enrolments=[Enrolment(identifiers=[f"ext:bench:{n}"]) for n in numbers],
            touchpoint="import",
            actor=ACTOR,
            at=at,
        )


def sample(programme_id: int, *, at: datetime) -> dict[str, Any]:
    """The award of a basket of four lines as it is kept, and the rule set it was given under."""
    from loyalty.services.rulebook import current_rulebook
    from members.services.activities import preview_award
    from members.types import ActivitySubmission, LineSubmission

    book = current_rulebook(programme_id=programme_id)
    line = LineSubmission(product="article", amount="10.00", quantity="1")
    submission = ActivitySubmission(
        type="purchase",
        external_id="sample",
        member="ext:bench:0",
        occurred_at=at,
        lines=(line,) * 4,
    )
    award = preview_award(book=book, submission=submission, at=at)
    return {"award": msgspec.json.encode(award).decode(), "rule_set": book.rule_set_id}


if __name__ == "__main__":
    told = main(sys.argv[1], *map(int, sys.argv[2:]))
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
