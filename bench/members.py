"""`python -m bench.members N`: a programme with two rules and N members; prints an API key."""

import os
import sys

import django


def main(members: int) -> str:
    """Fill the database that the environment names; the key of a client that may do all."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.utils import timezone

    from config.demo.shop import RULES, SCOPES
    from loyalty.models import ApiClient, Programme
    from loyalty.services.accounts import open_programme
    from loyalty.services.api_clients import issue_key, register_client
    from loyalty.services.rules import draft_rule, publish_rule
    from members.services.enrolment import Enrolment, enrol_members

    now = timezone.now()
    programme = Programme(slug="bench", name="Bench", points_valid_months=24)
    open_programme(programme=programme, at=now)
    for offered in RULES[:2]:
        rule = draft_rule(
            programme_id=programme.pk, actor="system:bench", at=now, **offered._asdict()
        )
        publish_rule(rule_id=rule.pk, actor="system:bench", at=now)
    for start in range(0, members, 5000):
        people = [
            Enrolment(identifiers=[f"ext:bench:{n}"])
            for n in range(start, min(start + 5000, members))
        ]
        enrol_members(
            programme_id=programme.pk,
            enrolments=people,
            touchpoint="import",
            actor="system:bench",
            at=now,
        )
    client = register_client(
        programme_id=programme.pk, name="bench", kind=ApiClient.Kind.WEBSHOP, scopes=SCOPES
    )
    return issue_key(client_id=client.pk, at=now)


if __name__ == "__main__":
    sys.stdout.write(main(int(sys.argv[1])) + "\n")
