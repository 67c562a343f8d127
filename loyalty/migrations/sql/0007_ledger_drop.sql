DROP TRIGGER IF EXISTS hold_not_deleted ON loyalty_hold;
DROP TRIGGER IF EXISTS hold_no_truncate ON loyalty_hold;
DROP FUNCTION IF EXISTS ledger_return, ledger_restore, ledger_forgive, ledger_hold, ledger_capture,
    ledger_void, ledger_lock, ledger_close_account, ledger_spendable, ledger_held;
DROP INDEX IF EXISTS transfer_by_reversed;
SELECT 1;
