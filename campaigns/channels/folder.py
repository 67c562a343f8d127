"""Where the demo puts what it does not send: files that its mailbox page shows."""

import json
from pathlib import Path

from django.conf import settings

from campaigns.types import Envelope


def put_away(kind: str, envelope: Envelope) -> None:
    """Keep it under its id in the folder of this kind ("sms", "push")."""
    folder = Path(settings.EMAIL_FILE_PATH) / kind
    folder.mkdir(parents=True, exist_ok=True)
    said = {
        "to": envelope.to,
        "title": envelope.subject,
        "text": envelope.text,
        "link": envelope.link,
        "sent_at": envelope.at.isoformat(),
    }
    (folder / f"{envelope.dispatch_id}.json").write_text(json.dumps(said, ensure_ascii=False))
