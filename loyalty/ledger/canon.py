"""The books as bytes that are the same wherever they are written down: one line per transfer.

A line is a JSON array: the transfer's own columns, what lots it made (with the dates they were
granted with) and what it took from lots or gave back. Moments are microseconds since 1970, so that
no session's settings show in them.
"""

from collections.abc import Iterator

from django.db import connection

CHUNK = 5_000

# A lot's first change tells what its dates were when it was granted.
_LINES = """
SELECT t.id, jsonb_build_array(
    t.id, t.debit_account_id, t.credit_account_id, t.points, t.kind, t.source, t.external_id,
    t.fingerprint, t.reasons, t.actor,
    (extract(epoch FROM t.effective_at) * 1000000)::bigint,
    (extract(epoch FROM t.recorded_at) * 1000000)::bigint,
    t.reverses, t.debit_before, t.debit_version, t.credit_before, t.credit_version,
    (SELECT jsonb_agg(jsonb_build_array(
                l.id, l.account_id, l.granted, l.awaits, l.is_sliding, l.expiry,
                (extract(epoch FROM CASE WHEN c.id IS NULL THEN l.available_from
                                         ELSE c.available_before END) * 1000000)::bigint,
                (extract(epoch FROM CASE WHEN c.id IS NULL THEN l.expires_at
                                         ELSE c.expires_before END) * 1000000)::bigint)
            ORDER BY l.id)
     FROM loyalty_lot l
     LEFT JOIN LATERAL (
         SELECT k.id, k.available_before, k.expires_before FROM loyalty_lotchange k
         WHERE k.lot_id = l.id AND k.deed <> 'REINSTATE' ORDER BY k.id LIMIT 1) c ON true
     WHERE l.transfer_id = t.id),
    (SELECT jsonb_agg(jsonb_build_array(m.lot_id, m.points) ORDER BY m.id)
     FROM loyalty_lotmove m WHERE m.transfer_id = t.id))::text
FROM loyalty_transfer t
JOIN loyalty_account a ON a.id = t.debit_account_id
JOIN loyalty_unit u ON u.id = a.unit_id
WHERE t.id > %s AND t.id <= %s AND u.programme_id = %s
ORDER BY t.id LIMIT %s
"""


def lines(programme_id: int, *, after: int, upto: int) -> Iterator[bytes]:
    """The lines of a programme's transfers with `after` < id <= `upto`, in the order of the ids."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_LINES, [after, upto, programme_id, CHUNK])
            rows = cursor.fetchall()
        yield from (line.encode() for _, line in rows)
        if len(rows) < CHUNK:
            return
        after = rows[-1][0]
