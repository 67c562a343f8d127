-- Members who are one person: what they did goes over, and by what finds the one finds the other.

-- What is known of whom the activities are about, of their keys and of the limits that they share.
--
-- p_wanted: [[as said, kind, system, value, member's id or null, moment of the first activity], …]
-- p_keys: [[source, external_id], …] of the activities; p_shared: keys of shared limits.
-- The answer is JSON: "version" of the configuration; "holders", of whom there are; "known", the
-- activities that are recorded already; "awaited", the keys for which a return is waiting;
-- "shared", what is used of those limits. What is blocked finds nobody; the id of a member who was
-- merged means the one who was kept.
CREATE OR REPLACE FUNCTION members_holders(
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
               CASE WHEN w->>4 IS NULL THEN (
                   SELECT i.member_id FROM members_identifier i
                   WHERE i.kind = w->>1 AND i.system = w->>2 AND i.value = w->>3
                     AND i.blocked_at IS NULL)
               ELSE (
                   SELECT coalesce(x.merged_into_id, x.id) FROM members_member x
                   WHERE x.id = (w->>4)::uuid) END AS member_id
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

-- Takes back what a revision takes back, p_backs being
--   [[external id, unit, points, [keys of the transfers that granted], policy, reasons], …],
-- and restores the points that had paid, p_restores being
--   [[external id, key of the transfer that paid, points, good until, reasons], …].
CREATE OR REPLACE FUNCTION members_take_back(
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
        -- what remains of their lots, and those that lapsed, in whichever account they are by now
        v_lots := ledger_lots_of(v_transfers, ARRAY['EXPIRE']);
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

-- What was received stays as it was received, but for what the owner's functions do to it: whose
-- it is when two members are one (below), and what a forgetting takes out of it, which has the key.
CREATE OR REPLACE TRIGGER activity_append_only BEFORE UPDATE OR DELETE ON members_activity
    FOR EACH ROW
    WHEN (coalesce(current_setting('members.forgetting', true), '') <> 'on')
    EXECUTE FUNCTION ledger_refuse_change();

-- Lets another membership of the same programme have these activities, or with null all of them;
-- the ids of those that went over, in the order in which they came in.
CREATE FUNCTION members_move_activities(p_from bigint, p_to bigint, p_ids uuid[])
RETURNS uuid[] LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_moved uuid[];
BEGIN
    IF (SELECT count(DISTINCT m.programme_id) FROM members_membership m
        WHERE m.id IN (p_from, p_to)) <> 1 THEN
        RAISE EXCEPTION 'activities stay in their programme: % to %', p_from, p_to
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM set_config('members.forgetting', 'on', true);
    WITH moved AS (
        UPDATE members_activity a SET membership_id = p_to
        WHERE a.membership_id = p_from AND (p_ids IS NULL OR a.id = ANY (p_ids))
        RETURNING a.id
    )
    SELECT coalesce(array_agg(m.id ORDER BY m.id), '{}') INTO v_moved FROM moved m;
    PERFORM set_config('members.forgetting', '', true);
    RETURN v_moved;
END $$;

-- Lets another member have these receipts of consent, or with null all of them; they stay as they
-- were given. The ids of those that went over.
CREATE FUNCTION members_move_consents(p_from uuid, p_to uuid, p_ids bigint[])
RETURNS bigint[] LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH moved AS (
        UPDATE members_consent c SET member_id = p_to
        WHERE c.member_id = p_from AND (p_ids IS NULL OR c.id = ANY (p_ids))
        RETURNING c.id
    )
    SELECT coalesce(array_agg(m.id ORDER BY m.id), '{}') FROM moved m
$$;

-- Books what a member's activities are worth otherwise since their history is another one:
-- p_revisions as members_revise takes them, p_uses as members_use_limits. The caller holds the
-- standing and the accounts.
CREATE FUNCTION members_refold(
    p_programme bigint, p_holder uuid, p_account bigint, p_revisions jsonb, p_uses jsonb,
    p_actor text, p_now timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM members_revise(p_holder, p_account, p_revisions, p_actor, p_now);
    IF NOT members_use_limits(p_programme, p_uses) THEN
        RAISE EXCEPTION 'a merge uses more of a shared limit than there is'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END $$;

REVOKE ALL ON FUNCTION
    members_take_back(uuid, bigint, jsonb, jsonb, text, text, timestamptz, timestamptz),
    members_move_activities(bigint, bigint, uuid[]),
    members_move_consents(uuid, uuid, bigint[]),
    members_refold(bigint, uuid, bigint, jsonb, jsonb, text, timestamptz)
FROM PUBLIC;
