"""What categories and locations there are, for the rules to choose from."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from loyalty.models import Category, Location
from loyalty.services.configuration import bump_configuration
from loyalty.types import Words


@transaction.atomic
def register_categories(*, programme_id: int, words: Mapping[str, Words]) -> None:
    """Make these categories known, by key with their words; bring known ones up to date."""
    rows = [
        Category(programme_id=programme_id, key=key, name_nl=said["nl"], name_en=said["en"])
        for key, said in words.items()
    ]
    Category.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["programme", "key"],
        update_fields=["name_nl", "name_en"],
    )
    bump_configuration()


@transaction.atomic
def register_locations(*, programme_id: int, names: Iterable[str]) -> None:
    """Make these shops known by name; what is known already stays."""
    rows = [Location(programme_id=programme_id, name=name) for name in names]
    Location.objects.bulk_create(rows, ignore_conflicts=True)
    bump_configuration()
