CREATE OR REPLACE FUNCTION members_record_activities(
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
            id, programme_id, membership_id, type, source, external_id, fingerprint, occurred_at, recorded_at,
            channel, location, amount, points, balance_after, award)
        SELECT v.id,
            (SELECT programme_id FROM members_membership WHERE id = v.membership), v.membership, v.type, v.source, v.external_id, v.fingerprint, v.occurred_at,
            p_now, v.channel, v.location, v.amount, v.points, v_account.balance + v.points, v.award
        WHERE v_account.closed_at IS NULL
        ON CONFLICT (programme_id, source, external_id) DO NOTHING;

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

