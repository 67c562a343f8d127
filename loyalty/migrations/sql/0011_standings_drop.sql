DROP FUNCTION IF EXISTS loyalty_move_tiers(bigint, uuid, jsonb, timestamptz);
DROP FUNCTION IF EXISTS loyalty_set_standing(bigint, bigint, jsonb, timestamptz);
DROP FUNCTION IF EXISTS loyalty_lock_standings(bigint[]);
