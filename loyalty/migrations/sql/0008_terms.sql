-- The dates of lots: what time has taken is booked, what keeps points alive is noted, and a date
-- changes only by a named deed.

-- What a transfer granted is looked up by it: for returns, and to seal the books.
CREATE INDEX lot_of_transfer ON loyalty_lot (transfer_id);

-- What made and what forgave a debt is looked up by its account, for the account as it once stood.
CREATE INDEX transfer_owing ON loyalty_transfer (debit_account_id) WHERE kind = 'OWE';
CREATE INDEX transfer_forgiving ON loyalty_transfer (credit_account_id) WHERE kind = 'FORGIVE';

-- Books these lots as lapsed, each at its own end: one transfer for an account and a moment, so
-- that the books are the same whenever the job has run. The caller holds the accounts' locks.
CREATE FUNCTION ledger_book_lapsed(
    p_lots bigint[], p_ends timestamptz[], p_actor text, p_now timestamptz,
    OUT accounts bigint, OUT points bigint)
LANGUAGE sql AS $$
    WITH lapsed AS MATERIALIZED (
        SELECT l.id, l.account_id, l.remaining, x.ends
        FROM unnest(p_lots, p_ends) AS x (id, ends) JOIN loyalty_lot l ON l.id = x.id
        WHERE l.remaining > 0
    ), due AS MATERIALIZED (
        SELECT d.account_id, d.ends, d.points, a.unit_id, a.holder,
               a.balance - sum(d.points) OVER chain + d.points AS before,
               a.version + row_number() OVER chain AS version
        FROM (SELECT account_id, ends, sum(remaining)::bigint AS points
              FROM lapsed GROUP BY account_id, ends) d
        JOIN loyalty_account a ON a.id = d.account_id
        WINDOW chain AS (PARTITION BY d.account_id ORDER BY d.ends)
    ), booked AS (
        INSERT INTO loyalty_transfer (
            debit_account_id, credit_account_id, points, kind, source, external_id, fingerprint,
            reasons, actor, effective_at, recorded_at, debit_before, debit_version)
        SELECT d.account_id, e.id, d.points, 'EXPIRE', 'expiry',
               d.account_id || ':' || d.version, d.points::text,
               '[]', p_actor, d.ends, p_now, d.before, d.version
        FROM due d JOIN loyalty_account e ON e.unit_id = d.unit_id AND e.kind = 'EXPIRED'
        ORDER BY d.account_id, d.version
        RETURNING id, debit_account_id, debit_version, effective_at
    ), emptied AS (
        UPDATE loyalty_lot l SET remaining = 0 FROM lapsed x WHERE l.id = x.id
    ), moved AS (
        INSERT INTO loyalty_lotmove (lot_id, transfer_id, points)
        SELECT l.id, b.id, -l.remaining
        FROM lapsed l JOIN booked b ON b.debit_account_id = l.account_id AND b.effective_at = l.ends
        ORDER BY b.id, l.id
    ), settled AS (
        UPDATE loyalty_account a SET balance = a.balance - s.points, version = s.version
        FROM (SELECT account_id, sum(points)::bigint AS points, max(version) AS version
              FROM due GROUP BY account_id) s
        WHERE a.id = s.account_id
    ), said AS (
        INSERT INTO loyalty_outboxevent (name, subject, payload, occurred_at, recorded_at)
        SELECT 'loyalty.points_expired.v1', d.holder,
               jsonb_build_object('transfer', b.id, 'points', d.points,
                                  'balance', d.before - d.points, 'source', 'expiry',
                                  'external_id', d.account_id || ':' || d.version),
               d.ends, p_now
        FROM due d
        JOIN booked b ON b.debit_account_id = d.account_id AND b.debit_version = d.version
        ORDER BY b.id
    )
    SELECT count(DISTINCT account_id), coalesce(sum(points), 0)::bigint FROM due
$$;

-- Books what has lapsed of at most p_limit accounts with ids above p_after; last_account is where
-- the next batch goes on, empty at the end. Accounts with a live hold wait: what was set aside may
-- be paid with points that lapse meanwhile.
CREATE FUNCTION ledger_expire(
    p_after bigint, p_limit int, p_actor text, p_now timestamptz,
    OUT accounts bigint, OUT points bigint, OUT last_account bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_due bigint[];
    v_lots bigint[];
    v_ends timestamptz[];
BEGIN
    v_due := ARRAY(
        SELECT due.id FROM (
            (SELECT l.account_id AS id FROM loyalty_lot l
             WHERE l.remaining > 0 AND l.account_id > p_after AND l.expires_at <= p_now
               AND NOT l.is_sliding
             GROUP BY l.account_id ORDER BY l.account_id LIMIT p_limit)
            UNION
            (SELECT a.id FROM loyalty_account a
             WHERE a.id > p_after AND a.lapses_at <= p_now
               AND EXISTS (SELECT FROM loyalty_lot l
                           WHERE l.account_id = a.id AND l.remaining > 0 AND l.is_sliding
                             AND l.available_from < a.lapses_at)
             ORDER BY a.id LIMIT p_limit)
        ) due ORDER BY due.id LIMIT p_limit);
    last_account := v_due[cardinality(v_due)];
    PERFORM FROM loyalty_account a WHERE a.id = ANY (v_due) ORDER BY a.id FOR NO KEY UPDATE;
    -- from here on nobody else spends, holds or books in these accounts
    SELECT array_agg(l.id), array_agg(lapse.ends) INTO v_lots, v_ends
    FROM loyalty_account a
    JOIN loyalty_lot l ON l.account_id = a.id AND l.remaining > 0
    CROSS JOIN LATERAL (
        SELECT CASE WHEN l.is_sliding THEN a.lapses_at ELSE l.expires_at END AS ends) lapse
    WHERE a.id = ANY (v_due) AND lapse.ends <= p_now
      AND (l.available_from < lapse.ends OR NOT l.is_sliding)
      AND NOT EXISTS (SELECT FROM loyalty_hold h
                      WHERE h.account_id = a.id AND h.ended_at IS NULL AND h.expires_at > p_now);
    SELECT b.accounts, b.points INTO accounts, points
    FROM ledger_book_lapsed(v_lots, v_ends, p_actor, p_now) b;
END $$;

-- When an account's sliding points that became usable at p_start ended, were there a time without
-- any activity that keeps them alive; empty while they live. Slides whose times overlap are one
-- stretch; each stretch but the last has ended.
CREATE FUNCTION ledger_slid_until(p_account bigint, p_start timestamptz)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT min(stretch.before) FROM (
        SELECT s.effective_at,
               max(s.lapses_at) OVER (ORDER BY s.effective_at, s.lapses_at, s.id
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM loyalty_slide s WHERE s.account_id = p_account) stretch
    WHERE stretch.effective_at >= stretch.before AND stretch.before > p_start
$$;

-- Gives back to their lots the sliding points that were booked as lapsed though an activity, heard
-- of later, had kept them alive.
CREATE FUNCTION ledger_unlapse(
    p_account bigint, p_actor text, p_effective_at timestamptz, p_now timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v record;
    v_transfer bigint;
BEGIN
    FOR v IN
        SELECT t.id, t.debit_version, t.credit_account_id AS expired,
               sum(-m.points)::bigint AS points,
               array_agg(m.lot_id ORDER BY m.lot_id) AS lots,
               array_agg(-m.points ORDER BY m.lot_id) AS parts
        FROM loyalty_transfer t
        JOIN loyalty_lotmove m ON m.transfer_id = t.id
        JOIN loyalty_lot l ON l.id = m.lot_id
        WHERE t.debit_account_id = p_account AND t.debit_version IS NOT NULL
          AND t.kind = 'EXPIRE' AND l.is_sliding
          AND ledger_slid_until(p_account, l.available_from) IS NULL
          AND NOT EXISTS (SELECT FROM loyalty_transfer r
                          WHERE r.credit_account_id = p_account AND r.credit_version IS NOT NULL
                            AND r.reverses = t.id)
        GROUP BY t.id, t.debit_version, t.credit_account_id ORDER BY t.id
    LOOP
        v_transfer := ledger_enter(
            p_account, 'RESTORE', v.expired, p_account, v.points, 'expiry',
            'undo:' || p_account || ':' || v.debit_version, v.points::text, '[]', p_actor,
            p_effective_at, p_now, v.id);
        UPDATE loyalty_lot l SET remaining = l.remaining + back.points
        FROM unnest(v.lots, v.parts) AS back (lot, points) WHERE l.id = back.lot;
        INSERT INTO loyalty_lotmove (lot_id, transfer_id, points)
        SELECT back.lot, v_transfer, back.points FROM unnest(v.lots, v.parts) AS back (lot, points);
    END LOOP;
END $$;

-- An activity at p_effective_at keeps the account's sliding points alive until p_lapses_at; call it
-- for whatever keeps them alive and whatever grants them, after the granting. What had lapsed
-- before is booked first, unless a live hold was authorised while it was good. Never moves the end
-- backwards; in whatever order activities are heard of, the same points are alive in the end.
CREATE FUNCTION ledger_slide(
    p_account bigint, p_lapses_at timestamptz, p_effective_at timestamptz, p_now timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_until timestamptz;
    v_lots bigint[];
    v_ends timestamptz[];
BEGIN
    SELECT a.lapses_at INTO v_until FROM loyalty_account a
    WHERE a.id = p_account FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM loyalty_slide s WHERE s.account_id = p_account
                 AND s.effective_at <= p_effective_at AND s.lapses_at >= p_lapses_at) THEN
        RETURN;  -- another activity of that day, say
    END IF;
    INSERT INTO loyalty_slide (account_id, lapses_at, effective_at, recorded_at)
    VALUES (p_account, p_lapses_at, p_effective_at, p_now);
    UPDATE loyalty_account a SET lapses_at = greatest(v_until, p_lapses_at)
    WHERE a.id = p_account AND v_until IS DISTINCT FROM greatest(v_until, p_lapses_at);
    IF v_until IS NULL OR v_until > greatest(p_now, p_effective_at) AND NOT EXISTS (
        SELECT FROM loyalty_slide s
        WHERE s.account_id = p_account AND s.effective_at > p_effective_at) THEN
        RETURN;  -- heard of in order and in time: nothing had lapsed
    END IF;
    PERFORM ledger_unlapse(p_account, 'system:expiry', p_effective_at, p_now);
    SELECT array_agg(lapsed.id), array_agg(lapsed.ends) INTO v_lots, v_ends
    FROM (SELECT l.id, ledger_slid_until(p_account, l.available_from) AS ends
          FROM loyalty_lot l
          WHERE l.account_id = p_account AND l.remaining > 0 AND l.is_sliding) lapsed
    WHERE lapsed.ends IS NOT NULL AND NOT EXISTS (
        SELECT FROM loyalty_hold h
        WHERE h.account_id = p_account AND h.ended_at IS NULL AND h.expires_at > p_now
          AND h.authorised_at < lapsed.ends);
    PERFORM ledger_book_lapsed(v_lots, v_ends, 'system:expiry', p_now);
END $$;

-- Gives lots other dates, once per key and lot: ACTIVATE what is pending, EXTEND what lapses. Each
-- lot's outcome: CHANGED; REPLAYED and CONFLICT (the key was used before, for the same or for other
-- dates); ACTIVE (usable already), EMPTY (nothing remains), LAPSED, SLIDING (ends by inactivity
-- only), SHORTER (the end would not move on). Only CHANGED wrote anything.
CREATE FUNCTION ledger_change_lots(
    p_deed text, p_lots bigint[], p_available_from timestamptz[], p_expires_at timestamptz[],
    p_source text, p_external_id text, p_reason text, p_actor text, p_now timestamptz)
RETURNS TABLE (lot bigint, outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v record;
    v_lot loyalty_lot;
    v_first loyalty_lotchange;
BEGIN
    PERFORM FROM loyalty_account a
    WHERE a.id IN (SELECT l.account_id FROM loyalty_lot l WHERE l.id = ANY (p_lots))
    ORDER BY a.id FOR NO KEY UPDATE;
    FOR v IN
        SELECT * FROM unnest(p_lots, p_available_from, p_expires_at) AS x (id, available, ends)
        ORDER BY id
    LOOP
        SELECT * INTO v_lot FROM loyalty_lot l WHERE l.id = v.id;
        SELECT * INTO v_first FROM loyalty_lotchange c
        WHERE c.lot_id = v.id AND c.source = p_source AND c.external_id = p_external_id;
        lot := v.id;
        outcome := CASE
            WHEN v_first.deed = p_deed
                 AND (p_deed = 'ACTIVATE' OR v_first.expires_at IS NOT DISTINCT FROM v.ends)
                THEN 'REPLAYED'
            WHEN v_first.id IS NOT NULL THEN 'CONFLICT'
            WHEN v_lot.remaining = 0 THEN 'EMPTY'
            WHEN p_deed = 'ACTIVATE' AND v_lot.available_from <= p_now THEN 'ACTIVE'
            WHEN p_deed = 'ACTIVATE' THEN 'CHANGED'
            WHEN v_lot.is_sliding THEN 'SLIDING'
            WHEN v_lot.expires_at <= p_now THEN 'LAPSED'
            WHEN v_lot.expires_at IS NULL OR v.ends <= v_lot.expires_at THEN 'SHORTER'
            ELSE 'CHANGED' END;
        IF outcome = 'CHANGED' THEN
            INSERT INTO loyalty_lotchange (
                lot_id, deed, available_before, available_from, expires_before, expires_at,
                source, external_id, reason, actor, recorded_at)
            VALUES (v.id, p_deed, v_lot.available_from, v.available, v_lot.expires_at, v.ends,
                    p_source, p_external_id, p_reason, p_actor, p_now);
            UPDATE loyalty_lot l SET available_from = v.available, expires_at = v.ends
            WHERE l.id = v.id;
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;

-- Takes back all that is pending in these lots of one account: points that never became usable.
-- outcome is POSTED, REPLAYED, CONFLICT or NOTHING (none of it is pending any more).
CREATE FUNCTION ledger_cancel(
    p_account bigint, p_lots bigint[], p_source text, p_external_id text, p_fingerprint text,
    p_reasons jsonb, p_actor text, p_effective_at timestamptz, p_now timestamptz,
    p_reverses bigint, OUT outcome text, OUT transfer_id bigint, OUT taken bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_account loyalty_account;
    v_first loyalty_transfer;
    v_lots bigint[];
BEGIN
    SELECT * INTO v_account FROM loyalty_account a WHERE a.id = p_account FOR NO KEY UPDATE;
    SELECT * INTO v_first FROM loyalty_transfer t
    WHERE t.source = p_source AND t.external_id = p_external_id;
    IF v_first.id IS NOT NULL THEN
        transfer_id := v_first.id; taken := v_first.points;
        outcome := CASE WHEN v_first.fingerprint = p_fingerprint THEN 'REPLAYED'
                        ELSE 'CONFLICT' END;
        RETURN;
    END IF;
    SELECT array_agg(l.id ORDER BY l.id), coalesce(sum(l.remaining), 0) INTO v_lots, taken
    FROM loyalty_lot l
    WHERE l.id = ANY (p_lots) AND l.account_id = p_account AND l.remaining > 0
      AND (l.available_from IS NULL OR l.available_from > p_now);
    outcome := 'NOTHING';
    IF taken = 0 THEN RETURN; END IF;
    transfer_id := ledger_enter(
        p_account, 'CANCEL', p_account, ledger_own_account(v_account.unit_id, 'RETURNED'), taken,
        p_source, p_external_id, p_fingerprint, p_reasons, p_actor, p_effective_at, p_now,
        p_reverses);
    INSERT INTO loyalty_lotmove (lot_id, transfer_id, points)
    SELECT l.id, ledger_cancel.transfer_id, -l.remaining FROM loyalty_lot l
    WHERE l.id = ANY (v_lots) ORDER BY l.id;
    UPDATE loyalty_lot l SET remaining = 0 WHERE l.id = ANY (v_lots);
    outcome := 'POSTED';
END $$;

-- Makes points of one EXPIRE transfer good again as a new lot. outcome is as of ledger_post, or
-- UNKNOWN (no such expiry), or TOO_MANY (more than lapsed then and was not made good since).
CREATE FUNCTION ledger_reinstate(
    p_expiry bigint, p_points bigint, p_expires_at timestamptz, p_source text,
    p_external_id text, p_fingerprint text, p_reasons jsonb, p_reason text, p_actor text,
    p_now timestamptz, OUT outcome text, OUT transfer_id bigint, OUT after bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_expiry loyalty_transfer;
    v_back bigint;
BEGIN
    SELECT * INTO v_expiry FROM loyalty_transfer t WHERE t.id = p_expiry AND t.kind = 'EXPIRE';
    outcome := 'UNKNOWN';
    IF v_expiry.id IS NULL THEN RETURN; END IF;
    PERFORM FROM loyalty_account a WHERE a.id = v_expiry.debit_account_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(t.points), 0) INTO v_back FROM loyalty_transfer t
    WHERE t.credit_account_id = v_expiry.debit_account_id AND t.credit_version IS NOT NULL
      AND t.reverses = p_expiry AND (t.source, t.external_id) <> (p_source, p_external_id);
    outcome := 'TOO_MANY';
    IF v_back + p_points > v_expiry.points THEN RETURN; END IF;
    SELECT p.outcome, p.transfer_id, p.after INTO outcome, transfer_id, after
    FROM ledger_post(
        p_kind => 'RESTORE', p_debit => v_expiry.credit_account_id,
        p_credit => v_expiry.debit_account_id, p_points => p_points, p_source => p_source,
        p_external_id => p_external_id, p_fingerprint => p_fingerprint, p_reasons => p_reasons,
        p_actor => p_actor, p_effective_at => p_now, p_now => p_now,
        p_available_from => p_now, p_expires_at => p_expires_at, p_reverses => p_expiry) p;
    INSERT INTO loyalty_lotchange (
        lot_id, deed, available_before, available_from, expires_before, expires_at,
        source, external_id, reason, actor, recorded_at)
    SELECT l.id, 'REINSTATE', NULL, l.available_from, v_expiry.effective_at, l.expires_at,
           p_source, p_external_id, p_reason, p_actor, p_now
    FROM loyalty_lot l
    WHERE outcome = 'POSTED' AND l.account_id = v_expiry.debit_account_id AND l.remaining > 0
      AND l.transfer_id = ledger_reinstate.transfer_id;
END $$;

-- The last transfer so far. Waits for those who are writing, so that none with a lower id can come
-- after it; nobody writes until the transaction ends, so ask it in one of its own.
CREATE FUNCTION ledger_settled() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
BEGIN
    LOCK TABLE loyalty_transfer IN SHARE MODE;
    RETURN coalesce((SELECT max(t.id) FROM loyalty_transfer t), 0);
END $$;

REVOKE ALL ON FUNCTION
    ledger_book_lapsed(bigint[], timestamptz[], text, timestamptz),
    ledger_expire(bigint, int, text, timestamptz),
    ledger_slid_until(bigint, timestamptz),
    ledger_unlapse(bigint, text, timestamptz, timestamptz),
    ledger_slide(bigint, timestamptz, timestamptz, timestamptz),
    ledger_change_lots(text, bigint[], timestamptz[], timestamptz[], text, text, text, text,
                       timestamptz),
    ledger_cancel(bigint, bigint[], text, text, text, jsonb, text, timestamptz, timestamptz, bigint),
    ledger_reinstate(bigint, bigint, timestamptz, text, text, text, jsonb, text, text, timestamptz),
    ledger_settled()
FROM PUBLIC;

-- A lot's dates change only as a change says that is written already; all else stays as granted.
CREATE OR REPLACE FUNCTION ledger_guard_lot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.transfer_id, NEW.account_id, NEW.granted, NEW.awaits, NEW.is_sliding,
        NEW.expiry)
        IS DISTINCT FROM (OLD.id, OLD.transfer_id, OLD.account_id, OLD.granted, OLD.awaits,
                          OLD.is_sliding, OLD.expiry)
        OR (NEW.available_from, NEW.expires_at)
            IS DISTINCT FROM (OLD.available_from, OLD.expires_at)
        AND NOT EXISTS (
            SELECT FROM loyalty_lotchange c
            WHERE c.lot_id = NEW.id
              AND (c.available_before, c.expires_before, c.available_from, c.expires_at)
              IS NOT DISTINCT FROM
              (OLD.available_from, OLD.expires_at, NEW.available_from, NEW.expires_at)) THEN
        RAISE EXCEPTION 'a lot keeps what it was granted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER lotchange_append_only BEFORE UPDATE OR DELETE ON loyalty_lotchange
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER lotchange_no_truncate BEFORE TRUNCATE ON loyalty_lotchange
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER slide_append_only BEFORE UPDATE OR DELETE ON loyalty_slide
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER slide_no_truncate BEFORE TRUNCATE ON loyalty_slide
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE ON loyalty_seal
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER seal_no_truncate BEFORE TRUNCATE ON loyalty_seal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
