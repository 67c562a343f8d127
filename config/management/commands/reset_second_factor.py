"""A colleague has lost the phone and the recovery codes: let them set a second factor anew."""

from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError

from members.models import User
from members.services.logins import forget_second_factor

log = structlog.get_logger()


class Command(BaseCommand):
    help = (
        "Take a colleague's passkeys, authenticator app and recovery codes away and sign them out"
        " everywhere. They come in with their password, and first set a second factor. Make sure"
        " that it is really them who asks."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--reason", required=True, help="who asked, and how you know them")

    def handle(self, *args: Any, **options: Any) -> None:
        found = User.objects.filter(email__iexact=options["email"], is_staff=True).first()
        if found is None:
            raise CommandError("There is no such colleague.")
        if not options["reason"].strip():
            raise CommandError("Say who asked, and how you know them.")
        forget_second_factor(user_id=found.pk)
        log.warning("second_factor_reset", user=found.pk, reason=options["reason"])
        self.stdout.write("Done. They set a second factor with their next sign-in.")
