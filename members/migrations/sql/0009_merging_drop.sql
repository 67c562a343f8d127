DROP FUNCTION IF EXISTS members_refold(bigint, uuid, bigint, jsonb, jsonb, text, timestamptz);
DROP FUNCTION IF EXISTS members_move_consents(uuid, uuid, bigint[]);
DROP FUNCTION IF EXISTS members_move_activities(bigint, bigint, uuid[]);
SELECT 1;
