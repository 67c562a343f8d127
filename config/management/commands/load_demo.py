from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from config.demo.campaigns import see_to_campaigns, see_to_segments
from config.demo.doors import hand_out
from config.demo.journeys import see_to_journeys
from config.demo.privacy import see_to_preferences, see_to_privacy
from config.demo.shop import open_shop
from config.env import VAR


class Command(BaseCommand):
    help = "Open the demo shop with a slice of its history, and hand out logins and keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--households", type=int, default=40)

    def handle(self, *, households: int, **options: Any) -> None:
        now = timezone.now()
        programme = open_shop(at=now)
        see_to_privacy(programme, at=now)
        see_to_campaigns(programme=programme, at=now)
        call_command("load_households", households=str(households), stdout=self.stdout)
        see_to_preferences(programme, at=now)
        see_to_segments(programme=programme, at=now)
        see_to_journeys(programme=programme, at=now)
        hand_out(programme=programme, base_url=settings.BASE_URL, at=now, told=VAR / "demo.json")
        self.stdout.write(f"The demo shop is open: {VAR / 'demo.json'}")
