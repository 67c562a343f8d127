"""What *Kleur & Co* draws its members' eyes to: three offers; and two segments to begin with."""

from datetime import datetime
from typing import Any

from campaigns.models import Offer
from campaigns.services.offers import OfferDraft, publish_offer, save_offer
from campaigns.services.policies import policy_of
from loyalty.models import Programme
from members.models import Segment
from members.services.segments import publish_segment, save_segment
from rewards.models import Reward

ACTOR = "system:demo"
OFFERS = [
    OfferDraft(
        key="autumn-walls",
        title_nl="Tijd voor een nieuwe muur",
        title_en="Time for a new wall",
        text_nl="Dubbele punten op verf en grondverf. Kom langs voor gratis kleuradvies.",
        text_en="Double points on paint and primer. Come by for free advice on colours.",
        rule="double-paint",
        categories=["paint", "primer"],
    ),
    OfferDraft(
        key="green-home",
        title_nl="Groen binnen en buiten",
        title_en="Green indoors and out",
        text_nl="Planten die tegen een stootje kunnen, met potten in de kleur van je muur.",
        text_en="Plants that are hard to kill, with pots in the colour of your wall.",
        categories=["plants", "garden"],
        weight=45,
    ),
    OfferDraft(
        key="tape-for-free",
        title_nl="Nooit meer zonder tape",
        title_en="Never without tape again",
        text_nl="Een rol schilderstape voor je punten, handig bij de volgende klus.",
        text_en="A roll of masking tape for your points, handy for the next job.",
        categories=["brushes_tools", "tape_filler"],
        weight=60,
    ),
]
SEGMENTS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "painters": (
        {"nl": "Schilders", "en": "Painters"},
        {
            "attribute": "purchases.amount",
            "with": {"category": "paint", "days": 90},
            "is": "at_least",
            "value": "50.00",
        },
    ),
    "regulars": (
        {"nl": "Vaste klanten", "en": "Regulars"},
        {
            "attribute": "purchases.count",
            "with": {"days": 60},
            "is": "at_least",
            "value": 6,
        },
    ),
}
REWARDS = {"tape-for-free": "free-tape"}


def see_to_campaigns(*, programme: Programme, at: datetime) -> None:
    """See that the contact policy and the offers are there, live; what is there already stays as it is."""
    policy_of(programme_id=programme.pk)
    there = set(Offer.objects.filter(programme=programme).values_list("key", flat=True))
    for offer in OFFERS:
        if offer.key not in there:
            _offer(programme, offer, at)


def see_to_segments(*, programme: Programme, at: datetime) -> None:
    """See that the segments are there, live, with whom they describe now."""
    there = set(Segment.objects.filter(programme=programme).values_list("key", flat=True))
    for key, (names, document) in SEGMENTS.items():
        if key not in there:
            kept = save_segment(
                programme_id=programme.pk,
                key=key,
                names=names,
                kind=Segment.Kind.DYNAMIC,
                document=document,
                actor=ACTOR,
                at=at,
            )
            publish_segment(segment_id=kept.pk, actor=ACTOR, at=at)


def _offer(programme: Programme, offer: OfferDraft, at: datetime) -> None:
    said = {name: getattr(offer, name) for name in offer.__struct_fields__}
    if leads_to := REWARDS.get(offer.key):
        rewards = Reward.objects.filter(programme=programme, key=leads_to)
        said["reward_id"] = rewards.values_list("pk", flat=True).first()
    kept = save_offer(programme_id=programme.pk, offer=OfferDraft(**said), actor=ACTOR, at=at)
    publish_offer(programme_id=programme.pk, offer_id=kept.pk, actor=ACTOR, at=at)
