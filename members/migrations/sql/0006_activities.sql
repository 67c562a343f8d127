-- The way of what members do: one function reads all that it is judged by, one writes all that
-- came of it; each in one round trip for one activity or for thousands.
--
-- Plans are made once per session, perhaps while the tables are still small, and kept: hence no
-- scans, and none made for one call.

DROP FUNCTION members_holders(bigint, bigint, jsonb);
DROP FUNCTION members_record_activities(jsonb, bigint, text, timestamptz);

-- What is known of whom the activities are about, of their keys and of the limits that they share.
--
-- p_wanted: [[as said, kind, system, value, member's id or null, moment of the first activity], …]
-- p_keys: [[source, external_id], …] of the activities; p_shared: keys of shared limits.
-- The answer is JSON: "version" of the configuration; "holders", of whom there are; "known", the
-- activities that are recorded already; "awaited", the keys for which a return is waiting;
-- "shared", what is used of those limits.
CREATE FUNCTION members_holders(
    p_programme bigint, p_unit bigint, p_wanted jsonb, p_keys jsonb, p_shared text[])
RETURNS text LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_version bigint;
    v_holders json;
    v_known json;
    v_awaited json;
    v_shared json;
BEGIN
    SELECT c.version INTO v_version FROM loyalty_configuration c WHERE c.id = 1;

    SELECT json_agg(json_build_array(
        wanted.said, m.id, m.member_id, m.holder, a.id, m.joined_at,
        coalesce(s.sequence, 0), s.last_at, coalesce(s.document, '{}'),
        CASE WHEN s.last_at = wanted.first_at THEN (
            SELECT json_build_array(last.source, last.external_id) FROM members_activity last
            WHERE last.membership_id = m.id AND last.occurred_at = s.last_at
            ORDER BY last.source COLLATE "C" DESC, last.external_id COLLATE "C" DESC LIMIT 1)
        END,
        -- recorded before standings were kept, so there is no standing to go on from
        s.last_at IS NULL AND EXISTS (
            SELECT FROM members_activity before WHERE before.membership_id = m.id)))
    INTO v_holders
    FROM (
        SELECT w->>0 AS said, (w->>5)::timestamptz AS first_at,
               coalesce((w->>4)::uuid, (
                   SELECT i.member_id FROM members_identifier i
                   WHERE i.kind = w->>1 AND i.system = w->>2 AND i.value = w->>3)) AS member_id
        FROM jsonb_array_elements(p_wanted) AS k (w)
    ) wanted
    CROSS JOIN LATERAL (
        SELECT j.id, j.member_id, j.holder, j.joined_at FROM members_membership j
        WHERE j.member_id = wanted.member_id AND j.programme_id = p_programme LIMIT 1) m
    CROSS JOIN LATERAL (
        SELECT b.id FROM loyalty_account b
        WHERE b.unit_id = p_unit AND b.kind = 'MEMBER' AND b.holder = m.holder LIMIT 1) a
    LEFT JOIN loyalty_standing s ON s.account_id = a.id;

    SELECT json_agg(json_build_array(
        a.source, a.external_id, a.id, a.fingerprint, a.points, a.balance_after,
        a.rule_set_id, a.facts, a.award))
    INTO v_known
    FROM jsonb_array_elements(p_keys) AS k (key)
    CROSS JOIN LATERAL (
        SELECT b.* FROM members_activity b
        WHERE b.programme_id = p_programme AND b.source = key->>0 AND b.external_id = key->>1
        LIMIT 1) a;

    SELECT json_agg(k.key) INTO v_awaited
    FROM jsonb_array_elements(p_keys) AS k (key)
    WHERE EXISTS (
        SELECT FROM members_activity b
        WHERE b.programme_id = p_programme AND b.original <> ''
          AND b.original = (key->>0) || ':' || (key->>1));

    IF cardinality(p_shared) > 0 THEN
        SELECT json_object_agg(u.key, u.used) INTO v_shared FROM loyalty_limituse u
        WHERE u.programme_id = p_programme AND u.key = ANY (p_shared);
    END IF;

    RETURN json_build_object(
        'version', coalesce(v_version, 0), 'holders', coalesce(v_holders, '[]'),
        'known', coalesce(v_known, '[]'), 'awaited', coalesce(v_awaited, '[]'),
        'shared', coalesce(v_shared, '{}'))::text;
END $$;

-- The account of a holder for a unit; opened when there is none.
CREATE FUNCTION members_account(p_unit bigint, p_holder uuid, p_now timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_id bigint;
BEGIN
    SELECT a.id INTO v_id FROM loyalty_account a
    WHERE a.unit_id = p_unit AND a.kind = 'MEMBER' AND a.holder = p_holder;
    RETURN coalesce(v_id, ledger_open_account(p_unit, 'MEMBER', p_holder, p_now));
END $$;

-- The transfer under that key: [source, external id].
CREATE FUNCTION members_transfer(p_key jsonb)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT t.id FROM loyalty_transfer t
    WHERE t.source = p_key->>0 AND t.external_id = p_key->>1
$$;

-- Adds to what is used of the limits that members share, each up to its ceiling: p_uses is
-- [[key, amount, ceiling], …] in the order of the keys, and an amount below zero gives back. Whether
-- all of it fitted; when not, nothing was added.
CREATE FUNCTION members_use_limits(p_programme bigint, p_uses jsonb)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN
        SELECT u->>0 AS key, (u->>1)::bigint AS amount, (u->>2)::bigint AS ceiling, nth
        FROM jsonb_array_elements(p_uses) WITH ORDINALITY AS k (u, nth)
    LOOP
        INSERT INTO loyalty_limituse AS l (programme_id, key, used)
        SELECT p_programme, v.key, greatest(v.amount, 0)
        WHERE v.ceiling IS NULL OR v.amount <= v.ceiling
        ON CONFLICT (programme_id, key) DO UPDATE
        SET used = greatest(l.used + v.amount, 0)
        WHERE v.amount <= 0 OR v.ceiling IS NULL OR l.used + v.amount <= v.ceiling;
        IF NOT FOUND THEN
            UPDATE loyalty_limituse l SET used = greatest(l.used - (u->>1)::bigint, 0)
            FROM jsonb_array_elements(p_uses) WITH ORDINALITY AS k (u, nth)
            WHERE l.programme_id = p_programme AND l.key = u->>0 AND nth < v.nth;
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END $$;

-- Posts what one activity grants: p_grants is
--   [[external id, unit, issuance account, points, available_from, expires_at, awaits, expiry,
--     sliding, reasons or null, key of the transfer that it adds to or null, the unit's code,
--     account or null], …]
-- and p_reasons the reasons of those that say none, p_account that of the holder's points.
-- The balances after, by the unit's code.
CREATE FUNCTION members_grant(
    p_holder uuid, p_grants jsonb, p_reasons jsonb, p_fingerprint text, p_actor text,
    p_effective_at timestamptz, p_now timestamptz)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v record;
    v_posted record;
    v_balances jsonb := '{}';
BEGIN
    FOR v IN
        SELECT g, coalesce((g->>12)::bigint,
                           members_account((g->>1)::bigint, p_holder, p_now)) AS account
        FROM jsonb_array_elements(p_grants) AS k (g) ORDER BY account
    LOOP
        SELECT * INTO v_posted FROM ledger_post(
            p_kind => 'EARN', p_debit => (v.g->>2)::bigint, p_credit => v.account,
            p_points => (v.g->>3)::bigint, p_source => 'activity', p_external_id => v.g->>0,
            p_fingerprint => p_fingerprint,
            p_reasons => CASE WHEN v.g->>9 IS NULL THEN coalesce(p_reasons, '[]') ELSE v.g->9 END,
            p_actor => p_actor, p_effective_at => p_effective_at, p_now => p_now,
            p_available_from => (v.g->>4)::timestamptz, p_expires_at => (v.g->>5)::timestamptz,
            p_awaits => v.g->>6, p_expiry => v.g->>7, p_sliding => (v.g->>8)::boolean,
            p_reverses => CASE WHEN v.g->>10 IS NOT NULL THEN members_transfer(v.g->10) END);
        IF v_posted.outcome <> 'POSTED' THEN
            RAISE EXCEPTION 'the transfer % is %', v.g->>0, v_posted.outcome
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        v_balances := v_balances || jsonb_build_object(v.g->>11, v_posted.after);
    END LOOP;
    RETURN v_balances;
END $$;

-- Takes back what a revision takes back, p_backs being
--   [[external id, unit, points, [keys of the transfers that granted], policy, reasons], …],
-- and restores the points that had paid, p_restores being
--   [[external id, key of the transfer that paid, points, good until, reasons], …].
CREATE FUNCTION members_take_back(
    p_holder uuid, p_account bigint, p_backs jsonb, p_restores jsonb, p_fingerprint text,
    p_actor text, p_effective_at timestamptz, p_now timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v record;
    v_transfers bigint[];
    v_lots bigint[];
    v_points bigint;
    v_done record;
BEGIN
    FOR v IN
        SELECT g, members_account((g->>1)::bigint, p_holder, p_now) AS account
        FROM jsonb_array_elements(p_backs) AS k (g) ORDER BY account
    LOOP
        v_transfers := ARRAY(
            SELECT members_transfer(key) FROM jsonb_array_elements(v.g->3) AS k (key));
        -- what remains of their lots, and those that lapsed: by indexes that the hot path has
        v_lots := ARRAY(
            SELECT l.id FROM loyalty_lot l
            WHERE l.account_id = v.account AND l.remaining > 0
              AND l.transfer_id = ANY (v_transfers)
            UNION
            SELECT l.id FROM loyalty_transfer t
            JOIN loyalty_lotmove m ON m.transfer_id = t.id
            JOIN loyalty_lot l ON l.id = m.lot_id
            WHERE t.debit_account_id = v.account AND t.debit_version IS NOT NULL
              AND t.kind = 'EXPIRE' AND l.transfer_id = ANY (v_transfers)
            ORDER BY 1);
        -- what was cancelled while it was pending is back already
        SELECT least((v.g->>2)::bigint, sum(CASE WHEN t.kind = 'EARN' THEN t.points
                                                 WHEN t.kind <> 'REPAY' THEN -t.points END))
        INTO v_points FROM loyalty_transfer t
        WHERE t.id = ANY (v_transfers) OR t.reverses = v_transfers[1] AND t.kind <> 'EARN';
        CONTINUE WHEN coalesce(v_points, 0) <= 0;
        SELECT * INTO v_done FROM ledger_return(
            p_account => v.account, p_points => v_points, p_lots => v_lots,
            p_policy => v.g->>4, p_source => 'activity', p_external_id => v.g->>0,
            p_fingerprint => p_fingerprint, p_reasons => v.g->5, p_actor => p_actor,
            p_effective_at => p_effective_at, p_now => p_now,
            p_reverses => v_transfers[1]);
        IF v_done.outcome <> 'DONE' THEN
            RAISE EXCEPTION 'the return % is %', v.g->>0, v_done.outcome
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    FOR v IN SELECT g FROM jsonb_array_elements(p_restores) AS k (g) LOOP
        SELECT * INTO v_done FROM ledger_restore(
            p_account => p_account, p_spend => members_transfer(v.g->1),
            p_points => (v.g->>2)::bigint, p_source => 'activity', p_external_id => v.g->>0,
            p_fingerprint => p_fingerprint, p_reasons => v.g->4, p_actor => p_actor,
            p_effective_at => p_effective_at, p_now => p_now,
            p_goodwill_until => (v.g->>3)::timestamptz);
        IF v_done.outcome NOT IN ('DONE', 'NOTHING') THEN
            RAISE EXCEPTION 'the restoring % is %', v.g->>0, v_done.outcome
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
END $$;

-- Writes what activities are worth from now on and books the differences: p_revisions is
--   [{activity, number, cause, facts, award, points, fingerprint, at, grants, backs, restores}, …].
CREATE FUNCTION members_revise(
    p_holder uuid, p_account bigint, p_revisions jsonb, p_actor text, p_now timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN
        SELECT * FROM jsonb_to_recordset(p_revisions) AS revision (
            activity uuid, number int, cause uuid, facts jsonb, award jsonb, points bigint,
            fingerprint text, at timestamptz, grants jsonb, backs jsonb, restores jsonb)
    LOOP
        INSERT INTO members_activityrevision (
            activity_id, number, cause, facts, award, points, recorded_at)
        VALUES (v.activity, v.number, v.cause, v.facts, v.award, v.points, p_now);
        PERFORM members_take_back(
            p_holder, p_account, v.backs, v.restores, v.fingerprint, p_actor, v.at, p_now);
        PERFORM members_grant(p_holder, v.grants, '[]', v.fingerprint, p_actor, v.at, p_now);
    END LOOP;
END $$;

-- Records what members did and books all that came of it.
--
-- p_chains is an array, ordered by account, with for each member
--   {account, membership, holder, sequence, last_at, standing, uses, slides, moves,
--    items: [{n, id, type, source, external_id, fingerprint, occurred_at, channel, location,
--             amount, points, points_paid, tender, original, attributes, rule_set, facts, award,
--             grants, spend, lines: [[product, category, brand, quantity, amount, points, kind,
--             of_line], …]}, …],
--    earlier: revisions of activities that are recorded, own: of these items, for returns that
--    waited for them; both as members_revise takes them}
-- `sequence` is the standing's that the judgement saw, `standing` what it is from now on. `uses`
-- is {key: [amount, ceiling], …}; the arrays are as members_grant and members_take_back take them;
-- slides: [[unit, lapses_at, effective_at], …]; moves: [[tier set's key, before, after, cause,
-- effective_at], …].
--
-- A row comes back for each item. Only RECORDED wrote anything, and then for the whole of its
-- chain: else the outcome is STALE (the standing, or a limit that members share, has moved on:
-- judge again), CLOSED, or INSUFFICIENT (fewer usable points than were to pay). A key that another
-- member's activity took at this very moment raises unique_violation.
--
-- Locks are taken in this order: standings, accounts by id, shared limits last.
CREATE FUNCTION members_record_activities(
    p_programme bigint, p_chains jsonb, p_actor text, p_now timestamptz)
RETURNS TABLE (n int, outcome text, balance bigint, balances jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    c record;
    v record;
    v_posted record;
    v_sequence bigint;
    v_closed timestamptz;
    v_owes boolean;
    v_owing boolean[] := '{}';
    v_outcomes text[] := '{}';
    v_outcome text;
    v_uses jsonb;
    v_shares boolean := false;
    v_at int := 0;
    v_done int[] := '{}';
    v_after bigint[] := '{}';
    v_units jsonb[] := '{}';
BEGIN
    FOR c IN
        SELECT * FROM jsonb_to_recordset(p_chains) AS chain (
            account bigint, sequence bigint, uses jsonb)
    LOOP
        v_outcome := 'RECORDED';
        v_sequence := NULL;
        SELECT s.sequence INTO v_sequence FROM loyalty_standing s
        WHERE s.account_id = c.account FOR NO KEY UPDATE;
        SELECT a.closed_at, a.owed > 0 INTO v_closed, v_owes FROM loyalty_account a
        WHERE a.id = c.account FOR NO KEY UPDATE;
        IF v_sequence IS NULL THEN
            -- who makes a standing holds the account's lock
            SELECT s.sequence INTO v_sequence FROM loyalty_standing s
            WHERE s.account_id = c.account;
        END IF;
        IF coalesce(v_sequence, 0) <> c.sequence THEN
            v_outcome := 'STALE';
        ELSIF v_closed IS NOT NULL THEN
            v_outcome := 'CLOSED';
        END IF;
        v_outcomes := v_outcomes || v_outcome;
        v_owing := v_owing || v_owes;
        v_shares := v_shares OR c.uses IS NOT NULL;
    END LOOP;
    IF v_shares THEN
        SELECT jsonb_agg(jsonb_build_array(key, amount, ceiling) ORDER BY key COLLATE "C")
        INTO v_uses
        FROM (
            SELECT key, sum((used->>0)::bigint) AS amount, min((used->>1)::bigint) AS ceiling
            FROM jsonb_array_elements(p_chains) WITH ORDINALITY AS k (chain, nth),
                 jsonb_each(coalesce(chain->'uses', '{}')) AS u (key, used)
            WHERE v_outcomes[nth] = 'RECORDED' GROUP BY key) summed;
        IF v_uses IS NOT NULL AND NOT members_use_limits(p_programme, v_uses) THEN
            SELECT array_agg(CASE WHEN outcome = 'RECORDED' AND chain ? 'uses' THEN 'STALE'
                                  ELSE outcome END ORDER BY nth)
            INTO v_outcomes
            FROM jsonb_array_elements(p_chains) WITH ORDINALITY AS k (chain, nth)
            JOIN unnest(v_outcomes) WITH ORDINALITY AS o (outcome, nth) USING (nth);
        END IF;
    END IF;

    FOR c IN
        SELECT chain.account, chain.membership, chain.holder, chain.sequence, chain.last_at,
               chain.standing,
               chain.uses, chain.slides, chain.moves,
               chain.items, chain.earlier, chain.own
        FROM jsonb_to_recordset(p_chains) AS chain (
            account bigint, membership bigint, holder uuid, sequence bigint,
            last_at timestamptz, standing jsonb, uses jsonb, slides jsonb, moves jsonb, items jsonb, earlier jsonb,
            own jsonb)
    LOOP
        v_at := v_at + 1;
        v_outcome := v_outcomes[v_at];
        IF v_outcome <> 'RECORDED' THEN
            RETURN QUERY SELECT (i->>'n')::int, v_outcome, NULL::bigint, NULL::jsonb
                FROM jsonb_array_elements(c.items) AS k (i);
            CONTINUE;
        END IF;

        IF c.items->0 ? 'spend' THEN
            -- such an item is alone in its chain, and nothing of the chain is written yet
            SELECT i->>'id' || ':p' AS key, i INTO v FROM (SELECT c.items->0 AS i) item;
            SELECT * INTO v_posted FROM ledger_post(
                p_kind => 'REDEEM', p_debit => c.account, p_credit => (v.i->'spend'->>0)::bigint,
                p_points => (v.i->>'points_paid')::bigint, p_source => 'activity',
                p_external_id => v.key, p_fingerprint => v.i->>'fingerprint',
                p_reasons => v.i->'spend'->1, p_actor => p_actor,
                p_effective_at => (v.i->>'occurred_at')::timestamptz, p_now => p_now);
            IF v_posted.outcome <> 'POSTED' THEN
                PERFORM members_use_limits(p_programme, (
                    SELECT jsonb_agg(jsonb_build_array(key, -(value->>0)::bigint, null))
                    FROM jsonb_each(c.uses)));
                n := (v.i->>'n')::int; outcome := v_posted.outcome; balance := NULL;
                RETURN NEXT;
                CONTINUE;
            END IF;
        END IF;
        IF c.earlier IS NOT NULL THEN
            PERFORM members_revise(c.holder, c.account, c.earlier, p_actor, p_now);
        END IF;
        FOR v IN
            SELECT * FROM jsonb_to_recordset(c.items) AS item (
                n int, fingerprint text, occurred_at timestamptz, award jsonb, grants jsonb)
        LOOP
            n := v.n; outcome := 'RECORDED'; balances := '{}';
            IF v.grants IS NOT NULL THEN
                balances := members_grant(
                    c.holder, v.grants, v.award->'reasons', v.fingerprint, p_actor,
                    v.occurred_at, p_now);
            END IF;
            balance := (balances->>'points')::bigint;
            IF balance IS NULL OR v_owing[v_at] THEN
                SELECT a.balance INTO balance FROM loyalty_account a WHERE a.id = c.account;
            END IF;
            v_done := v_done || n; v_after := v_after || balance;
            v_units := v_units || (balances - 'points');
            RETURN NEXT;
        END LOOP;
        IF c.own IS NOT NULL THEN
            PERFORM members_revise(c.holder, c.account, c.own, p_actor, p_now);
        END IF;
        IF c.sequence = 0 THEN
            INSERT INTO loyalty_standing AS s (account_id, sequence, last_at, document)
            VALUES (c.account, 1, c.last_at, c.standing)
            ON CONFLICT (account_id) DO UPDATE
            SET sequence = 1, last_at = c.last_at, document = c.standing WHERE s.sequence = 0;
        ELSE
            UPDATE loyalty_standing s
            SET sequence = s.sequence + 1, last_at = c.last_at, document = c.standing
            WHERE s.account_id = c.account;
        END IF;
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

    -- what was received, for all of them at once
    WITH recorded AS (
        INSERT INTO members_activity (
            id, programme_id, membership_id, type, source, external_id, fingerprint,
            occurred_at, recorded_at, channel, location, amount, points, balance_after,
            points_paid, tender, original, attributes, rule_set_id, facts, award)
        SELECT v.id, p_programme, c.membership, v.type, v.source, v.external_id, v.fingerprint,
            v.occurred_at, p_now, v.channel, v.location, v.amount, v.points, done.after,
            coalesce(v.points_paid, 0), coalesce(v.tender, 0), coalesce(v.original, ''),
            coalesce(v.attributes, '{}'), v.rule_set, v.facts,
            CASE WHEN done.units = '{}' THEN v.award
                 ELSE v.award || jsonb_build_object('balances', done.units) END
        FROM unnest(v_done, v_after, v_units) WITH ORDINALITY AS done (n, after, units, nth)
        JOIN (jsonb_to_recordset(p_chains) AS c (membership bigint, holder uuid, items jsonb)
              CROSS JOIN LATERAL jsonb_to_recordset(c.items) AS v (
                n int, id uuid, type text, source text, external_id text, fingerprint text,
                occurred_at timestamptz, channel text, location text, amount numeric,
                points bigint, points_paid bigint, tender numeric, original text,
                attributes jsonb, rule_set bigint, facts jsonb, award jsonb)) ON v.n = done.n
    ), listed AS (
        INSERT INTO members_activityline (
            activity_id, number, product, category, brand, quantity, amount, points, kind,
            of_line)
        SELECT v.id, line.number, line.said->>0, line.said->>1, line.said->>2,
            (line.said->>3)::numeric, (line.said->>4)::numeric, (line.said->>5)::bigint,
            line.said->>6, (line.said->>7)::smallint
        FROM jsonb_to_recordset(p_chains) AS c (items jsonb)
        CROSS JOIN LATERAL jsonb_to_recordset(c.items) AS v (n int, id uuid, lines jsonb)
        CROSS JOIN LATERAL jsonb_array_elements(v.lines) WITH ORDINALITY AS line (said, number)
        WHERE v.n = ANY (v_done)
    )
    INSERT INTO loyalty_outboxevent (name, subject, payload, occurred_at, recorded_at)
    SELECT 'members.activity_recorded.v1', c.holder,
        jsonb_build_object('activity', v.id, 'type', v.type, 'source', v.source,
                           'external_id', v.external_id, 'points', v.points,
                           'balance', done.after),
        v.occurred_at, p_now
    FROM unnest(v_done, v_after) WITH ORDINALITY AS done (n, after, nth)
    JOIN (jsonb_to_recordset(p_chains) AS c (holder uuid, items jsonb)
          CROSS JOIN LATERAL jsonb_to_recordset(c.items) AS v (
            n int, id uuid, type text, source text, external_id text, occurred_at timestamptz,
            points bigint)) ON v.n = done.n
    ORDER BY done.nth;
END $$;

-- Locks what a member's activity is judged by until the transaction ends: the standing, the points
-- account and the limits that the activity shares, in the order of all locks.
CREATE FUNCTION members_lock(p_programme bigint, p_account bigint, p_shared text[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM FROM loyalty_standing s WHERE s.account_id = p_account FOR NO KEY UPDATE;
    PERFORM FROM loyalty_account a WHERE a.id = p_account FOR NO KEY UPDATE;
    INSERT INTO loyalty_limituse (programme_id, key, used)
    SELECT p_programme, k.key, 0 FROM unnest(p_shared) AS k (key) ORDER BY k.key COLLATE "C"
    ON CONFLICT DO NOTHING;
    PERFORM FROM loyalty_limituse l
    WHERE l.programme_id = p_programme AND l.key = ANY (p_shared)
    ORDER BY l.key COLLATE "C" FOR NO KEY UPDATE;
END $$;

REVOKE ALL ON FUNCTION
    members_lock(bigint, bigint, text[]),
    members_account(bigint, uuid, timestamptz),
    members_transfer(jsonb),
    members_use_limits(bigint, jsonb),
    members_grant(uuid, jsonb, jsonb, text, text, timestamptz, timestamptz),
    members_revise(uuid, bigint, jsonb, text, timestamptz),
    members_take_back(uuid, bigint, jsonb, jsonb, text, text, timestamptz, timestamptz),
    members_record_activities(bigint, jsonb, text, timestamptz)
FROM PUBLIC;

-- What became of an activity later is written once, as the activity itself.
CREATE TRIGGER activityrevision_append_only BEFORE UPDATE OR DELETE ON members_activityrevision
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER activityrevision_no_truncate BEFORE TRUNCATE ON members_activityrevision
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
