DROP FUNCTION IF EXISTS ledger_refuse_change, ledger_guard_lot CASCADE;
DROP FUNCTION IF EXISTS ledger_post, ledger_open_account, ledger_take_from_lots,
    ledger_usable_lots, outbox_publish;
