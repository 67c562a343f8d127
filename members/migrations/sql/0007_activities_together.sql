-- Records what many members did at once: as members_record_activities, and with the same answer,
-- but in a statement for all of them.
--
-- p_chains is as it takes them, of plain steps only: no `earlier`, no `own`, and no item with
-- `spend`. p_accounts and p_sequences are those of the chains, in their order. The outcome can also
-- be OWING: who owes points repays with each purchase; record those by members_record_activities.
--
-- Locks are taken in this order: standings, accounts by id, shared limits last.
CREATE FUNCTION members_record_together(
    p_programme bigint, p_accounts bigint[], p_sequences bigint[], p_chains jsonb, p_actor text,
    p_now timestamptz)
RETURNS TABLE (n int, outcome text, balance bigint, balances jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    c record;
    v_outcomes text[];
    v_uses jsonb;
    v_done int[];
    v_after bigint[];
    v_units jsonb[];
    v_holders uuid[];
    v_payloads jsonb[];
    v_moments timestamptz[];
BEGIN
    PERFORM FROM loyalty_standing s WHERE s.account_id = ANY (p_accounts)
    ORDER BY s.account_id FOR NO KEY UPDATE;
    PERFORM FROM loyalty_account a WHERE a.id = ANY (p_accounts)
    ORDER BY a.id FOR NO KEY UPDATE;
    -- read under the locks: who makes a standing holds the account's
    SELECT array_agg(CASE WHEN coalesce(s.sequence, 0) <> seen.sequence THEN 'STALE'
                          WHEN a.closed_at IS NOT NULL THEN 'CLOSED'
                          WHEN a.owed > 0 THEN 'OWING'
                          ELSE 'RECORDED' END ORDER BY seen.nth)
    INTO v_outcomes
    FROM unnest(p_accounts, p_sequences) WITH ORDINALITY AS seen (account, sequence, nth)
    JOIN loyalty_account a ON a.id = seen.account
    LEFT JOIN loyalty_standing s ON s.account_id = seen.account;

    SELECT jsonb_agg(jsonb_build_array(key, amount, ceiling) ORDER BY key COLLATE "C")
    INTO v_uses
    FROM (
        SELECT key, sum((used->>0)::bigint) AS amount, min((used->>1)::bigint) AS ceiling
        FROM jsonb_array_elements(p_chains) WITH ORDINALITY AS k (chain, nth),
             jsonb_each(chain->'uses') AS u (key, used)
        WHERE v_outcomes[nth] = 'RECORDED' AND chain ? 'uses' GROUP BY key) summed;
    IF v_uses IS NOT NULL AND NOT members_use_limits(p_programme, v_uses) THEN
        SELECT array_agg(CASE WHEN o.outcome = 'RECORDED' AND chain ? 'uses' THEN 'STALE'
                              ELSE o.outcome END ORDER BY nth)
        INTO v_outcomes
        FROM jsonb_array_elements(p_chains) WITH ORDINALITY AS k (chain, nth)
        JOIN unnest(v_outcomes) WITH ORDINALITY AS o (outcome, nth) USING (nth);
    END IF;

    WITH chain AS MATERIALIZED (
        SELECT k.account, k.membership, k.holder, k.last_at, k.standing, k.items,
               a.balance AS held
        FROM ROWS FROM (jsonb_to_recordset(p_chains) AS (
            account bigint, membership bigint, holder uuid, last_at timestamptz, standing jsonb,
            items jsonb)) WITH ORDINALITY AS k
        JOIN loyalty_account a ON a.id = k.account
        WHERE v_outcomes[k.ordinality] = 'RECORDED'
    ), item AS MATERIALIZED (
        SELECT c.account, c.membership, c.holder, c.held, v.*
        FROM chain c CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(c.items) AS (
            n int, id uuid, type text, source text, external_id text, fingerprint text,
            occurred_at timestamptz, channel text, location text, amount numeric, points bigint,
            tender numeric, attributes jsonb, rule_set bigint, facts jsonb, award jsonb,
            grants jsonb, lines jsonb)) WITH ORDINALITY AS v
    ), given AS MATERIALIZED (
        SELECT row_number() OVER (ORDER BY i.account, i.ordinality, g.place) AS nth, i.n, g.said,
               coalesce((g.said->>12)::bigint,
                        members_account((g.said->>1)::bigint, i.holder, p_now)) AS credit,
               CASE WHEN g.said->>9 IS NULL THEN i.award->'reasons' ELSE g.said->9 END AS reasons,
               i.fingerprint, i.occurred_at
        FROM item i
        CROSS JOIN LATERAL jsonb_array_elements(i.grants) WITH ORDINALITY AS g (said, place)
    ), earned AS MATERIALIZED (
        SELECT done.nth, done.after
        FROM (
            SELECT array_agg((said->>2)::bigint) AS debits, array_agg(credit) AS credits,
                   array_agg((said->>3)::bigint) AS points, array_agg(said->>0) AS external_ids,
                   array_agg(fingerprint) AS fingerprints,
                   array_agg(coalesce(reasons, '[]')) AS reasons,
                   array_agg(occurred_at) AS effective_at,
                   array_agg((said->>4)::timestamptz) AS available_from,
                   array_agg((said->>5)::timestamptz) AS expires_at,
                   array_agg(said->>6) AS awaits, array_agg(said->>7) AS expiry,
                   array_agg((said->>8)::boolean) AS sliding
            FROM (SELECT * FROM given ORDER BY nth) g) g
        CROSS JOIN LATERAL ledger_earn_many(
            g.debits, g.credits, g.points, 'activity', g.external_ids, g.fingerprints, g.reasons,
            p_actor, g.effective_at, p_now, g.available_from, g.expires_at, g.awaits, g.expiry,
            g.sliding) AS done
    ), held AS (
        SELECT g.n, sum((g.said->>3)::bigint) FILTER (WHERE g.said->>11 = 'points') AS points,
               jsonb_object_agg(g.said->>11, e.after) FILTER (WHERE g.said->>11 <> 'points')
                   AS units
        FROM given g JOIN earned e USING (nth) GROUP BY g.n
    ), done AS MATERIALIZED (
        SELECT i.*, coalesce(held.units, '{}') AS units,
               (i.held + coalesce(sum(held.points) OVER (
                   PARTITION BY i.account ORDER BY i.ordinality), 0))::bigint AS after
        FROM item i LEFT JOIN held USING (n)
    ), stood AS (
        INSERT INTO loyalty_standing AS s (account_id, sequence, last_at, document)
        SELECT c.account, 1, c.last_at, c.standing FROM chain c
        ON CONFLICT (account_id) DO UPDATE
        SET sequence = s.sequence + 1, last_at = excluded.last_at, document = excluded.document
    ), recorded AS (
        INSERT INTO members_activity (
            id, programme_id, membership_id, type, source, external_id, fingerprint,
            occurred_at, recorded_at, channel, location, amount, points, balance_after,
            points_paid, tender, original, attributes, rule_set_id, facts, award)
        SELECT d.id, p_programme, d.membership, d.type, d.source, d.external_id, d.fingerprint,
            d.occurred_at, p_now, d.channel, d.location, d.amount, d.points, d.after,
            0, coalesce(d.tender, 0), '', coalesce(d.attributes, '{}'), d.rule_set, d.facts,
            CASE WHEN d.units = '{}' THEN d.award
                 ELSE d.award || jsonb_build_object('balances', d.units) END
        FROM done d
    ), listed AS (
        INSERT INTO members_activityline (
            activity_id, number, product, category, brand, quantity, amount, points, kind,
            of_line)
        SELECT i.id, line.number, line.said->>0, line.said->>1, line.said->>2,
            (line.said->>3)::numeric, (line.said->>4)::numeric, (line.said->>5)::bigint,
            line.said->>6, (line.said->>7)::smallint
        FROM item i
        CROSS JOIN LATERAL jsonb_array_elements(i.lines) WITH ORDINALITY AS line (said, number)
    )
    SELECT array_agg(d.n), array_agg(d.after), array_agg(d.units), array_agg(d.holder),
           array_agg(d.occurred_at),
           array_agg(jsonb_build_object(
               'activity', d.id, 'type', d.type, 'source', d.source,
               'external_id', d.external_id, 'points', d.points, 'balance', d.after))
    INTO v_done, v_after, v_units, v_holders, v_moments, v_payloads
    FROM (SELECT * FROM done ORDER BY account, ordinality) d;

    FOR c IN
        SELECT k.account, k.holder, k.slides, k.moves
        FROM ROWS FROM (jsonb_to_recordset(p_chains) AS (
            account bigint, holder uuid, slides jsonb, moves jsonb)) WITH ORDINALITY AS k
        WHERE v_outcomes[k.ordinality] = 'RECORDED'
          AND (k.slides IS NOT NULL OR k.moves IS NOT NULL)
    LOOP
        IF c.slides IS NOT NULL THEN
            PERFORM ledger_slide(members_account((g->>0)::bigint, c.holder, p_now),
                                 (g->>1)::timestamptz, (g->>2)::timestamptz, p_now)
            FROM jsonb_array_elements(c.slides) AS k (g);
        END IF;
        IF c.moves IS NOT NULL THEN
            PERFORM loyalty_move_tiers(c.account, c.holder, (
                SELECT coalesce(jsonb_agg(jsonb_set(g, '{0}', to_jsonb(t.id)) ORDER BY nth), '[]')
                FROM jsonb_array_elements(c.moves) WITH ORDINALITY AS k (g, nth)
                JOIN loyalty_tierset t ON t.programme_id = p_programme AND t.key = g->>0), p_now);
        END IF;
    END LOOP;

    INSERT INTO loyalty_outboxevent (name, subject, payload, occurred_at, recorded_at)
    SELECT 'members.activity_recorded.v1', told.holder, told.payload, told.moment, p_now
    FROM unnest(v_holders, v_payloads, v_moments)
        WITH ORDINALITY AS told (holder, payload, moment, nth)
    ORDER BY told.nth;

    RETURN QUERY
    SELECT d.n, 'RECORDED', d.after, d.units
    FROM unnest(v_done, v_after, v_units) AS d (n, after, units);
    IF 'RECORDED' <> ANY (v_outcomes) THEN
        RETURN QUERY
        SELECT (i->>'n')::int, v_outcomes[nth], NULL::bigint, NULL::jsonb
        FROM jsonb_array_elements(p_chains) WITH ORDINALITY AS k (chain, nth),
             jsonb_array_elements(chain->'items') AS v (i)
        WHERE v_outcomes[nth] <> 'RECORDED';
    END IF;
END $$;

REVOKE ALL ON FUNCTION members_record_together(
    bigint, bigint[], bigint[], jsonb, text, timestamptz)
FROM PUBLIC;
