-- What an auditor reads, brought up to date: what was reversed, how lots end, what changed their
-- dates, what is set aside, and what members are judged by.

CREATE OR REPLACE VIEW audit_entry AS
SELECT t.id AS transfer, a.unit_id AS unit, t.debit_account_id AS account, a.kind AS account_kind,
       a.holder, -t.points AS points, t.debit_before AS prev, t.debit_before - t.points AS cur,
       t.debit_version AS version, t.kind, t.source, t.external_id, t.actor,
       t.effective_at, t.recorded_at, t.reverses
FROM loyalty_transfer t LEFT JOIN loyalty_account a ON a.id = t.debit_account_id
UNION ALL
SELECT t.id, a.unit_id, t.credit_account_id, a.kind,
       a.holder, t.points, t.credit_before, t.credit_before + t.points,
       t.credit_version, t.kind, t.source, t.external_id, t.actor,
       t.effective_at, t.recorded_at, t.reverses
FROM loyalty_transfer t LEFT JOIN loyalty_account a ON a.id = t.credit_account_id;

-- ends_at is when the lot ends whichever way it does: of a sliding one, when its account's do.
CREATE OR REPLACE VIEW audit_lot AS
SELECT l.id AS lot, l.account_id AS account, l.transfer_id AS transfer, l.granted, l.remaining,
       l.available_from, l.expires_at, l.awaits, l.is_sliding,
       CASE WHEN l.is_sliding THEN a.lapses_at ELSE l.expires_at END AS ends_at
FROM loyalty_lot l LEFT JOIN loyalty_account a ON a.id = l.account_id;

CREATE VIEW audit_lot_change AS
SELECT id AS change, lot_id AS lot, deed, available_before, available_from, expires_before,
       expires_at, source, external_id, reason, actor, recorded_at
FROM loyalty_lotchange;

CREATE VIEW audit_slide AS
SELECT id AS slide, account_id AS account, lapses_at, effective_at, recorded_at FROM loyalty_slide;

CREATE VIEW audit_hold AS
SELECT id AS hold, account_id AS account, points, source, external_id, actor, authorised_at,
       expires_at, ended_at, "end", captured, transfer
FROM loyalty_hold;

CREATE VIEW audit_limit AS
SELECT programme_id AS programme, key, used FROM loyalty_limituse;

CREATE VIEW audit_standing AS
SELECT s.account_id AS account, a.unit_id AS unit, a.holder, s.sequence, s.last_at, s.document
FROM loyalty_standing s LEFT JOIN loyalty_account a ON a.id = s.account_id;

CREATE VIEW audit_tier_move AS
SELECT id AS move, account_id AS account, tier_set_id AS tier_set, before, after, cause,
       effective_at, recorded_at
FROM loyalty_tiermove;

CREATE VIEW audit_seal AS
SELECT programme_id AS programme, day, last_transfer, transfers, previous, digest, sealed_at
FROM loyalty_seal;

-- What members are judged by is not taken away, and a rule set is never changed.
CREATE TRIGGER ruleset_append_only BEFORE UPDATE OR DELETE ON loyalty_ruleset
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ruleset_no_truncate BEFORE TRUNCATE ON loyalty_ruleset
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER tiermove_append_only BEFORE UPDATE OR DELETE ON loyalty_tiermove
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER tiermove_no_truncate BEFORE TRUNCATE ON loyalty_tiermove
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER standing_not_deleted BEFORE DELETE ON loyalty_standing
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER standing_no_truncate BEFORE TRUNCATE ON loyalty_standing
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER limituse_not_deleted BEFORE DELETE ON loyalty_limituse
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER limituse_no_truncate BEFORE TRUNCATE ON loyalty_limituse
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
