DROP VIEW audit_event, audit_programme, audit_balance, audit_lot_move, audit_lot, audit_entry;
