"""Publish, of each programme that is there, the words that its portal asked until now."""

from datetime import UTC, datetime
from typing import Any

from django.db import migrations

VERSION = "2026-11"
WORDS = {
    "OFFERS": (
        "Aanbiedingen die bij me passen. Je krijgt af en toe een aanbieding van ons. "
        "Stoppen kan altijd.",
        "Offers that suit me. We send you offers now and then. Stop whenever you like.",
    ),
    "PROFILING": (
        "Gebruik wat ik koop om voor mij te kiezen. We kijken naar je aankopen en kiezen "
        "daarmee beloningen en aanbiedingen voor je uit.",
        "Use what I buy to choose for me. We look at your purchases to pick rewards and "
        "offers for you.",
    ),
}


ELSEWHERE = (
    "Woorden die buiten Trouw zijn getoond, onder versie {}.",
    "Words shown outside Trouw, as version {}.",
)


def publish(apps: Any, _schema_editor: Any) -> None:
    """Every version that a receipt names stays known; of other systems' only that it is theirs."""
    texts = apps.get_model("members", "ConsentText")
    consents = apps.get_model("members", "Consent")
    named = consents.objects.order_by().values_list("purpose", "text_version").distinct()
    versions = {(purpose, version) for purpose, version in named if version}
    portal = {(purpose, VERSION) for purpose in WORDS}
    for programme in apps.get_model("loyalty", "Programme").objects.order_by("pk"):
        texts.objects.bulk_create(
            texts(
                programme=programme,
                purpose=purpose,
                version=version,
                text_nl=_words(purpose, version)[0],
                text_en=_words(purpose, version)[1],
                published_at=datetime(2026, 11, 1 + (version == VERSION), tzinfo=UTC),
                published_by="system:upgrade",
            )
            for purpose, version in sorted(versions | portal)
        )


def _words(purpose: str, version: str) -> tuple[str, str]:
    if version == VERSION and purpose in WORDS:
        return WORDS[purpose]
    return ELSEWHERE[0].format(version), ELSEWHERE[1].format(version)


class Migration(migrations.Migration):
    dependencies = [("members", "0013_import_rights")]

    operations = [migrations.RunPython(publish, migrations.RunPython.noop, elidable=True)]
