"""What every way out promises."""

from collections.abc import Sequence
from typing import Protocol

from campaigns.types import Envelope, Refused, Sent


class Transport(Protocol):
    """Sends envelopes of its own channel, and answers for each in the same order.

    It never raises for one that cannot be sent: that is an answer. None is tried twice.
    """

    def send(self, envelopes: Sequence[Envelope]) -> list[Sent | Refused]: ...
