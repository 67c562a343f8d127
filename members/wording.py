"""Sentences for what is no rule's: points that go back or come back, thanks. Plain Python."""

from loyalty.services.thanks import CODE as THANKS
from loyalty.types import Reason, Words

_OURS: dict[str, Words] = {
    "returned": {
        "nl": "Bon {receipt} is retour, helemaal of voor een deel: deze punten gaan terug",
        "en": "Receipt {receipt} was returned, in whole or in part: these points go back",
    },
    "restored": {
        "nl": "Bon {receipt} was met punten betaald en is retour: deze punten zijn weer van jou",
        "en": "Receipt {receipt} was paid with points and returned: these points are yours again",
    },
    "waiting": {
        "nl": "Bon {receipt} is hier nog niet bekend; de retour wordt verrekend zodra die er is",
        "en": "Receipt {receipt} is not known here yet; the return counts as soon as it is",
    },
    "late": {
        "nl": "Iets van daarvoor werd later gemeld; bon {receipt} is daarom opnieuw berekend",
        "en": "Something from before came in later, so receipt {receipt} was counted again",
    },
    "merged": {
        "nl": "Je stond er twee keer in en bent er nu één; bon {receipt} is daarom opnieuw berekend",
        "en": "You were there twice and are one now, so receipt {receipt} was counted again",
    },
    "parted": {
        "nl": "Twee mensen stonden er als één in; bon {receipt} is daarom opnieuw berekend",
        "en": "Two people were there as one, so receipt {receipt} was counted again",
    },
}


def told_of_ours(reason: Reason) -> Words | None:
    """The reason in each language when it is one of ours, else None."""
    if reason.code == THANKS:
        return reason.name
    said = _OURS.get(reason.code)
    if said is None:
        return None
    receipt = reason.params.get("receipt", "").rpartition(":")[2]
    return {language: text.format(receipt=receipt) for language, text in said.items()}
