import json
from typing import Any

import msgspec
from django.core.management.base import BaseCommand

from members.services.erasure import erasures


class Command(BaseCommand):
    help = "Print who was forgotten, a line of JSON each: ids only. Keep it beside the backups."

    def handle(self, **options: Any) -> None:
        for note in erasures():
            self.stdout.write(json.dumps(msgspec.to_builtins(note)))
