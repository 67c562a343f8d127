"""What a data team may have of campaigns: who was in which arm, and what became of each message."""

from campaigns.models import (
    Campaign,
    Dispatch,
    DispatchEvent,
    Offer,
    OfferContact,
    Participant,
    StepTaken,
)
from loyalty.services.exports.catalogue import Table, register_tables, same

TABLES = (
    Table(
        name="campaigns",
        model=Campaign,
        row="A campaign.",
        columns=same("id", "programme_id", "key", "name_nl", "name_en", "purpose", "state")
        | same("salt", "holdout", "exclusion_group", "goal", "goal_days", "reading_on")
        | same("launched_at", "ended_at", "spent_points", "spent_money"),
        notes={
            "salt": "with it anybody can draw the arms again",
            "holdout": "per cent who get nothing",
        },
    ),
    Table(
        name="participants",
        model=Participant,
        row="A member who entered a campaign, in the arm that was drawn.",
        columns=same("id", "campaign_id", "membership_id", "version", "arm", "state")
        | same("entered_at", "finished_at"),
    ),
    Table(
        name="steps_taken",
        model=StepTaken,
        row="A step that a participant took.",
        columns=same("id", "participant_id", "place", "kind", "outcome", "taken_at"),
    ),
    Table(
        name="dispatches",
        model=Dispatch,
        row="A message that could be sent, and its fate.",
        columns=same("id", "member_id", "membership_id", "channel", "nature", "purpose")
        | same("source", "campaign_id", "participant_id", "arm", "template", "fate", "reason")
        | same("created_at", "decided_at", "sent_at"),
    ),
    Table(
        name="dispatch_events",
        model=DispatchEvent,
        row="What came back of a message.",
        columns=same("id", "dispatch_id", "kind", "at"),
    ),
    Table(
        name="offers",
        model=Offer,
        row="An offer.",
        columns=same("id", "programme_id", "key", "title_nl", "title_en", "reward_id", "state")
        | same("weight", "starts_at", "ends_at"),
    ),
    Table(
        name="offer_contacts",
        model=OfferContact,
        row="An offer that a member was shown.",
        columns=same("id", "membership_id", "offer_id", "first_shown_on", "days_shown")
        | same("last_shown_on", "followed_at", "dismissed_at"),
    ),
)


def register() -> None:
    """Offer the tables; done when the app starts."""
    register_tables(*TABLES)
