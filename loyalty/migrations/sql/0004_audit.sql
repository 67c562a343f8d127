-- What an auditor reads: the books as plain tables, without the ledger's own machinery.

-- Each transfer as two signed entries, one per account; prev, cur and version are those of a
-- member's account, which is the only kind that keeps them.
CREATE VIEW audit_entry AS
SELECT t.id AS transfer, a.unit_id AS unit, t.debit_account_id AS account, a.kind AS account_kind,
       a.holder, -t.points AS points, t.debit_before AS prev, t.debit_before - t.points AS cur,
       t.debit_version AS version, t.kind, t.source, t.external_id, t.actor,
       t.effective_at, t.recorded_at
FROM loyalty_transfer t LEFT JOIN loyalty_account a ON a.id = t.debit_account_id
UNION ALL
SELECT t.id, a.unit_id, t.credit_account_id, a.kind,
       a.holder, t.points, t.credit_before, t.credit_before + t.points,
       t.credit_version, t.kind, t.source, t.external_id, t.actor,
       t.effective_at, t.recorded_at
FROM loyalty_transfer t LEFT JOIN loyalty_account a ON a.id = t.credit_account_id;

CREATE VIEW audit_lot AS
SELECT id AS lot, account_id AS account, transfer_id AS transfer, granted, remaining,
       available_from, expires_at
FROM loyalty_lot;

CREATE VIEW audit_lot_move AS
SELECT lot_id AS lot, transfer_id AS transfer, points FROM loyalty_lotmove;

-- A member's balance three times over: as kept, as the entries add up, as the open lots add up.
CREATE VIEW audit_balance AS
SELECT a.id AS account, a.unit_id AS unit, a.holder, a.balance AS kept,
       coalesce(e.points, 0) AS entries, coalesce(l.points, 0) AS lots, a.version
FROM loyalty_account a
LEFT JOIN (SELECT account, sum(points)::bigint AS points FROM audit_entry GROUP BY account) e
       ON e.account = a.id
LEFT JOIN (SELECT account, sum(remaining)::bigint AS points FROM audit_lot
           WHERE remaining > 0 GROUP BY account) l ON l.account = a.id
WHERE a.kind = 'MEMBER';

-- What the programme gave out, took in and let lapse: the roll-forward that finance asks for.
CREATE VIEW audit_programme AS
SELECT a.unit_id AS unit, a.kind AS account_kind, coalesce(sum(e.points), 0)::bigint AS points
FROM loyalty_account a LEFT JOIN audit_entry e ON e.account = a.id
GROUP BY a.unit_id, a.kind;

CREATE VIEW audit_event AS
SELECT id AS event, name, (payload ->> 'transfer')::bigint AS transfer,
       (payload ->> 'points')::bigint AS points, occurred_at, recorded_at, dispatched_at
FROM loyalty_outboxevent WHERE payload ? 'transfer';
