"""The households' real coupon campaigns: 27 of them, and the 2,102 coupons that were redeemed.

The campaigns are kept as ended ones, with those who got them. Which households got which was not
drawn by lot, and who got none was not noted as held out: what they caused cannot be read. A coupon
that was redeemed is an activity, `coupon`, for it was a paper of theirs and no voucher of ours.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from campaigns.services.past import PastCampaign, take_in_campaign
from config.demo.calendar import SHOP_ZONE, moved_day
from config.demo.households import data_of
from config.demo.people import card_number
from loyalty.errors import DomainError
from loyalty.services.rulebook import Rulebook
from members.models import Activity, Identifier
from members.services.activities import record_activities
from members.types import ActivitySubmission

ACTOR = "system:demo"
SOURCE = "coupons"
NOTE = (
    "Kortingsbonnen uit de gegevens van Complete Journey (2017), verschoven in de tijd. Wie ze"
    " kreeg, is niet geloot en niemand werd buiten de actie gehouden. Wat de bonnen veroorzaakten,"
    " is er dus niet uit te lezen; alleen wie ze kregen en wie ze inleverden.\n\n"
    "Coupons of the Complete Journey data (2017), moved in time. Who got them was not drawn by lot"
    " and nobody was held out. So what they caused cannot be read from this; only who got them and"
    " who redeemed them."
)


def load_coupons(*, book: Rulebook, anchor: date, at: datetime, chunk: int = 500) -> int:
    """Take in the campaigns and redemptions of the households that are members.

    How many redemptions are new. Loading again changes nothing; with more households it adds
    theirs. Raises the refusal of an activity that the platform does not take.
    """
    members = _members(book.programme_id)
    got = pl.read_parquet(data_of("campaigns"))
    for row in pl.read_parquet(data_of("campaign_descriptions")).iter_rows(named=True):
        households = got.filter(pl.col("campaign_id") == row["campaign_id"])["household_id"]
        take_in_campaign(
            programme_id=book.programme_id,
            past=_campaign(row, anchor),
            memberships=[members[each] for each in households if each in members],
            actor=ACTOR,
            at=at,
        )
    return _redemptions(book, members, anchor, at, chunk)


def _members(programme_id: int) -> dict[int, int]:
    """The membership of each household that is one."""
    ids = pl.read_parquet(data_of("campaigns"))["household_id"].unique().to_list()
    cards = {card_number(household): household for household in ids}
    found = Identifier.objects.filter(
        kind=Identifier.Kind.CARD,
        value__in=list(cards),
        member__memberships__programme=programme_id,
    )
    rows = found.values_list("value", "member__memberships")
    return {cards[value]: membership for value, membership in rows}


def _campaign(row: dict[str, Any], anchor: date) -> PastCampaign:
    number, kind = row["campaign_id"], row["campaign_type"].removeprefix("Type ")
    return PastCampaign(
        key=f"coupons-{number}",
        name_nl=f"Kortingsbonnen {number} (soort {kind})",
        name_en=f"Coupons {number} (kind {kind})",
        note=NOTE,
        starts_at=_start_of(moved_day(row["start_date"].date(), anchor=anchor)),
        ends_at=_start_of(moved_day(row["end_date"].date(), anchor=anchor) + timedelta(days=1)),
    )


def _redemptions(
    book: Rulebook, members: dict[int, int], anchor: date, at: datetime, chunk: int
) -> int:
    redeemed = pl.read_parquet(data_of("coupon_redemptions")).with_row_index("row")
    known = set(Activity.objects.filter(source=SOURCE).values_list("external_id", flat=True))
    new = [
        _submission(row, anchor)
        for row in redeemed.iter_rows(named=True)
        if row["household_id"] in members and f"coupon:{row['row']}" not in known
    ]
    for start in range(0, len(new), chunk):
        _record(book, new[start : start + chunk], at)
    return len(new)


def _record(book: Rulebook, submissions: Sequence[ActivitySubmission], at: datetime) -> None:
    answers = record_activities(book=book, submissions=submissions, actor=ACTOR, at=at)
    for answer in answers:
        if isinstance(answer, DomainError):
            raise answer


def _submission(row: dict[str, Any], anchor: date) -> ActivitySubmission:
    day = moved_day(row["redemption_date"].date(), anchor=anchor)
    return ActivitySubmission(
        type="coupon",
        member=f"card:{card_number(row['household_id'])}",
        source=SOURCE,
        external_id=f"coupon:{row['row']}",
        occurred_at=datetime.combine(day, time(12), ZoneInfo(SHOP_ZONE)),
        channel="store",
        attributes={
            "campaign": f"coupons-{row['campaign_id']}",
            "coupon": str(row["coupon_upc"]),
        },
    )


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(SHOP_ZONE))
