"""How what the house has to say of itself reaches a member: by the gate, which is above this app.

News in the message box and mail about signing in are service: nobody agrees to them, no cap holds
them back. They are handed to the gate all the same, so that each has its written fate.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from members.services.messages import MessageDraft


class ServiceMail(msgspec.Struct, frozen=True, kw_only=True):
    """A letter about somebody's account, made and ready; `letter` names which one it is."""

    to: str
    subject: str
    text: str
    html: str = ""
    letter: str


class Gate(Protocol):
    """Lets through what the house has to say, and writes down what became of it."""

    def announce(self, messages: Sequence[MessageDraft]) -> None: ...

    def mail(self, mail: ServiceMail, at: datetime) -> bool: ...


_gates: list[Gate] = []


def register_gate(gate: Gate) -> None:
    """The one gate there is; said by the app that holds it, when it starts."""
    _gates[:] = [gate]


def announce(*, messages: Sequence[MessageDraft]) -> None:
    """Put the messages in their members' boxes, once each, with the fate of every one."""
    if messages:
        _gates[0].announce(messages)


def mail(*, mail: ServiceMail, at: datetime) -> bool:
    """Send the letter at once; whether it left. One that did not is never tried again by itself."""
    return _gates[0].mail(mail, at)
