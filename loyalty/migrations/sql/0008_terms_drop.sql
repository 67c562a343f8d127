DROP TRIGGER IF EXISTS lotchange_append_only ON loyalty_lotchange;
DROP TRIGGER IF EXISTS lotchange_no_truncate ON loyalty_lotchange;
DROP TRIGGER IF EXISTS slide_append_only ON loyalty_slide;
DROP TRIGGER IF EXISTS slide_no_truncate ON loyalty_slide;
DROP TRIGGER IF EXISTS seal_append_only ON loyalty_seal;
DROP TRIGGER IF EXISTS seal_no_truncate ON loyalty_seal;
DROP FUNCTION IF EXISTS ledger_book_lapsed, ledger_expire, ledger_slid_until, ledger_unlapse,
    ledger_slide, ledger_change_lots, ledger_cancel, ledger_reinstate, ledger_settled;
DROP INDEX IF EXISTS lot_of_transfer, transfer_owing, transfer_forgiving;
SELECT 1;
