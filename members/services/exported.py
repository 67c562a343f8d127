"""What a data team may have of members: who they are stays here, what they did goes along."""

from loyalty.services.exports.catalogue import Table, register_tables, same
from members.models import (
    Activity,
    ActivityLine,
    ActivityRevision,
    Consent,
    Member,
    Membership,
    Segment,
    SegmentMembership,
)

TABLES = (
    Table(
        name="members",
        model=Member,
        row="A person, without name or address.",
        columns=same("id", "language", "merged_into_id", "erased_at"),
        notes={
            "merged_into_id": "the record that goes on for both",
            "erased_at": "when the person was forgotten; the row stays, so that sums add up",
        },
    ),
    Table(
        name="memberships",
        model=Membership,
        row="A person in a programme.",
        columns=same("id", "member_id", "programme_id", "holder", "joined_at")
        | same("joined_through", "joined_location", "joined_campaign"),
        notes={"holder": "by which the books know them: accounts.holder"},
    ),
    Table(
        name="consents",
        model=Consent,
        row="A consent as it was given or withdrawn; the last of a purpose and channel holds.",
        columns=same("id", "member_id", "purpose", "channel", "is_given")
        | same("text_version", "touchpoint", "recorded_at"),
    ),
    Table(
        name="activities",
        model=Activity,
        row="Something a member did, with what it earned when it was recorded.",
        columns=same("id", "programme_id", "membership_id", "type", "source", "external_id")
        | same("occurred_at", "recorded_at", "channel", "location", "amount", "points")
        | same("balance_after", "points_paid", "tender", "original"),
        notes={
            "amount": "money, in the programme's currency",
            "points": "as first judged; what it is worth now is in activity_revisions",
            "tender": "money that points paid for",
            "original": "of a return: source:external_id of the sale",
        },
    ),
    Table(
        name="activity_lines",
        model=ActivityLine,
        row="A line of a purchase or return.",
        columns=same("activity_id", "number", "product", "category", "brand", "quantity")
        | same("amount", "points", "kind", "of_line"),
        notes={"of_line": "of a return: the line of the sale"},
    ),
    Table(
        name="activity_revisions",
        model=ActivityRevision,
        row="What an activity is worth since something else was known; the highest number holds.",
        columns=same("activity_id", "number", "cause", "points", "recorded_at"),
        notes={"cause": "the return, or the activity that came in late"},
    ),
    Table(
        name="segments",
        model=Segment,
        row="A segment.",
        columns=same("id", "programme_id", "key", "name_nl", "name_en", "kind", "state", "size")
        | same("refreshed_at"),
    ),
    Table(
        name="segment_memberships",
        model=SegmentMembership,
        row="A stay in a segment.",
        columns=same("id", "membership_id", "segment", "since", "until"),
        notes={"until": "empty: still in it"},
    ),
)


def register() -> None:
    """Offer the tables; done when the app starts."""
    register_tables(*TABLES)
