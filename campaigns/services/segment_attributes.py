"""What segments can ask about campaigns: what members were sent, opened and clicked."""

from collections.abc import Mapping
from typing import Any

from members.segments.catalogue import Attribute, Kind
from members.services.segments import add_attribute

_GROUP = {"nl": "Berichten en campagnes", "en": "Messages and campaigns"}
_SENT = """
    SELECT d.membership_id, count(*) FROM campaigns_dispatch d{joined}
    WHERE d.membership_id IN (SELECT w.id FROM who w) AND d.fate = 'SENT'
      AND d.nature = 'MARKETING' AND d.sent_at <= %(at)s{narrowed} GROUP BY d.membership_id
"""
_HEARD = """
    SELECT d.membership_id, count(DISTINCT d.id) FROM campaigns_dispatch d{joined}
    JOIN campaigns_dispatchevent e ON e.dispatch_id = d.id AND e.kind = '{kind}'
    WHERE d.membership_id IN (SELECT w.id FROM who w) AND e.at <= %(at)s{narrowed}
    GROUP BY d.membership_id
"""
_OF_CAMPAIGN = " JOIN campaigns_campaign c ON c.id = d.campaign_id AND c.key = ANY(%(campaign)s)"
_IN = """
    SELECT w.id, array_agg(DISTINCT {value}::text) FROM who w
    JOIN campaigns_participant p ON p.membership_id = w.id AND p.entered_at <= %(at)s
    JOIN campaigns_campaign c ON c.id = p.campaign_id{narrowed} GROUP BY w.id
"""


def register() -> None:
    """Add them to the catalogue."""
    for key, text, moment, words in (
        ("sent", _SENT, "d.sent_at", ("berichten gestuurd", "messages sent")),
        ("opened", _HEARD, "e.at", ("berichten geopend", "messages opened")),
        ("clicked", _HEARD, "e.at", ("berichten aangeklikt", "messages clicked")),
    ):
        attribute = Attribute(
            key=f"campaigns.{key}",
            kind=Kind.NUMBER,
            words={"nl": words[0], "en": words[1]},
            group=_GROUP,
            parameters=("days", "campaign"),
            counts=True,
        )
        add_attribute(attribute, _heard(text, key.upper(), moment))
    for key, value, words in (
        ("in", "c.key", ("in campagne", "in campaign")),
        ("arm", "p.arm", ("groep in een campagne", "group in a campaign")),
    ):
        attribute = Attribute(
            key=f"campaigns.{key}",
            kind=Kind.CHOICES,
            words={"nl": words[0], "en": words[1]},
            group=_GROUP,
            parameters=("campaign",) if key == "arm" else (),
        )
        add_attribute(attribute, _in(value))


def _heard(text: str, kind: str, moment: str) -> Any:
    def made(given: Mapping[str, Any]) -> str:
        return text.format(
            kind=kind,
            joined=_OF_CAMPAIGN if "campaign" in given else "",
            narrowed=f" AND {moment} >= %(since)s" if "days" in given else "",
        )

    return made


def _in(value: str) -> Any:
    def made(given: Mapping[str, Any]) -> str:
        narrowed = " AND c.key = ANY(%(campaign)s)" if "campaign" in given else ""
        return _IN.format(value=value, narrowed=narrowed)

    return made
