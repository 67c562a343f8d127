"""Messages that were written in a campaign's form: kept as messages, and chosen in their steps."""

from datetime import datetime

from campaigns.admin.campaign_editor import CampaignEditor
from campaigns.admin.message_row import MessageRow
from campaigns.messaging.ready_made import READY_MADE
from campaigns.models import MessageTemplate
from campaigns.services.templates import save_template, take_ready_made
from loyalty.admin.fields import unused_key


def save_written(editor: CampaignEditor, *, actor: str, at: datetime) -> None:
    """Save what was written, and have the steps say the new messages' keys."""
    programme = editor.around.programme
    rows = [step.row for step in editor.steps.all() if isinstance(step.row, MessageRow)]
    taken = set(MessageTemplate.objects.filter(programme=programme).values_list("key", flat=True))
    if any(row.key in READY_MADE and row.key not in taken for row in rows if not row.new_document):
        take_ready_made(programme_id=programme.pk, actor=actor, at=at)
        taken |= set(READY_MADE)
    for row in rows:
        document = row.new_document
        if document is None:
            continue
        name = row.cleaned_data["w_name"]
        key = unused_key(name, taken, otherwise="message")
        taken.add(key)
        save_template(
            programme_id=programme.pk,
            key=key,
            name=name,
            document=document,
            actor=actor,
            at=at,
        )
        row.cleaned_data["template"] = key
