-- Plans are made once per session, perhaps while the tables are still small, and kept: hence no
-- scans, and none made for one call.

-- Whom each identifier means, for one or thousands, in one round trip. p_wanted is an array of
-- [as said, kind, system, value, member's id or null].
CREATE FUNCTION members_holders(p_programme bigint, p_unit bigint, p_wanted jsonb)
RETURNS TABLE (
    said text, membership bigint, member uuid, holder uuid, account bigint, joined_at timestamptz)
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT wanted.said, m.id, m.member_id, m.holder, a.id, m.joined_at
    FROM (
        SELECT w->>0 AS said, coalesce(i.member_id, (w->>4)::uuid) AS member_id
        FROM jsonb_array_elements(p_wanted) AS k (w)
        LEFT JOIN LATERAL (
            SELECT member_id FROM members_identifier
            WHERE kind = w->>1 AND system = w->>2 AND value = w->>3 LIMIT 1) i ON true
    ) wanted
    CROSS JOIN LATERAL (
        SELECT id, member_id, holder, joined_at FROM members_membership
        WHERE member_id = wanted.member_id AND programme_id = p_programme LIMIT 1) m
    CROSS JOIN LATERAL (
        SELECT id FROM loyalty_account
        WHERE unit_id = p_unit AND kind = 'MEMBER' AND holder = m.holder LIMIT 1) a;
END $$;

-- Records what members did, and books what it earned, in one round trip for one or thousands.
--
-- p_items is an array, ordered by account, of objects
--   {n, id, membership, holder, account, type, source, external_id, fingerprint, occurred_at,
--    channel, location, amount, points, expires_at, award, reasons,
--    lines: [[product, category, brand, quantity, amount, points], …]}
-- A row comes back for each: outcome is RECORDED, REPLAYED (the same key and request as before: the
-- first answer's figures), CONFLICT (the key was used for another request) or CLOSED. Only RECORDED
-- wrote anything.
CREATE FUNCTION members_record_activities(
    p_items jsonb, p_issuance bigint, p_actor text, p_now timestamptz)
RETURNS TABLE (n int, outcome text, activity uuid, points bigint, balance bigint, award text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    v record;
    v_account record;
    v_first record;
    v_posted record;
BEGIN
    FOR v IN
        SELECT * FROM jsonb_to_recordset(p_items) AS item (
            n int, id uuid, membership bigint, holder uuid, account bigint, type text, source text,
            external_id text, fingerprint text, occurred_at timestamptz, channel text,
            location text, amount numeric, points bigint, expires_at timestamptz,
            award jsonb, reasons jsonb, lines jsonb)
    LOOP
        n := v.n; activity := v.id; points := v.points; award := NULL;
        IF v.points > 0 THEN
            SELECT a.balance, a.closed_at INTO v_account FROM loyalty_account a
            WHERE a.id = v.account FOR NO KEY UPDATE;
        ELSE
            SELECT a.balance, a.closed_at INTO v_account FROM loyalty_account a
            WHERE a.id = v.account;
        END IF;
        balance := v_account.balance + v.points;

        INSERT INTO members_activity (
            id, membership_id, type, source, external_id, fingerprint, occurred_at, recorded_at,
            channel, location, amount, points, balance_after, award)
        SELECT v.id, v.membership, v.type, v.source, v.external_id, v.fingerprint, v.occurred_at,
            p_now, v.channel, v.location, v.amount, v.points, v_account.balance + v.points, v.award
        WHERE v_account.closed_at IS NULL
        ON CONFLICT (source, external_id) DO NOTHING;

        IF NOT FOUND THEN
            SELECT a.id, a.fingerprint, a.points, a.balance_after, a.award INTO v_first
            FROM members_activity a
            WHERE a.source = v.source AND a.external_id = v.external_id;
            outcome := CASE
                WHEN v_first.id IS NULL THEN 'CLOSED'
                WHEN v_first.fingerprint = v.fingerprint THEN 'REPLAYED'
                ELSE 'CONFLICT' END;
            IF outcome = 'REPLAYED' THEN
                activity := v_first.id; points := v_first.points;
                balance := v_first.balance_after; award := v_first.award::text;
            END IF;
            RETURN NEXT;
            CONTINUE;
        END IF;

        IF v.points > 0 THEN
            SELECT * INTO v_posted FROM ledger_post(
                'EARN', p_issuance, v.account, v.points, 'activity:' || v.source, v.external_id,
                v.fingerprint, v.reasons, p_actor, v.occurred_at, p_now, NULL, v.expires_at);
            IF v_posted.outcome <> 'POSTED' THEN
                RAISE EXCEPTION 'the transfer of activity %:% is %',
                    v.source, v.external_id, v_posted.outcome
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
        END IF;
        INSERT INTO members_activityline (
            activity_id, number, product, category, brand, quantity, amount, points)
        SELECT v.id, line.number, line.said->>0, line.said->>1, line.said->>2,
            (line.said->>3)::numeric, (line.said->>4)::numeric, (line.said->>5)::bigint
        FROM jsonb_array_elements(v.lines) WITH ORDINALITY AS line (said, number);
        PERFORM outbox_publish(
            'members.activity_recorded.v1', v.holder,
            jsonb_build_object('activity', v.id, 'type', v.type, 'source', v.source,
                               'external_id', v.external_id, 'points', v.points,
                               'balance', v_account.balance + v.points),
            v.occurred_at, p_now);
        outcome := 'RECORDED';
        RETURN NEXT;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION members_record_activities(jsonb, bigint, text, timestamptz) FROM PUBLIC;

-- What was received stays as it was received.
CREATE TRIGGER activity_append_only BEFORE UPDATE OR DELETE ON members_activity
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER activity_no_truncate BEFORE TRUNCATE ON members_activity
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER activityline_append_only BEFORE UPDATE OR DELETE ON members_activityline
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER activityline_no_truncate BEFORE TRUNCATE ON members_activityline
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
