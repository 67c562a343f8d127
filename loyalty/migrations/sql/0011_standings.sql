-- Standings and moves of tiers outside of what members do. Whoever writes a standing holds its lock,
-- or while there is none yet the lock of the account; both before any other lock.

-- The standings of these accounts, held until the transaction ends; in the order of all locks.
CREATE FUNCTION loyalty_lock_standings(p_accounts bigint[])
RETURNS TABLE (account bigint, holder uuid, sequence bigint, last_at timestamptz, document text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM loyalty_standing s WHERE s.account_id = ANY (p_accounts)
    ORDER BY s.account_id FOR NO KEY UPDATE;
    PERFORM FROM loyalty_account a
    WHERE a.id = ANY (p_accounts)
      AND NOT EXISTS (SELECT FROM loyalty_standing s WHERE s.account_id = a.id)
    ORDER BY a.id FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT a.id, a.holder, coalesce(s.sequence, 0), s.last_at, coalesce(s.document, '{}')::text
    FROM loyalty_account a LEFT JOIN loyalty_standing s ON s.account_id = a.id
    WHERE a.id = ANY (p_accounts) AND a.kind = 'MEMBER' ORDER BY a.id;
END $$;

-- Keeps a standing that was judged at `p_sequence`; false when it has moved on since.
CREATE FUNCTION loyalty_set_standing(
    p_account bigint, p_sequence bigint, p_document jsonb, p_last_at timestamptz DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM loyalty_lock_standings(ARRAY[p_account]);
    INSERT INTO loyalty_standing AS s (account_id, sequence, last_at, document)
    SELECT p_account, 1, p_last_at, p_document WHERE p_sequence = 0
    ON CONFLICT (account_id) DO UPDATE
    SET sequence = 1, last_at = coalesce(p_last_at, s.last_at), document = p_document
    WHERE s.sequence = 0;
    IF FOUND OR p_sequence = 0 THEN
        RETURN FOUND;
    END IF;
    UPDATE loyalty_standing s
    SET sequence = s.sequence + 1, last_at = coalesce(p_last_at, s.last_at), document = p_document
    WHERE s.account_id = p_account AND s.sequence = p_sequence;
    RETURN FOUND;
END $$;

-- Books changes of tier and tells them, each once; how many were new.
--
-- p_moves: [[tier set's id, before, after, cause, moment], …]
CREATE FUNCTION loyalty_move_tiers(
    p_account bigint, p_holder uuid, p_moves jsonb, p_now timestamptz)
RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_told int;
BEGIN
    WITH moved AS (
        INSERT INTO loyalty_tiermove (
            account_id, tier_set_id, before, after, cause, effective_at, recorded_at)
        SELECT p_account, (m->>0)::bigint, m->>1, m->>2, m->>3, (m->>4)::timestamptz, p_now
        FROM jsonb_array_elements(p_moves) WITH ORDINALITY AS k (m, place) ORDER BY place
        ON CONFLICT DO NOTHING
        RETURNING *
    )
    SELECT count(*) INTO v_told
    FROM moved JOIN loyalty_tierset t ON t.id = moved.tier_set_id, LATERAL outbox_publish(
        'loyalty.tier_changed.v1', p_holder,
        jsonb_build_object('account', moved.account_id, 'tier_set', t.key, 'before', moved.before,
                           'after', moved.after, 'cause', moved.cause),
        moved.effective_at, p_now) AS told;
    RETURN v_told;
END $$;

REVOKE ALL ON FUNCTION
    loyalty_lock_standings(bigint[]),
    loyalty_set_standing(bigint, bigint, jsonb, timestamptz),
    loyalty_move_tiers(bigint, uuid, jsonb, timestamptz)
FROM PUBLIC;
