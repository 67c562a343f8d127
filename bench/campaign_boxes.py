"""When messages come into boxes: looked at from outside, a few times a second."""

import time
from typing import Any

from bench.stage import Stage

LOOK = 0.1  # seconds between looks
# A message is there when its dispatch says so, which is written after it was put into the box.
_THERE = """
SELECT d.id, d.fate = 'SENT', extract(epoch FROM a.recorded_at)
FROM campaigns_dispatch d
JOIN campaigns_participant p ON p.id = d.participant_id
JOIN members_activity a ON a.id = substr(p.key, 10)::uuid
WHERE d.source = 'campaign:purchases' AND d.fate IN ('SENT', 'DROPPED') AND d.id <> ALL(%s::uuid[])
"""


def watch(on: Stage, *, wanted: int, patience: float) -> list[float]:
    """Seconds from when each purchase was recorded until its message was seen; shortest first."""
    seen: dict[Any, float | None] = {}  # None: to who did not agree
    until = time.monotonic() + patience
    with on.connect_as_owner() as connection:
        while len(seen) < wanted and time.monotonic() < until:
            rows = connection.execute(_THERE, [list(seen)]).fetchall()
            now = time.time()
            seen |= {pk: now - float(at) if sent else None for pk, sent, at in rows}
            time.sleep(LOOK)
    lags = sorted(lag for lag in seen.values() if lag is not None)
    if not lags or len(seen) < wanted:
        raise SystemExit(f"Of {wanted} purchases {len(seen)} came to a message.")
    return lags
