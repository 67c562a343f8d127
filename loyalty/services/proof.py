"""What the audit asks that no query can: histories judged again, and sealed days hashed again."""

from collections.abc import Mapping

from loyalty.models import Seal
from loyalty.services.audit import Seen, register_probe
from loyalty.services.refolding import PROMISES, refold
from loyalty.services.seals import broken_seals

SEALS = "I4 seals"


def hash_again() -> Mapping[str, Seen]:
    """Every seal proved from the books, and each after the one before."""
    broken = broken_seals()
    examples = [
        {"programme": each.programme, "day": str(each.day), "problem": each.problem}
        for each in broken
    ]
    return {SEALS: Seen(Seal.objects.count(), len(broken), examples)}


def register_probes() -> None:
    """Have the audit ask them; done when the app starts."""
    register_probe(
        promises={SEALS: "A sealed day is as it was sealed, and follows the day before."},
        look=hash_again,
    )
    register_probe(promises=PROMISES, look=refold)
