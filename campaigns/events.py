"""What campaigns announce. Ids, words of our own and times; never a name or an address."""

from typing import ClassVar

from loyalty.events import DomainEvent


class WebhookAsked(DomainEvent, frozen=True, kw_only=True):
    """A campaign's step wants another system told; the subject is the holder."""

    name: ClassVar[str] = "campaigns.webhook_asked.v1"
    campaign: str
    participant: int
    event: str
    url: str
