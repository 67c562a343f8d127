"""The words of the earning engine's sentences, in Dutch and English."""

from types import MappingProxyType
from typing import NamedTuple


class Wording(NamedTuple):
    """All templates of one language; `fields` are phrases for conditions not of the line."""

    point: str
    points: str
    extra_point: str
    extra_points: str
    per_amount: str
    multiplier: str
    fields: MappingProxyType[str, str]
    on: str  # the lines that count: "2x points *on* paint"
    with_: str  # the lines that a fixed number asks for: "for a purchase *with* paint"
    by: str  # a brand
    products: str  # what a brand makes, when nothing more precise is named
    channels: MappingProxyType[str, str]
    channel: str
    triggers: MappingProxyType[str, str]
    trigger: str
    conjunction: str
    alternative: str
    others: str
    except_: str
    not_: str
    only: str
    does_not: str
    near_miss: str
    near_miss_ahead: str
    no_amount: str
    not_met: str
    since: str  # from a day or hour on
    through: str  # up to and including a day
    until: str  # up to an hour
    not_yet: str
    no_longer: str


NL = Wording(
    point="{} punt",
    points="{} punten",
    extra_point="{} punt extra",
    extra_points="{} punten extra",
    per_amount="{points} per {per}",
    multiplier="{}× punten",
    fields=MappingProxyType(
        {
            "basket.amount": "vanaf {}",
            "activity.channel": "{}",
            "activity.location": "bij {}",
            "member.tier": "voor leden met tier {}",
            "member.segment": "voor leden in de groep {}",
        }
    ),
    on="op {}",
    with_="met {}",
    by="van {}",
    products="producten",
    channels=MappingProxyType(
        {
            "web": "in de webshop",
            "app": "in de app",
            "store": "in de winkel",
            "social": "op sociale media",
        }
    ),
    channel="via {}",
    triggers=MappingProxyType(
        {
            "purchase": "bij een aankoop",
            "review": "voor een review",
            "survey": "voor een enquête",
            "share": "voor het delen",
            "referral": "voor het aanbrengen van een nieuw lid",
            "check_in": "voor een check-in",
            "visit": "voor een bezoek",
        }
    ),
    trigger="voor {}",
    conjunction="en",
    alternative="of",
    others="nog {}",
    except_="behalve {}",
    not_="niet {}",
    only="Geldt alleen {}",
    does_not="Geldt niet {}",
    near_miss="Nog {short} meer en je had {points} verdiend",
    near_miss_ahead="Nog {short} meer en je verdient {points}",
    no_amount="Er was geen bedrag om punten over te geven",
    not_met="Hier niet van toepassing",
    since="vanaf {}",
    through="t/m {}",
    until="tot {}",
    not_yet="Geldt pas {}",
    no_longer="Gold {}",
)

EN = Wording(
    point="{} point",
    points="{} points",
    extra_point="{} extra point",
    extra_points="{} extra points",
    per_amount="{points} per {per}",
    multiplier="{}× points",
    fields=MappingProxyType(
        {
            "basket.amount": "from {}",
            "activity.channel": "{}",
            "activity.location": "at {}",
            "member.tier": "for members with tier {}",
            "member.segment": "for members in the group {}",
        }
    ),
    on="on {}",
    with_="with {}",
    by="by {}",
    products="products",
    channels=MappingProxyType(
        {
            "web": "in the webshop",
            "app": "in the app",
            "store": "in store",
            "social": "on social media",
        }
    ),
    channel="through {}",
    triggers=MappingProxyType(
        {
            "purchase": "for a purchase",
            "review": "for a review",
            "survey": "for a survey",
            "share": "for sharing",
            "referral": "for bringing in a new member",
            "check_in": "for a check-in",
            "visit": "for a visit",
        }
    ),
    trigger="for {}",
    conjunction="and",
    alternative="or",
    others="{} more",
    except_="except {}",
    not_="not {}",
    only="Only {}",
    does_not="Not {}",
    near_miss="{short} more would have earned you {points}",
    near_miss_ahead="{short} more earns you {points}",
    no_amount="There was no amount to earn points on",
    not_met="Does not apply here",
    since="from {}",
    through="through {}",
    until="until {}",
    not_yet="Only {}",
    no_longer="Applied {}",
)
