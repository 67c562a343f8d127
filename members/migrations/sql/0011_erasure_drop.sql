DROP FUNCTION IF EXISTS members_forget_activities(
    bigint[], uuid[], text[], text[], text[], text);
DROP FUNCTION IF EXISTS members_forgotten_key(text, text[], text);
CREATE OR REPLACE TRIGGER activity_append_only BEFORE UPDATE OR DELETE ON members_activity
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE OR REPLACE TRIGGER activityrevision_append_only
    BEFORE UPDATE OR DELETE ON members_activityrevision
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
