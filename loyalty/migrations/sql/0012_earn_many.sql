-- Grants many members points at once: what ledger_post would do for one after the other, in a
-- statement for all. Each array has a place for each transfer, as ledger_post takes it; p_debits
-- are the programme's own accounts, p_credits members'.
--
-- A row comes back for each: its place and the balance after it. A key that is taken raises
-- unique_violation, a closed account integrity_constraint_violation. The accounts are locked here
-- in the order of their ids, as by everybody.
CREATE FUNCTION ledger_earn_many(
    p_debits bigint[], p_credits bigint[], p_points bigint[], p_source text,
    p_external_ids text[], p_fingerprints text[], p_reasons jsonb[], p_actor text,
    p_effective_at timestamptz[], p_now timestamptz,
    p_available_from timestamptz[], p_expires_at timestamptz[], p_awaits text[],
    p_expiry text[], p_sliding boolean[])
RETURNS TABLE (nth bigint, after bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    v record;
    v_posted record;
    v_alone bigint[];
BEGIN
    PERFORM FROM loyalty_account a WHERE a.id = ANY (p_credits) ORDER BY a.id FOR NO KEY UPDATE;
    -- who owes repays by a transfer of its own after each
    v_alone := ARRAY(
        SELECT a.id FROM loyalty_account a
        WHERE a.id = ANY (p_credits)
          AND (a.owed > 0 OR a.closed_at IS NOT NULL OR a.kind <> 'MEMBER'));

    RETURN QUERY
    WITH wanted AS MATERIALIZED (
        SELECT nextval('loyalty_transfer_id_seq') AS id, g.*, a.holder,
               a.balance + sum(g.points) OVER running - g.points AS before,
               a.version + row_number() OVER running AS version
        FROM unnest(p_debits, p_credits, p_points, p_external_ids, p_fingerprints, p_reasons,
                    p_effective_at, p_available_from, p_expires_at, p_awaits, p_expiry,
                    p_sliding) WITH ORDINALITY AS g (
                debit, credit, points, external_id, fingerprint, reasons, effective_at,
                available_from, expires_at, awaits, expiry, sliding, nth)
        JOIN loyalty_account a ON a.id = g.credit
        WHERE a.id <> ALL (v_alone)
        WINDOW running AS (PARTITION BY g.credit ORDER BY g.nth)
    ), entered AS (
        INSERT INTO loyalty_transfer (
            id, debit_account_id, credit_account_id, points, kind, source, external_id,
            fingerprint, reasons, actor, effective_at, recorded_at, credit_before, credit_version)
        SELECT w.id, w.debit, w.credit, w.points, 'EARN', p_source, w.external_id,
               w.fingerprint, w.reasons, p_actor, w.effective_at, p_now, w.before, w.version
        FROM wanted w
    ), granted AS (
        INSERT INTO loyalty_lot (
            transfer_id, account_id, granted, remaining, available_from, awaits, expires_at,
            is_sliding, expiry)
        SELECT w.id, w.credit, w.points, w.points,
               CASE WHEN w.awaits = '' THEN coalesce(w.available_from, w.effective_at)
                    ELSE w.available_from END,
               w.awaits, w.expires_at, w.sliding, w.expiry
        FROM wanted w
    ), held AS (
        UPDATE loyalty_account a
        SET balance = a.balance + given.points, version = a.version + given.transfers
        FROM (SELECT w.credit, sum(w.points)::bigint AS points, count(*) AS transfers
              FROM wanted w GROUP BY w.credit) given
        WHERE a.id = given.credit
    ), told AS (
        INSERT INTO loyalty_outboxevent (name, subject, payload, occurred_at, recorded_at)
        SELECT ledger_event_name('EARN'), w.holder,
               jsonb_build_object('transfer', w.id, 'points', w.points,
                                  'balance', w.before + w.points, 'source', p_source,
                                  'external_id', w.external_id),
               w.effective_at, p_now
        FROM wanted w ORDER BY w.nth
    )
    SELECT w.nth, (w.before + w.points)::bigint FROM wanted w;

    FOR v IN
        SELECT g.* FROM unnest(
            p_debits, p_credits, p_points, p_external_ids, p_fingerprints, p_reasons,
            p_effective_at, p_available_from, p_expires_at, p_awaits, p_expiry,
            p_sliding) WITH ORDINALITY AS g (
                debit, credit, points, external_id, fingerprint, reasons, effective_at,
                available_from, expires_at, awaits, expiry, sliding, nth)
        WHERE g.credit = ANY (v_alone) ORDER BY g.nth
    LOOP
        SELECT * INTO v_posted FROM ledger_post(
            p_kind => 'EARN', p_debit => v.debit, p_credit => v.credit, p_points => v.points,
            p_source => p_source, p_external_id => v.external_id,
            p_fingerprint => v.fingerprint, p_reasons => v.reasons, p_actor => p_actor,
            p_effective_at => v.effective_at, p_now => p_now,
            p_available_from => v.available_from, p_expires_at => v.expires_at,
            p_awaits => v.awaits, p_expiry => v.expiry, p_sliding => v.sliding);
        IF v_posted.outcome <> 'POSTED' THEN
            RAISE EXCEPTION 'the transfer % is %', v.external_id, v_posted.outcome
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        nth := v.nth; after := v_posted.after;
        RETURN NEXT;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION ledger_earn_many(
    bigint[], bigint[], bigint[], text, text[], text[], jsonb[], text, timestamptz[],
    timestamptz, timestamptz[], timestamptz[], text[], text[], boolean[])
FROM PUBLIC;
