import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.demo.coupons import load_coupons
from config.demo.loading import Progress, anchor_in_use, load_households
from config.demo.shop import open_shop
from loyalty.errors import DomainError
from loyalty.services.rulebook import current_rulebook


class Command(BaseCommand):
    help = "Load purchases of real households into the demo shop. Run again, it goes on or is done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--households", default="all", help="How many, or all (2,469).")
        parser.add_argument("--chunk", type=int, default=500, help="Purchases at a time.")

    def handle(self, *, households: str, chunk: int, **options: Any) -> None:
        if households != "all" and not households.isdecimal():
            raise CommandError("--households takes a number, or all.")
        now = timezone.now()
        book = current_rulebook(programme_id=open_shop(at=now).pk)
        self.began = self.said = time.monotonic()
        try:
            done = load_households(
                book=book,
                households=None if households == "all" else int(households),
                chunk=chunk,
                at=now,
                say=self.tell,
            )
            anchor = anchor_in_use(now)
            coupons = load_coupons(book=book, anchor=anchor, at=now, chunk=chunk)
        except DomainError as refusal:
            raise CommandError(f"It was refused: {refusal}") from refusal
        self.tell(done, at_last=True)
        self.stdout.write(f"{coupons:,} coupons that were redeemed")

    def tell(self, progress: Progress, *, at_last: bool = False) -> None:
        """Rate and remaining time, once a second."""
        now = time.monotonic()
        if now - self.said < 1 and not at_last:
            return
        self.said = now
        rate = progress.loaded / max(now - self.began, 0.001)
        reached = progress.before + progress.loaded
        left = (progress.total - reached) / rate if rate else 0
        self.stdout.write(
            f"{reached:,} of {progress.total:,} purchases, {rate:,.0f} a second, {left:,.0f} s to go"
        )
