"""Messages as marketers write them: saved, copied, and the ready-made ones taken in."""

from datetime import datetime
from typing import Any

from django.db import transaction

from campaigns.errors import TemplateInvalid, TemplateKeyTaken
from campaigns.messaging.document import read_document
from campaigns.messaging.ready_made import READY_MADE
from campaigns.models import MessageTemplate
from loyalty.errors import NotFound


@transaction.atomic
def save_template(
    *,
    programme_id: int,
    key: str,
    name: str,
    document: dict[str, Any],
    actor: str,
    at: datetime,
    template_id: int | None = None,
) -> MessageTemplate:
    """Keep a new message, or change the one with `template_id`; its key stays as it is.

    What waits to be sent says the new text. Raises TemplateInvalid with the field,
    TemplateKeyTaken for a new message whose key another has, and NotFound.
    """
    read_document(document)
    if not name.strip():
        raise TemplateInvalid("Give the message a name.", field="name")
    if template_id is None:
        return _new(programme_id, key, name=name, document=document, actor=actor, at=at)
    template = (
        MessageTemplate.objects.select_for_update()
        .filter(pk=template_id, programme_id=programme_id)
        .first()
    )
    if template is None:
        raise NotFound("There is no such message.")
    if (template.name, template.document) == (name, document):
        return template
    template.name, template.document = name, document
    template.version += 1
    template.changed_by, template.changed_at = actor, at
    template.save()
    return template


@transaction.atomic
def copy_template(
    *, template_id: int, key: str, name: str, actor: str, at: datetime
) -> MessageTemplate:
    """A message that says the same, to be changed. Raises NotFound and TemplateKeyTaken."""
    template = MessageTemplate.objects.filter(pk=template_id).first()
    if template is None:
        raise NotFound("There is no such message.")
    return _new(
        template.programme_id, key, name=name, document=template.document, actor=actor, at=at
    )


@transaction.atomic
def take_ready_made(*, programme_id: int, actor: str, at: datetime) -> int:
    """Put the messages that came with the house among the programme's; how many were new.

    One that is there under its key stays as it is, changed or not.
    """
    known = set(
        MessageTemplate.objects.filter(programme_id=programme_id).values_list("key", flat=True)
    )
    new = [
        MessageTemplate(
            programme_id=programme_id,
            key=key,
            name=made.name["nl"],
            document=made.document,
            is_ready_made=True,
            changed_by=actor,
            changed_at=at,
        )
        for key, made in READY_MADE.items()
        if key not in known
    ]
    MessageTemplate.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _new(
    programme_id: int, key: str, *, name: str, document: Any, actor: str, at: datetime
) -> MessageTemplate:
    template, is_new = MessageTemplate.objects.get_or_create(
        programme_id=programme_id,
        key=key,
        defaults={"name": name, "document": document, "changed_by": actor, "changed_at": at},
    )
    if not is_new:
        raise TemplateKeyTaken("Another message has this key.", field="key")
    return template
