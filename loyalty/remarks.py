"""What reasons in the ledger say in the words of colleagues, which are kept beside the books.

A reason names its remark by id (`params["remark"]`); who reads a page of them gets all the words in
one query. From before remarks were kept, the words stand in the reason's name.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import TextField
from django.db.models.functions import Cast
from msgspec import structs

from loyalty.models import Remark
from loyalty.types import Reason, Words

LANGUAGES = ("nl", "en")
FORGOTTEN: Words = {"nl": "(vergeten)", "en": "(forgotten)"}
REMARK = "remark"


def with_words(told: Sequence[Sequence[Reason]]) -> list[list[Reason]]:
    """The same reasons, named by the words of their remarks; at most one query for all of them."""
    wanted = {reason.params[REMARK] for each in told for reason in each if REMARK in reason.params}
    if not wanted:
        return [list(each) for each in told]
    words = _words(wanted)
    return [[_named(reason, words) for reason in each] for each in told]


def words_of(texts: Iterable[str]) -> dict[str, Words]:
    """What each text of ids says; one with words of its own, from before, says those."""
    ids = {text: text.split() for text in texts}
    asked = {part for parts in ids.values() for part in parts if _is_id(part)}
    words = _words(asked) if asked else {}
    return {
        text: _joined([words.get(part, FORGOTTEN) for part in parts])
        if parts and all(_is_id(part) for part in parts)
        else dict.fromkeys(LANGUAGES, text)
        for text, parts in ids.items()
    }


def _words(ids: Iterable[str]) -> dict[str, Words]:
    found = Remark.objects.filter(pk__in=[each for each in ids if _is_id(each)])
    rows = found.annotate(key=Cast("pk", TextField())).values_list("key", "text")
    return {key: dict.fromkeys(LANGUAGES, text) for key, text in rows}


def _named(reason: Reason, words: dict[str, Words]) -> Reason:
    if REMARK not in reason.params:
        return reason
    return structs.replace(reason, name=words.get(reason.params[REMARK], FORGOTTEN))


def _joined(parts: list[Words]) -> Words:
    return {language: "\n".join(part[language] for part in parts) for language in LANGUAGES}


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
