DROP TRIGGER IF EXISTS activity_append_only ON members_activity;
DROP TRIGGER IF EXISTS activity_no_truncate ON members_activity;
DROP TRIGGER IF EXISTS activityline_append_only ON members_activityline;
DROP TRIGGER IF EXISTS activityline_no_truncate ON members_activityline;
DROP FUNCTION IF EXISTS members_record_activities(jsonb, bigint, text, timestamptz);
DROP FUNCTION IF EXISTS members_holders(bigint, bigint, jsonb);
