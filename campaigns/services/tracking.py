"""Links that were followed and mails that were opened, as far as members agreed to it."""

from datetime import datetime

from campaigns.errors import LinkUnknown, TemplateInvalid
from campaigns.messaging.document import Document, links_in, read_document
from campaigns.messaging.links import LinkToken, Use, digest_of, read_link, read_token
from campaigns.models import Dispatch, DispatchEvent, MessageTemplate
from members.models import Purpose
from members.services.consents import may


def follow_link(*, token: str, at: datetime | None) -> str:
    """Where the link leads to, a path of ours or an https address; noted unless `at` is None.

    Only what stands in the message is led to: by what the link said then, else by its number in
    the message as it says now. Raises LinkUnknown.
    """
    link = read_link(token)
    dispatch = Dispatch.objects.select_related("campaign", "membership").filter(pk=link.dispatch_id)
    found = dispatch.first()
    if found is None:
        raise LinkUnknown("We do not know this link.")
    target = _target(found, link)
    if at is not None:
        note(found, DispatchEvent.Kind.CLICKED, at, str(link.number))
    return target


def note_opened(*, token: str, at: datetime) -> None:
    """Note that the mail was opened, if the member agrees to that still. Raises LinkUnknown."""
    dispatch = Dispatch.objects.filter(pk=read_token(token, Use.PIXEL)).first()
    if dispatch is None:
        raise LinkUnknown("We do not know this picture.")
    if dispatch.member_id and may(member_id=dispatch.member_id, purpose=Purpose.PROFILING):
        note(dispatch, DispatchEvent.Kind.OPENED, at)


def note(dispatch: Dispatch, kind: str, at: datetime, detail: str = "") -> None:
    """Note it once; the first time counts."""
    event = DispatchEvent(dispatch=dispatch, kind=kind, detail=detail, at=at)
    DispatchEvent.objects.bulk_create([event], ignore_conflicts=True)


def _target(dispatch: Dispatch, link: LinkToken) -> str:
    targets = links_in(_document(dispatch), dispatch.channel)
    for target in targets:
        if digest_of(target) == link.digest:
            return target
    if link.number < len(targets):
        return targets[link.number]
    raise LinkUnknown("This link is no longer in the message.")


def _document(dispatch: Dispatch) -> Document:
    owner = dispatch.membership or dispatch.campaign
    template = MessageTemplate.objects.filter(
        programme_id=owner.programme_id if owner else 0, key=dispatch.template
    )
    try:
        return read_document(template.values_list("document", flat=True).first())
    except TemplateInvalid:
        raise LinkUnknown("This message is no longer there.") from None
