DROP VIEW IF EXISTS audit_kin;
DROP FUNCTION IF EXISTS ledger_merge_holders, ledger_merge_account, ledger_move_lots;
DROP TRIGGER IF EXISTS holdermerge_append_only ON loyalty_holdermerge;
DROP TRIGGER IF EXISTS holdermerge_no_truncate ON loyalty_holdermerge;
DROP INDEX IF EXISTS lot_of_origin;
SELECT 1;
