DROP FUNCTION IF EXISTS members_record_together(
    bigint, bigint[], bigint[], jsonb, text, timestamptz);
