DROP TRIGGER IF EXISTS ruleset_append_only ON loyalty_ruleset;
DROP TRIGGER IF EXISTS ruleset_no_truncate ON loyalty_ruleset;
DROP TRIGGER IF EXISTS tiermove_append_only ON loyalty_tiermove;
DROP TRIGGER IF EXISTS tiermove_no_truncate ON loyalty_tiermove;
DROP TRIGGER IF EXISTS standing_not_deleted ON loyalty_standing;
DROP TRIGGER IF EXISTS standing_no_truncate ON loyalty_standing;
DROP TRIGGER IF EXISTS limituse_not_deleted ON loyalty_limituse;
DROP TRIGGER IF EXISTS limituse_no_truncate ON loyalty_limituse;
DROP VIEW IF EXISTS audit_lot_change, audit_slide, audit_hold, audit_limit, audit_standing,
    audit_tier_move, audit_seal;
