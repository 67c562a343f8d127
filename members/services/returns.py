"""Returns: what may come back, and what goes back for it."""

from collections.abc import Iterable, Mapping

from loyalty.services import judging
from loyalty.services.judging import Deed, JudgedDeed
from loyalty.services.rulebook import Rulebook
from loyalty.types import Award, Outcome, Reason
from members.errors import ReturnExceedsSale, ReturnOfAnothersSale, ReturnOfReturn
from members.models import Activity

RETURNED = {"nl": "Retour", "en": "Return"}
LATE = {"nl": "Later gemeld", "en": "Reported later"}
MERGE = "merge"
"""The source of a cause that is no activity: two records became one ("merged") or two ("parted")."""
MERGED = {"nl": "Samengevoegd", "en": "Merged"}


def check_return(book: Rulebook, new: Deed, deeds: Iterable[Deed]) -> None:
    """Raises when the return cannot be one of the member's sales; one that waits may be any."""
    if not new.original:
        return
    sale = next((deed for deed in deeds if deed.key == new.original), None)
    if sale is None:
        _check_nobody_elses(book, new.original)
        return
    if sale.original:
        raise ReturnOfReturn("This is a return itself.", field="original")
    before = [
        deed.returned for deed in deeds if deed.original == new.original and deed.id != new.id
    ]
    was = judging.kept_basket(sale.activity, before)
    becomes = judging.kept_basket(sale.activity, [*before, new.returned])
    if was.basket is None and before:
        raise ReturnExceedsSale("All of this sale is returned already.", field="original")
    if becomes.is_exceeded and not was.is_exceeded:
        raise ReturnExceedsSale("More comes back than was bought and is kept.", field="lines")


def _check_nobody_elses(book: Rulebook, original: str) -> None:
    # the index is on source and external id apart, so each way of parting the key is asked for
    cuts = [at for at, character in enumerate(original) if character == ":"]
    for cut in cuts:
        known = Activity.objects.filter(
            programme_id=book.programme_id,
            source=original[:cut],
            external_id=original[cut + 1 :],
        )
        if known.exists():
            raise ReturnOfAnothersSale("This sale is another member's.", field="original")


def return_award(new: Deed, judged: Mapping[str, JudgedDeed]) -> Award:
    """What a return takes back, below zero; nothing while its sale still has to come."""
    sale = judged.get(new.original)
    if sale is None:
        return Award(points=0, reasons=(_reason(new, 0, "waiting"),))
    worths = [sale.award, *(revision.award for revision in sale.revisions)]
    for before, revision in zip(worths, sale.revisions, strict=False):
        if revision.cause == new.id:
            return _difference(new, before, revision.award)
    return Award(points=0, reasons=(_reason(new, 0, "returned"),))


def _difference(new: Deed, before: Award, after: Award) -> Award:
    """By the return's lines as far as they are named; the rest loose."""
    points = after.points - before.points
    lost = {
        place: now - was
        for place, (was, now) in enumerate(zip(before.line_points, after.line_points, strict=False))
    }
    line_points = tuple([lost.pop(part.line, 0) for part in new.returned if part.line is not None])
    if len(line_points) != len(new.returned):
        line_points = (0,) * len(new.returned)
    return Award(
        points=points,
        line_points=line_points,
        loose_points=points - sum(line_points),
        reasons=(_reason(new, points, "returned"),),
    )


def _reason(new: Deed, points: int, code: str) -> Reason:
    """Why a return took back what it did."""
    return Reason(
        rule="return",
        version=0,
        outcome=Outcome.APPLIED,
        code=code,
        points=points,
        params={"receipt": new.original},
        name=RETURNED,
    )


def reasons_back(
    deed: Deed, cause: Deed, points: int, unit: str, *, is_restored: bool = False
) -> list[Reason]:
    """Why points went back, or came back: which activity made it so."""
    is_return = bool(cause.original) or cause.id == deed.id
    rule, code, name = ("return", "returned", RETURNED) if is_return else ("late", "late", LATE)
    if cause.source == MERGE:
        rule, code, name = MERGE, cause.external_id, MERGED
    return [
        Reason(
            rule=rule,
            version=0,
            outcome=Outcome.APPLIED,
            code="restored" if is_restored else code,
            points=points if is_restored else -points,
            unit=unit,
            params={"cause": str(cause.id), "receipt": deed.external_id},
            name=name,
        )
    ]
