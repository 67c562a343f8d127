-- The functions stay: those before them cannot read debts, and applying this again replaces them.
DROP TRIGGER IF EXISTS hold_not_deleted ON loyalty_hold;
DROP TRIGGER IF EXISTS hold_no_truncate ON loyalty_hold;
DROP INDEX IF EXISTS transfer_by_reversed;
