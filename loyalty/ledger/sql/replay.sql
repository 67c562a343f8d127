-- Run in a scratch schema that has empty copies of the books' tables and of the ledger's functions:
-- what happened, as it stands in public, done again in the order in which it happened.

INSERT INTO loyalty_account (id, unit_id, kind, holder, balance, owed, version, opened_at)
OVERRIDING SYSTEM VALUE
SELECT id, unit_id, kind, holder, 0, 0, 0, opened_at FROM public.loyalty_account;

-- Who was ever one with whom: what one of them spent can come back to the other.
INSERT INTO loyalty_holdermerge OVERRIDING SYSTEM VALUE SELECT * FROM public.loyalty_holdermerge;

-- Rows of the books get other ids here: ids that were given up, for a refusal say, are not given
-- again. A transfer is found by its business key, a lot by its place among its transfer's.
CREATE FUNCTION twin_transfer(p_id bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT n.id FROM public.loyalty_transfer o
    JOIN loyalty_transfer n ON n.source = o.source AND n.external_id = o.external_id
    WHERE o.id = p_id
$$;

CREATE FUNCTION twin_lot(p_id bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT (ARRAY(SELECT n.id FROM loyalty_lot n WHERE n.transfer_id = twin_transfer(o.transfer_id)
                  ORDER BY n.id))[o.nth]
    FROM (SELECT l.transfer_id, (SELECT count(*) FROM public.loyalty_lot p
                                 WHERE p.transfer_id = l.transfer_id AND p.id <= l.id) AS nth
          FROM public.loyalty_lot l WHERE l.id = p_id) o
$$;

CREATE FUNCTION twin_hold(p_source text, p_external_id text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT h.id FROM loyalty_hold h WHERE h.source = p_source AND h.external_id = p_external_id
$$;

-- The first lot of a transfer with the dates it was granted with; what is restored as the successor
-- of a lot of a merged holder has that one's dates, and is none.
CREATE FUNCTION granted_lot(p_transfer bigint) RETURNS public.loyalty_lot LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_lot public.loyalty_lot;
    v_change public.loyalty_lotchange;
BEGIN
    -- not "the first by id": that could be sought by walking through all ids
    SELECT * INTO v_lot FROM public.loyalty_lot l
    WHERE l.id = (ARRAY(SELECT o.id FROM public.loyalty_lot o
                        WHERE o.transfer_id = p_transfer AND o.origin_id IS NULL
                        ORDER BY o.id))[1];
    SELECT * INTO v_change FROM public.loyalty_lotchange c
    WHERE c.id = (ARRAY(SELECT o.id FROM public.loyalty_lotchange o
                        WHERE o.lot_id = v_lot.id AND o.deed <> 'REINSTATE' ORDER BY o.id))[1];
    IF v_change.id IS NOT NULL THEN
        v_lot.available_from := v_change.available_before;
        v_lot.expires_at := v_change.expires_before;
    END IF;
    RETURN v_lot;
END $$;

CREATE FUNCTION member_of_debt(p_owed bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT m.id FROM loyalty_account o
    JOIN loyalty_account m ON m.unit_id = o.unit_id AND m.holder = o.holder AND m.kind = 'MEMBER'
    WHERE o.id = p_owed
$$;

-- What a return took follows from lots and a policy that only its caller knew; so it is entered as
-- it was, with the lots that it took.
CREATE FUNCTION reenter(t public.loyalty_transfer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_member bigint := CASE
        WHEN t.kind = 'OWE' THEN member_of_debt(t.debit_account_id)
        WHEN t.debit_version IS NOT NULL THEN t.debit_account_id
        -- what had lapsed goes from the one of the programme's own accounts to the other
        ELSE (SELECT o.credit_account_id FROM public.loyalty_transfer o WHERE o.id = t.reverses) END;
    v_id bigint;
BEGIN
    v_id := ledger_enter(
        v_member, t.kind, t.debit_account_id, t.credit_account_id, t.points, t.source,
        t.external_id, t.fingerprint, t.reasons, t.actor, t.effective_at, t.recorded_at,
        twin_transfer(t.reverses));
    INSERT INTO loyalty_lotmove (lot_id, transfer_id, points)
    SELECT twin_lot(m.lot_id), v_id, m.points FROM public.loyalty_lotmove m
    WHERE m.transfer_id = t.id ORDER BY m.id;
    UPDATE loyalty_lot l SET remaining = l.remaining + m.points
    FROM (SELECT lot_id, sum(points) AS points FROM loyalty_lotmove
          WHERE transfer_id = v_id GROUP BY lot_id) m
    WHERE l.id = m.lot_id;
    IF t.kind = 'OWE' THEN
        UPDATE loyalty_account a SET owed = a.owed + t.points WHERE a.id = v_member;
    END IF;
END $$;

CREATE FUNCTION replay_restore(t public.loyalty_transfer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_lot public.loyalty_lot := granted_lot(t.id);
    v_reinstated public.loyalty_lotchange;
BEGIN
    SELECT * INTO v_reinstated FROM public.loyalty_lotchange c
    WHERE c.lot_id = v_lot.id AND c.deed = 'REINSTATE';
    IF v_reinstated.id IS NOT NULL THEN
        PERFORM ledger_reinstate(
            twin_transfer(t.reverses), t.points, v_lot.expires_at, t.source, t.external_id,
            t.fingerprint, t.reasons, v_reinstated.reason, t.actor, t.recorded_at);
    ELSE
        PERFORM ledger_restore(
            t.credit_account_id, twin_transfer(t.reverses), t.points, t.source, t.external_id,
            t.fingerprint, t.reasons, t.actor, t.effective_at, t.recorded_at, v_lot.expires_at);
    END IF;
END $$;

CREATE FUNCTION replay_post(t public.loyalty_transfer, p_taken bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_lot public.loyalty_lot := granted_lot(t.id);
    v_hold bigint;
BEGIN
    IF t.kind = 'REDEEM' THEN
        v_hold := twin_hold(t.source, t.external_id);
    END IF;
    IF v_hold IS NOT NULL THEN
        PERFORM ledger_capture(v_hold, t.points, t.fingerprint, t.reasons, t.actor,
                               t.effective_at, t.recorded_at);
        RETURN;
    END IF;
    PERFORM ledger_post(
        p_kind => t.kind, p_debit => t.debit_account_id, p_credit => t.credit_account_id,
        p_points => t.points, p_source => t.source, p_external_id => t.external_id,
        p_fingerprint => t.fingerprint, p_reasons => t.reasons, p_actor => t.actor,
        p_effective_at => t.effective_at, p_now => t.recorded_at,
        p_available_from => v_lot.available_from, p_expires_at => v_lot.expires_at,
        p_awaits => coalesce(v_lot.awaits, ''), p_expiry => coalesce(v_lot.expiry, ''),
        p_sliding => coalesce(v_lot.is_sliding, false), p_reverses => twin_transfer(t.reverses),
        -- whoever leaves a pool takes lots of their own
        p_lots => CASE WHEN t.kind = 'MOVE' THEN p_taken END);
END $$;

CREATE FUNCTION replay_transfer(p_id bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t public.loyalty_transfer;
    v_taken bigint[];
BEGIN
    SELECT * INTO t FROM public.loyalty_transfer WHERE id = p_id;
    IF twin_transfer(p_id) IS NOT NULL THEN
        RETURN;  -- it came with the deed before it
    END IF;
    v_taken := ARRAY(SELECT twin_lot(m.lot_id) FROM public.loyalty_lotmove m
                     WHERE m.transfer_id = p_id AND m.points < 0 ORDER BY m.id);
    IF t.kind = 'EXPIRE' THEN
        PERFORM ledger_book_lapsed(
            v_taken, array_fill(t.effective_at, ARRAY[cardinality(v_taken)]), t.actor,
            t.recorded_at);
    ELSIF t.kind = 'REPAY' THEN
        PERFORM ledger_repay(t.debit_account_id, t.actor, t.effective_at, t.recorded_at);
    ELSIF t.kind = 'CANCEL' THEN
        PERFORM ledger_cancel(
            t.debit_account_id, v_taken, t.source, t.external_id, t.fingerprint, t.reasons,
            t.actor, t.effective_at, t.recorded_at, twin_transfer(t.reverses));
    ELSIF t.kind = 'FORGIVE' THEN
        PERFORM ledger_forgive(
            member_of_debt(t.credit_account_id), t.points, t.source, t.external_id,
            t.fingerprint, t.reasons, t.actor, t.effective_at, t.recorded_at);
    ELSIF t.kind = 'MOVE' AND t.source = 'merge' THEN
        PERFORM ledger_move_lots(
            t.debit_account_id, t.credit_account_id, v_taken, t.source, t.external_id,
            t.fingerprint, t.reasons, t.actor, t.effective_at, t.recorded_at);
    ELSIF t.kind IN ('RETURN', 'OWE') THEN
        PERFORM reenter(t);
    ELSIF t.kind = 'RESTORE' THEN
        PERFORM replay_restore(t);
    ELSE
        PERFORM replay_post(t, v_taken);
    END IF;
END $$;

CREATE FUNCTION replay_other(p_what text, p_id bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_what = 'hold' THEN
        PERFORM ledger_hold(h.account_id, h.points, h.source, h.external_id, h.fingerprint,
                            h.actor, h.expires_at, h.authorised_at)
        FROM public.loyalty_hold h WHERE h.id = p_id;
    ELSIF p_what = 'void' THEN
        PERFORM ledger_void(twin_hold(h.source, h.external_id), h.actor, h.ended_at)
        FROM public.loyalty_hold h WHERE h.id = p_id;
    ELSIF p_what = 'slide' THEN
        PERFORM ledger_slide(s.account_id, s.lapses_at, s.effective_at, s.recorded_at)
        FROM public.loyalty_slide s WHERE s.id = p_id;
    ELSE
        PERFORM ledger_change_lots(
            c.deed, ARRAY[twin_lot(c.lot_id)], ARRAY[c.available_from], ARRAY[c.expires_at],
            c.source, c.external_id, c.reason, c.actor, c.recorded_at)
        FROM public.loyalty_lotchange c WHERE c.id = p_id;
    END IF;
END $$;

-- Transfers follow their ids, which an account's lock gave out in the order of its deeds. What is no
-- transfer has only its moment: it stands behind the last transfer recorded until then.
CREATE UNLOGGED TABLE recorded AS
SELECT t.id, max(t.recorded_at) OVER (ORDER BY t.id) AS at FROM public.loyalty_transfer t;
CREATE INDEX ON recorded (at, id);
ANALYZE recorded;

CREATE FUNCTION behind(p_at timestamptz, p_same boolean) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT r.id FROM recorded r WHERE r.at < p_at OR p_same AND r.at = p_at
                     ORDER BY r.at DESC, r.id DESC LIMIT 1), 0)
$$;

CREATE UNLOGGED TABLE step AS
SELECT row_number() OVER (ORDER BY place, what <> 'transfer', at, what, id) AS nth, what, id
FROM (
    SELECT 'transfer' AS what, t.id, t.id AS place, t.recorded_at AS at
    FROM public.loyalty_transfer t
    UNION ALL
    SELECT 'hold', h.id,
           least(behind(h.authorised_at, true), coalesce(h.transfer - 1, 9223372036854775807)),
           h.authorised_at
    FROM public.loyalty_hold h
    UNION ALL
    SELECT 'void', h.id, behind(h.ended_at, h.ended_at = h.authorised_at), h.ended_at
    FROM public.loyalty_hold h WHERE h."end" = 'VOIDED'
    UNION ALL
    -- a slide books what had lapsed before it
    SELECT 'slide', s.id, coalesce(least(
               (SELECT min(t.id) - 1 FROM public.loyalty_transfer t
                WHERE t.debit_account_id = s.account_id AND t.debit_version IS NOT NULL
                  AND t.source = 'expiry' AND t.recorded_at = s.recorded_at),
               (SELECT min(t.id) - 1 FROM public.loyalty_transfer t
                WHERE t.credit_account_id = s.account_id AND t.credit_version IS NOT NULL
                  AND t.source = 'expiry' AND t.recorded_at = s.recorded_at)),
               behind(s.recorded_at, true)), s.recorded_at
    FROM public.loyalty_slide s
    UNION ALL
    SELECT 'change', c.id, greatest(behind(c.recorded_at, false), l.transfer_id), c.recorded_at
    FROM public.loyalty_lotchange c JOIN public.loyalty_lot l ON l.id = c.lot_id
    WHERE c.deed <> 'REINSTATE'
) steps;
ALTER TABLE step ADD PRIMARY KEY (nth);
ANALYZE step;

CREATE FUNCTION replay_steps(p_after bigint, p_upto bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v record;
    v_done bigint := 0;
BEGIN
    FOR v IN SELECT s.what, s.id FROM step s WHERE s.nth > p_after AND s.nth <= p_upto
             ORDER BY s.nth
    LOOP
        IF v.what = 'transfer' THEN
            PERFORM replay_transfer(v.id);
        ELSE
            PERFORM replay_other(v.what, v.id);
        END IF;
        v_done := v_done + 1;
    END LOOP;
    RETURN v_done;
END $$;
