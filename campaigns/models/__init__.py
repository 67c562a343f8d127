from campaigns.models.campaign import (
    HOLDOUT,
    UNIVERSAL,
    Campaign,
    CampaignNote,
    CampaignVersion,
    Participant,
    StepTaken,
)
from campaigns.models.experiments import DoseTest, Reading
from campaigns.models.messages import (
    Channel,
    ContactChoice,
    ContactPolicy,
    Dispatch,
    DispatchEvent,
    MessageTemplate,
    PushSubscription,
    Suppression,
)
from campaigns.models.offers import Offer, OfferContact

__all__ = [
    "HOLDOUT",
    "UNIVERSAL",
    "Campaign",
    "CampaignNote",
    "CampaignVersion",
    "Channel",
    "ContactChoice",
    "ContactPolicy",
    "Dispatch",
    "DispatchEvent",
    "DoseTest",
    "MessageTemplate",
    "Offer",
    "OfferContact",
    "Participant",
    "PushSubscription",
    "Reading",
    "StepTaken",
    "Suppression",
]
