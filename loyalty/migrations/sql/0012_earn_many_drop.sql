DROP FUNCTION IF EXISTS ledger_earn_many(
    bigint[], bigint[], bigint[], text, text[], text[], jsonb[], text, timestamptz[],
    timestamptz, timestamptz[], timestamptz[], text[], text[], boolean[]);
