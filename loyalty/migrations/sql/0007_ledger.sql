-- The ledger's functions for units, returns, debts, holds and moves between members.
--
-- What an account can spend, everywhere: its usable lots, less its live holds, less what it owes.
-- Whoever changes an account, its lots or its holds locks the account first, many by their ids.
--
-- Called by the application: ledger_open_account, ledger_post, ledger_return, ledger_restore,
-- ledger_forgive, ledger_hold, ledger_capture, ledger_void, ledger_lock, ledger_close_account,
-- ledger_lots, ledger_usable_lots, ledger_held, ledger_spendable. Called by these, under the
-- account's lock: ledger_own_account, ledger_enter, ledger_take_from_lots, ledger_repay,
-- ledger_plan_return.

-- What names the transfer that it takes back is looked up by it.
CREATE INDEX IF NOT EXISTS transfer_by_reversed
    ON loyalty_transfer (reverses) WHERE reverses IS NOT NULL;

-- Opens the account of a holder (MEMBER, or OWED for their debt), or one of the programme's own;
-- the same again gives the same.
CREATE OR REPLACE FUNCTION ledger_open_account(
    p_unit bigint, p_kind text, p_holder uuid, p_now timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE v_id bigint;
BEGIN
    INSERT INTO loyalty_account (unit_id, kind, holder, balance, version, opened_at)
    VALUES (p_unit, p_kind, p_holder, 0, 0, p_now)
    ON CONFLICT DO NOTHING RETURNING id INTO v_id;
    IF v_id IS NOT NULL THEN
        RETURN v_id;
    ELSIF p_kind = 'MEMBER' THEN
        SELECT id INTO v_id FROM loyalty_account
        WHERE unit_id = p_unit AND kind = 'MEMBER' AND holder = p_holder;
    ELSIF p_kind = 'OWED' THEN
        SELECT id INTO v_id FROM loyalty_account
        WHERE unit_id = p_unit AND kind = 'OWED' AND holder = p_holder;
    ELSE
        v_id := ledger_own_account(p_unit, p_kind);
    END IF;
    RETURN v_id;
END $$;

-- The programme's own account of that kind, by the index that has only those.
CREATE OR REPLACE FUNCTION ledger_own_account(p_unit bigint, p_kind text)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT id FROM loyalty_account
    WHERE unit_id = p_unit AND kind = p_kind AND NOT (kind IN ('MEMBER', 'OWED'))
$$;

-- An account's open lots in spending order: soonest end, then oldest, never-ending last. The end of
-- a sliding lot is its account's. p_which is USABLE, PENDING or LAPSED at p_now, by the clock, not
-- by what a job has done. With p_since also those count as usable that were so at some moment from
-- then on; with p_only none but these lots.
CREATE OR REPLACE FUNCTION ledger_lots(
    p_account bigint, p_now timestamptz, p_which text,
    p_since timestamptz DEFAULT NULL, p_only bigint[] DEFAULT NULL)
RETURNS TABLE (id bigint, remaining bigint, ends_at timestamptz) LANGUAGE sql STABLE AS $$
    SELECT l.id, l.remaining, l.ends_at
    FROM (
        SELECT lot.id, lot.remaining, lot.available_from,
               CASE WHEN lot.is_sliding
                    THEN (SELECT a.lapses_at FROM loyalty_account a WHERE a.id = p_account)
                    ELSE lot.expires_at END AS ends_at
        FROM loyalty_lot lot WHERE lot.account_id = p_account AND lot.remaining > 0
        OFFSET 0  -- so that the end is worked out once, not wherever it is used
    ) l
    WHERE (p_only IS NULL OR l.id = ANY (p_only)) AND CASE p_which
        WHEN 'USABLE' THEN l.available_from <= p_now
            AND (l.ends_at IS NULL OR coalesce(p_since, p_now) < l.ends_at)
        WHEN 'PENDING' THEN (l.available_from IS NULL OR p_now < l.available_from)
            AND (l.ends_at IS NULL OR p_now < l.ends_at)
        ELSE l.ends_at <= p_now END
    ORDER BY l.ends_at ASC NULLS LAST, l.id
$$;

-- The lots an account can spend from, or with p_lapsed those whose time has ended.
CREATE OR REPLACE FUNCTION ledger_usable_lots(
    p_account bigint, p_now timestamptz, p_lapsed boolean)
RETURNS TABLE (id bigint, remaining bigint, expires_at timestamptz) LANGUAGE sql STABLE AS $$
    SELECT l.id, l.remaining, l.ends_at
    FROM ledger_lots(p_account, p_now, CASE WHEN p_lapsed THEN 'LAPSED' ELSE 'USABLE' END) l
$$;

-- What is set aside by live holds.
CREATE OR REPLACE FUNCTION ledger_held(p_account bigint, p_now timestamptz)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(h.points), 0)::bigint FROM loyalty_hold h
    WHERE h.account_id = p_account AND h.ended_at IS NULL AND h.expires_at > p_now
$$;

-- What the account can spend at that moment.
CREATE OR REPLACE FUNCTION ledger_spendable(p_account bigint, p_now timestamptz)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT greatest(
        (SELECT coalesce(sum(l.remaining), 0) FROM ledger_lots(p_account, p_now, 'USABLE') l)
        - ledger_held(p_account, p_now) - a.owed, 0)::bigint
    FROM loyalty_account a WHERE a.id = p_account
$$;

-- Takes p_points from those lots (as ledger_lots has them) and notes what each of them paid. The
-- caller has seen that they suffice.
DROP FUNCTION IF EXISTS ledger_take_from_lots(bigint, bigint, bigint, timestamptz, boolean);
CREATE OR REPLACE FUNCTION ledger_take_from_lots(
    p_account bigint, p_transfer bigint, p_points bigint, p_now timestamptz,
    p_which text DEFAULT 'USABLE', p_since timestamptz DEFAULT NULL, p_only bigint[] DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
    WITH open AS (
        SELECT id, remaining,
               sum(remaining) OVER (ORDER BY ends_at ASC NULLS LAST, id) - remaining AS before
        FROM ledger_lots(p_account, p_now, p_which, p_since, p_only)
    ), taking AS (
        SELECT id, least(remaining, p_points - before)::bigint AS points, before
        FROM open WHERE before < p_points
    ), taken AS (
        UPDATE loyalty_lot l SET remaining = l.remaining - t.points
        FROM taking t WHERE l.id = t.id RETURNING l.id, t.points, t.before
    )
    INSERT INTO loyalty_lotmove (lot_id, transfer_id, points)
    SELECT id, p_transfer, -points FROM taken ORDER BY before
$$;

-- The name under which a transfer of this kind is announced.
CREATE OR REPLACE FUNCTION ledger_event_name(p_kind text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_kind
        WHEN 'EARN' THEN 'loyalty.points_earned.v1'
        WHEN 'REDEEM' THEN 'loyalty.points_spent.v1'
        WHEN 'EXPIRE' THEN 'loyalty.points_expired.v1'
        WHEN 'ADJUST' THEN 'loyalty.points_adjusted.v1'
        WHEN 'RETURN' THEN 'loyalty.points_returned.v1'
        WHEN 'CANCEL' THEN 'loyalty.points_cancelled.v1'
        WHEN 'RESTORE' THEN 'loyalty.points_restored.v1'
        WHEN 'OWE' THEN 'loyalty.points_owed.v1'
        WHEN 'REPAY' THEN 'loyalty.points_repaid.v1'
        WHEN 'FORGIVE' THEN 'loyalty.points_forgiven.v1'
        WHEN 'MOVE' THEN 'loyalty.points_moved.v1'
        WHEN 'DONATE' THEN 'loyalty.points_donated.v1' END
$$;

-- Writes one transfer of a member whose account is locked, with its balance and its event, but not
-- its lots; its id, or null when the key is taken. Neither side need be the member's account: a
-- debt is between two others.
CREATE OR REPLACE FUNCTION ledger_enter(
    p_member bigint, p_kind text, p_debit bigint, p_credit bigint, p_points bigint,
    p_source text, p_external_id text, p_fingerprint text, p_reasons jsonb, p_actor text,
    p_effective_at timestamptz, p_now timestamptz, p_reverses bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_member loyalty_account;
    v_change bigint := CASE p_member WHEN p_debit THEN -p_points WHEN p_credit THEN p_points
                                     ELSE 0 END;
    v_transfer bigint;
BEGIN
    SELECT * INTO v_member FROM loyalty_account WHERE id = p_member;
    INSERT INTO loyalty_transfer (
        debit_account_id, credit_account_id, points, kind, source, external_id, fingerprint,
        reasons, actor, effective_at, recorded_at, reverses,
        debit_before, debit_version, credit_before, credit_version)
    SELECT p_debit, p_credit, p_points, p_kind, p_source, p_external_id, p_fingerprint,
        p_reasons, p_actor, p_effective_at, p_now, p_reverses,
        CASE WHEN v_change < 0 THEN v_member.balance END,
        CASE WHEN v_change < 0 THEN v_member.version + 1 END,
        CASE WHEN v_change > 0 THEN v_member.balance END,
        CASE WHEN v_change > 0 THEN v_member.version + 1 END
    ON CONFLICT (source, external_id) DO NOTHING
    RETURNING id INTO v_transfer;
    IF v_transfer IS NULL THEN
        RETURN NULL;
    END IF;
    IF v_change <> 0 THEN
        UPDATE loyalty_account a SET balance = a.balance + v_change, version = a.version + 1
        WHERE a.id = p_member;
    END IF;
    PERFORM outbox_publish(
        ledger_event_name(p_kind), v_member.holder,
        jsonb_build_object('transfer', v_transfer, 'points', p_points,
                           'balance', v_member.balance + v_change,
                           'source', p_source, 'external_id', p_external_id),
        p_effective_at, p_now);
    RETURN v_transfer;
END $$;

-- Repays what an account owes from what it can use; how much. The account is locked.
CREATE OR REPLACE FUNCTION ledger_repay(
    p_account bigint, p_actor text, p_effective_at timestamptz, p_now timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_account loyalty_account;
    v_points bigint;
    v_transfer bigint;
BEGIN
    SELECT * INTO v_account FROM loyalty_account WHERE id = p_account;
    SELECT least(v_account.owed, coalesce(sum(remaining), 0) - ledger_held(p_account, p_now))
    INTO v_points FROM ledger_lots(p_account, p_now, 'USABLE');
    IF v_points <= 0 THEN
        RETURN 0;
    END IF;
    -- an account's version comes once, so the key is new
    v_transfer := ledger_enter(
        p_account, 'REPAY', p_account,
        ledger_open_account(v_account.unit_id, 'OWED', v_account.holder, p_now), v_points,
        'repay', p_account || ':' || v_account.version + 1, v_points::text, '[]', p_actor,
        p_effective_at, p_now, NULL);
    PERFORM ledger_take_from_lots(p_account, v_transfer, v_points, p_now);
    UPDATE loyalty_account a SET owed = a.owed - v_points WHERE a.id = p_account;
    RETURN v_points;
END $$;

-- Posts one transfer. outcome is POSTED, REPLAYED (same key, same request: the first one's
-- figures), CONFLICT (same key, another request), INSUFFICIENT or CLOSED; only POSTED wrote
-- anything. before, after and version are this transfer's on the member's account, the giver's when
-- both are members'; what the account owed and repays by it is a transfer of its own, after it.
--
-- The lot is usable from p_available_from (by default p_effective_at; with p_awaits alone, once
-- that event is reported) until p_expires_at, or with p_sliding until its account's lapses_at,
-- which the caller has moved. Between members each lot taken becomes a lot with the same dates,
-- the end of a sliding one as it stood. p_lots are the only ones to be taken.
DROP FUNCTION IF EXISTS ledger_post(text, bigint, bigint, bigint, text, text, text, jsonb, text,
                                    timestamptz, timestamptz, timestamptz, timestamptz);
CREATE OR REPLACE FUNCTION ledger_post(
    p_kind text, p_debit bigint, p_credit bigint, p_points bigint,
    p_source text, p_external_id text, p_fingerprint text, p_reasons jsonb, p_actor text,
    p_effective_at timestamptz, p_now timestamptz,
    p_available_from timestamptz DEFAULT NULL, p_expires_at timestamptz DEFAULT NULL,
    p_awaits text DEFAULT '', p_expiry text DEFAULT '', p_sliding boolean DEFAULT false,
    p_reverses bigint DEFAULT NULL, p_lots bigint[] DEFAULT NULL,
    OUT outcome text, OUT transfer_id bigint, OUT before bigint, OUT after bigint,
    OUT version bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_account loyalty_account;
    v_debit loyalty_account;
    v_credit loyalty_account;
    v_first loyalty_transfer;
    v_usable numeric := p_points;
    v_held numeric;
    v_which text := CASE p_kind WHEN 'EXPIRE' THEN 'LAPSED' ELSE 'USABLE' END;
BEGIN
    -- Only members' accounts are locked, in the order of their ids; the programme's own are shared.
    FOR v_account IN
        SELECT * FROM loyalty_account
        WHERE id IN (p_debit, p_credit) AND kind = 'MEMBER' ORDER BY id FOR NO KEY UPDATE
    LOOP
        IF v_account.id = p_debit THEN v_debit := v_account; ELSE v_credit := v_account; END IF;
    END LOOP;
    IF v_debit.id IS NULL AND v_credit.id IS NULL THEN
        RAISE EXCEPTION 'a transfer needs a member''s account: % to %', p_debit, p_credit
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF v_debit.id IS NOT NULL THEN
        -- pending, lapsed and held points are in the balance but cannot be spent
        SELECT coalesce(sum(h.points), 0) INTO v_held FROM loyalty_hold h
        WHERE h.account_id = p_debit AND h.ended_at IS NULL AND h.expires_at > p_now;
        SELECT coalesce(sum(remaining), 0) INTO v_usable
        FROM ledger_lots(p_debit, p_now, v_which, NULL, p_lots);
        v_usable := CASE
            -- a live hold may yet capture what has lapsed since
            WHEN p_kind = 'EXPIRE' THEN CASE WHEN v_held > 0 THEN 0 ELSE v_usable END
            WHEN p_lots IS NULL THEN v_usable - v_held - v_debit.owed
            ELSE least(v_usable - v_debit.owed, ledger_spendable(p_debit, p_now)) END;
    END IF;

    INSERT INTO loyalty_transfer (
        debit_account_id, credit_account_id, points, kind, source, external_id, fingerprint,
        reasons, actor, effective_at, recorded_at, reverses,
        debit_before, debit_version, credit_before, credit_version)
    SELECT p_debit, p_credit, p_points, p_kind, p_source, p_external_id, p_fingerprint,
        p_reasons, p_actor, p_effective_at, p_now, p_reverses,
        v_debit.balance, v_debit.version + 1, v_credit.balance, v_credit.version + 1
    WHERE (v_debit.closed_at IS NULL OR p_kind = 'EXPIRE') AND v_credit.closed_at IS NULL
      AND v_usable >= p_points
    ON CONFLICT (source, external_id) DO NOTHING
    RETURNING id INTO transfer_id;

    IF transfer_id IS NULL THEN
        SELECT * INTO v_first FROM loyalty_transfer t
        WHERE t.source = p_source AND t.external_id = p_external_id;
        outcome := CASE
            WHEN v_first.id IS NULL AND v_usable < p_points THEN 'INSUFFICIENT'
            WHEN v_first.id IS NULL THEN 'CLOSED'
            WHEN v_first.fingerprint = p_fingerprint THEN 'REPLAYED'
            ELSE 'CONFLICT' END;
        IF outcome = 'REPLAYED' THEN
            transfer_id := v_first.id;
            before := coalesce(v_first.debit_before, v_first.credit_before);
            after := coalesce(v_first.debit_before - v_first.points,
                              v_first.credit_before + v_first.points);
            version := coalesce(v_first.debit_version, v_first.credit_version);
        END IF;
        RETURN;
    END IF;

    IF v_debit.id IS NOT NULL THEN
        UPDATE loyalty_account a SET balance = a.balance - p_points, version = a.version + 1
        WHERE a.id = p_debit;
        IF v_debit.owed > 0 AND p_kind <> 'EXPIRE' THEN
            -- the debt came first: it has the first choice of the lots
            PERFORM ledger_repay(p_debit, p_actor, p_effective_at, p_now);
        END IF;
        PERFORM ledger_take_from_lots(
            p_debit, transfer_id, p_points, p_now, v_which, NULL, p_lots);
        before := v_debit.balance; after := before - p_points; version := v_debit.version + 1;
    END IF;
    IF v_credit.id IS NOT NULL THEN
        UPDATE loyalty_account a SET balance = a.balance + p_points, version = a.version + 1
        WHERE a.id = p_credit;
        IF v_debit.id IS NULL THEN
            INSERT INTO loyalty_lot (
                transfer_id, account_id, granted, remaining, available_from, awaits,
                expires_at, is_sliding, expiry)
            VALUES (transfer_id, p_credit, p_points, p_points,
                    CASE WHEN p_awaits = '' THEN coalesce(p_available_from, p_effective_at)
                         ELSE p_available_from END,
                    p_awaits, p_expires_at, p_sliding, p_expiry);
            before := v_credit.balance; after := before + p_points;
            version := v_credit.version + 1;
        ELSE
            INSERT INTO loyalty_lot (
                transfer_id, account_id, granted, remaining, available_from, expires_at, expiry)
            SELECT ledger_post.transfer_id, p_credit, -m.points, -m.points, l.available_from,
                   CASE WHEN l.is_sliding THEN v_debit.lapses_at ELSE l.expires_at END, l.expiry
            FROM loyalty_lotmove m JOIN loyalty_lot l ON l.id = m.lot_id
            WHERE m.transfer_id = ledger_post.transfer_id ORDER BY m.id;
        END IF;
    END IF;
    PERFORM outbox_publish(
        ledger_event_name(p_kind),
        coalesce(v_debit.holder, v_credit.holder),
        jsonb_build_object('transfer', transfer_id, 'points', p_points, 'balance', after,
                           'source', p_source, 'external_id', p_external_id)
        || CASE WHEN v_debit.id IS NOT NULL AND v_credit.id IS NOT NULL
                THEN jsonb_build_object('taker', v_credit.holder) ELSE '{}' END,
        p_effective_at, p_now);
    IF v_credit.owed > 0 THEN
        PERFORM ledger_repay(p_credit, p_actor, p_effective_at, p_now);
    END IF;
    outcome := 'POSTED';
END $$;

-- How a return of p_points finds them, in this order, under the account's lock: what is pending of
-- p_lots, what is usable of them, what has lapsed of them but is not booked yet, what they lost by
-- EXPIRE (less what was made good of it, and what earlier returns of p_reverses had of it) or by
-- CANCEL, and unless the policy is WRITE_OFF the account's other usable lots. Points under a live
-- hold are left to it, and count as spent.
CREATE OR REPLACE FUNCTION ledger_plan_return(
    p_account bigint, p_expired bigint, p_points bigint, p_lots bigint[], p_policy text,
    p_reverses bigint, p_now timestamptz,
    OUT pending bigint, OUT own bigint, OUT lapsed bigint, OUT forgiven bigint,
    OUT cancelled bigint, OUT other bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_free bigint;
BEGIN
    SELECT coalesce(sum(remaining), 0) - ledger_held(p_account, p_now) INTO v_free
    FROM ledger_lots(p_account, p_now, 'USABLE');
    SELECT least(p_points, coalesce(sum(remaining), 0)) INTO pending
    FROM ledger_lots(p_account, p_now, 'PENDING', NULL, p_lots);
    SELECT least(p_points - pending, coalesce(sum(remaining), 0), greatest(v_free, 0)) INTO own
    FROM ledger_lots(p_account, p_now, 'USABLE', NULL, p_lots);
    -- where the usable lots do not cover the holds, these do
    SELECT CASE WHEN v_free < 0 THEN 0
                ELSE least(p_points - pending - own, coalesce(sum(remaining), 0)) END INTO lapsed
    FROM ledger_lots(p_account, p_now, 'LAPSED', NULL, p_lots);
    SELECT coalesce(-sum(m.points) FILTER (WHERE t.kind = 'EXPIRE'), 0)
           - (SELECT coalesce(sum(r.points), 0) FROM loyalty_transfer r
              WHERE r.reverses = ANY (array_agg(t.id) FILTER (WHERE t.kind = 'EXPIRE'))
                AND r.kind = 'RESTORE')
           - (SELECT coalesce(sum(r.points), 0) FROM loyalty_transfer r
              WHERE r.reverses = p_reverses AND r.kind = 'RETURN'
                AND r.debit_account_id = p_expired),
           coalesce(-sum(m.points) FILTER (WHERE t.kind = 'CANCEL'), 0)
    INTO forgiven, cancelled
    FROM loyalty_lot l
    JOIN loyalty_lotmove m ON m.lot_id = l.id
    JOIN loyalty_transfer t ON t.id = m.transfer_id
    WHERE l.id = ANY (p_lots) AND l.account_id = p_account;
    forgiven := least(p_points - pending - own - lapsed, greatest(forgiven, 0));
    cancelled := least(p_points - pending - own - lapsed - forgiven, cancelled);
    other := CASE p_policy WHEN 'WRITE_OFF' THEN 0 ELSE
        least(p_points - pending - own - lapsed - forgiven - cancelled,
              greatest(v_free, 0) - own) END;
END $$;

-- Takes back what goods earned that came back, as ledger_plan_return finds it. What p_lots had lost
-- by EXPIRE is booked as returned instead (EXPIRED to RETURNED). What is found nowhere is owed
-- under the policy OWED, else written off.
--
-- outcome is DONE, REPLAYED, CONFLICT or CLOSED; only DONE wrote anything, and one that found
-- nothing to write has no transfer and is not remembered. taken is off the member's balance, owed
-- is their new debt, written_off what nobody pays, the lapsed included; together p_points.
CREATE OR REPLACE FUNCTION ledger_return(
    p_account bigint, p_points bigint, p_lots bigint[], p_policy text,
    p_source text, p_external_id text, p_fingerprint text, p_reasons jsonb, p_actor text,
    p_effective_at timestamptz, p_now timestamptz, p_reverses bigint,
    OUT outcome text, OUT transfer_id bigint, OUT taken bigint, OUT owed bigint,
    OUT written_off bigint, OUT after bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_account loyalty_account;
    v_first loyalty_transfer;
    v_expired bigint;
    v_returned bigint;
    v_owed bigint;
    v_plan record;
    v_part record;
    v_id bigint;
BEGIN
    SELECT * INTO v_account FROM loyalty_account
    WHERE id = p_account AND kind = 'MEMBER' FOR NO KEY UPDATE;
    SELECT * INTO v_first FROM loyalty_transfer t
    WHERE t.source = p_source AND t.external_id = p_external_id;
    outcome := CASE WHEN v_first.fingerprint = p_fingerprint THEN 'REPLAYED'
                    WHEN v_first.id IS NOT NULL THEN 'CONFLICT'
                    WHEN v_account.id IS NULL OR v_account.closed_at IS NOT NULL THEN 'CLOSED' END;
    IF outcome = 'REPLAYED' THEN
        transfer_id := v_first.id;
        SELECT coalesce(sum(t.points) FILTER (WHERE t.debit_account_id = p_account), 0),
               coalesce(sum(t.points) FILTER (WHERE t.kind = 'OWE'), 0),
               coalesce(max(t.debit_before - t.points), v_account.balance)
        INTO taken, owed, after FROM loyalty_transfer t
        WHERE t.source = p_source
          AND t.external_id IN (
              p_external_id, p_external_id || ':lapsed', p_external_id || ':owed');
        written_off := p_points - taken - owed;
    END IF;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;

    IF v_account.owed > 0 THEN
        v_account.balance := v_account.balance
            - ledger_repay(p_account, p_actor, p_effective_at, p_now);
    END IF;
    v_expired := ledger_own_account(v_account.unit_id, 'EXPIRED');
    v_returned := ledger_own_account(v_account.unit_id, 'RETURNED');
    v_plan := ledger_plan_return(
        p_account, v_expired, p_points, p_lots, p_policy, p_reverses, p_now);
    taken := v_plan.pending + v_plan.own + v_plan.lapsed + v_plan.other;
    owed := CASE p_policy WHEN 'OWED' THEN p_points - taken - v_plan.forgiven - v_plan.cancelled
                          ELSE 0 END;
    written_off := p_points - taken - owed;
    after := v_account.balance - taken;
    v_owed := CASE WHEN owed > 0 THEN ledger_open_account(
        v_account.unit_id, 'OWED', v_account.holder, p_now) END;

    FOR v_part IN
        SELECT * FROM (VALUES ('RETURN', p_account, taken, ''),
                              ('RETURN', v_expired, v_plan.forgiven, ':lapsed'),
                              ('OWE', v_owed, owed, ':owed')) AS part (kind, debit, points, suffix)
        WHERE part.points > 0
    LOOP
        -- the first of them carries the key
        v_id := ledger_enter(
            p_account, v_part.kind, v_part.debit, v_returned, v_part.points, p_source,
            p_external_id || CASE WHEN transfer_id IS NULL THEN '' ELSE v_part.suffix END,
            p_fingerprint, p_reasons, p_actor, p_effective_at, p_now, p_reverses);
        IF v_id IS NULL THEN
            outcome := 'CONFLICT';
            RETURN;
        END IF;
        transfer_id := coalesce(transfer_id, v_id);
    END LOOP;
    IF taken > 0 THEN
        PERFORM ledger_take_from_lots(
                    p_account, transfer_id, v_plan.pending, p_now, 'PENDING', NULL, p_lots),
                ledger_take_from_lots(
                    p_account, transfer_id, v_plan.own, p_now, 'USABLE', NULL, p_lots),
                ledger_take_from_lots(
                    p_account, transfer_id, v_plan.lapsed, p_now, 'LAPSED', NULL, p_lots),
                ledger_take_from_lots(p_account, transfer_id, v_plan.other, p_now);
    END IF;
    IF owed > 0 THEN
        UPDATE loyalty_account a SET owed = a.owed + ledger_return.owed WHERE a.id = p_account;
    END IF;
    outcome := 'DONE';
END $$;

-- Gives back p_points of what the transfer p_spend took, to the very lots that paid, the last
-- first, with the dates they have; never more than it took less what was given back before. What
-- has lapsed meanwhile becomes a new lot until p_goodwill_until (null: it goes back and lapses).
--
-- outcome is DONE, REPLAYED, CONFLICT, CLOSED, UNKNOWN (no such spending of this account) or
-- NOTHING (all of it is back already); only DONE wrote anything. restored is all that came back,
-- goodwill the part of it in the new lot, after the balance.
CREATE OR REPLACE FUNCTION ledger_restore(
    p_account bigint, p_spend bigint, p_points bigint,
    p_source text, p_external_id text, p_fingerprint text, p_reasons jsonb, p_actor text,
    p_effective_at timestamptz, p_now timestamptz, p_goodwill_until timestamptz,
    OUT outcome text, OUT transfer_id bigint, OUT restored bigint, OUT goodwill bigint,
    OUT after bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_account loyalty_account;
    v_first loyalty_transfer;
    v_spend loyalty_transfer;
    v_back bigint;
    v_lot record;
BEGIN
    SELECT * INTO v_account FROM loyalty_account
    WHERE id = p_account AND kind = 'MEMBER' FOR NO KEY UPDATE;
    SELECT * INTO v_first FROM loyalty_transfer t
    WHERE t.source = p_source AND t.external_id = p_external_id;
    SELECT * INTO v_spend FROM loyalty_transfer t
    WHERE t.id = p_spend AND t.debit_account_id = p_account AND t.kind IN ('REDEEM', 'DONATE');
    SELECT coalesce(sum(t.points), 0) INTO v_back
    FROM loyalty_transfer t WHERE t.reverses = p_spend AND t.kind = 'RESTORE';
    restored := least(p_points, v_spend.points - v_back);
    outcome := CASE
        WHEN v_first.fingerprint = p_fingerprint THEN 'REPLAYED'
        WHEN v_first.id IS NOT NULL THEN 'CONFLICT'
        WHEN v_spend.id IS NULL THEN 'UNKNOWN'
        WHEN v_account.closed_at IS NOT NULL THEN 'CLOSED'
        WHEN restored <= 0 THEN 'NOTHING' END;
    IF outcome = 'REPLAYED' THEN
        transfer_id := v_first.id; restored := v_first.points;
        after := v_first.credit_before + restored;
        SELECT restored - coalesce(sum(m.points), 0) INTO goodwill
        FROM loyalty_lotmove m WHERE m.transfer_id = v_first.id AND m.points > 0;
    END IF;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;

    transfer_id := ledger_enter(
        p_account, 'RESTORE', v_spend.credit_account_id, p_account, restored, p_source,
        p_external_id, p_fingerprint, p_reasons, p_actor, p_effective_at, p_now, p_spend);
    IF transfer_id IS NULL THEN outcome := 'CONFLICT'; RETURN; END IF;
    after := v_account.balance + restored;
    goodwill := 0;
    FOR v_lot IN
        -- what was given back before came first in this same order
        SELECT paid.lot_id, paid.ends_at,
               least(paid.upto, v_back + restored) - greatest(paid.upto - paid.points, v_back)
               AS points
        FROM (
            SELECT m.lot_id, -m.points AS points,
                   sum(-m.points) OVER (ORDER BY m.id DESC) AS upto,
                   CASE WHEN l.is_sliding THEN v_account.lapses_at ELSE l.expires_at END AS ends_at
            FROM loyalty_lotmove m JOIN loyalty_lot l ON l.id = m.lot_id
            WHERE m.transfer_id = p_spend AND m.points < 0
        ) paid
        WHERE paid.upto > v_back AND paid.upto - paid.points < v_back + restored
        ORDER BY paid.upto
    LOOP
        IF v_lot.ends_at <= p_now AND p_goodwill_until > p_now THEN
            goodwill := goodwill + v_lot.points;
        ELSE
            UPDATE loyalty_lot l SET remaining = l.remaining + v_lot.points
            WHERE l.id = v_lot.lot_id;
            INSERT INTO loyalty_lotmove (lot_id, transfer_id, points)
            VALUES (v_lot.lot_id, ledger_restore.transfer_id, v_lot.points);
        END IF;
    END LOOP;
    IF goodwill > 0 THEN
        INSERT INTO loyalty_lot (
            transfer_id, account_id, granted, remaining, available_from, expires_at)
        VALUES (transfer_id, p_account, goodwill, goodwill, p_now, p_goodwill_until);
    END IF;
    IF v_account.owed > 0 THEN
        PERFORM ledger_repay(p_account, p_actor, p_effective_at, p_now);
    END IF;
    outcome := 'DONE';
END $$;

-- Lets a member off p_points of what they owe. outcome is DONE, REPLAYED, CONFLICT, CLOSED or
-- EXCEEDS (they owe fewer); owed is what is left.
CREATE OR REPLACE FUNCTION ledger_forgive(
    p_account bigint, p_points bigint, p_source text, p_external_id text, p_fingerprint text,
    p_reasons jsonb, p_actor text, p_effective_at timestamptz, p_now timestamptz,
    OUT outcome text, OUT transfer_id bigint, OUT owed bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_account loyalty_account;
    v_first loyalty_transfer;
BEGIN
    SELECT * INTO v_account FROM loyalty_account
    WHERE id = p_account AND kind = 'MEMBER' FOR NO KEY UPDATE;
    SELECT * INTO v_first FROM loyalty_transfer t
    WHERE t.source = p_source AND t.external_id = p_external_id;
    owed := v_account.owed;
    outcome := CASE
        WHEN v_first.fingerprint = p_fingerprint THEN 'REPLAYED'
        WHEN v_first.id IS NOT NULL THEN 'CONFLICT'
        WHEN v_account.id IS NULL OR v_account.closed_at IS NOT NULL THEN 'CLOSED'
        WHEN v_account.owed < p_points THEN 'EXCEEDS' END;
    IF outcome IS NOT NULL THEN
        transfer_id := v_first.id;
        RETURN;
    END IF;
    transfer_id := ledger_enter(
        p_account, 'FORGIVE', ledger_own_account(v_account.unit_id, 'RETURNED'),
        ledger_open_account(v_account.unit_id, 'OWED', v_account.holder, p_now), p_points,
        p_source, p_external_id, p_fingerprint, p_reasons, p_actor, p_effective_at, p_now, NULL);
    IF transfer_id IS NULL THEN outcome := 'CONFLICT'; RETURN; END IF;
    owed := v_account.owed - p_points;
    UPDATE loyalty_account a SET owed = ledger_forgive.owed WHERE a.id = p_account;
    outcome := 'DONE';
END $$;

-- Sets points aside until p_expires_at. outcome is DONE, REPLAYED, CONFLICT, INSUFFICIENT or
-- CLOSED; only DONE wrote anything. expires_at is the hold's.
CREATE OR REPLACE FUNCTION ledger_hold(
    p_account bigint, p_points bigint, p_source text, p_external_id text, p_fingerprint text,
    p_actor text, p_expires_at timestamptz, p_now timestamptz,
    OUT outcome text, OUT hold_id bigint, OUT expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_account loyalty_account;
    v_first loyalty_hold;
    v_spendable bigint;
BEGIN
    SELECT * INTO v_account FROM loyalty_account
    WHERE id = p_account AND kind = 'MEMBER' FOR NO KEY UPDATE;
    v_spendable := ledger_spendable(p_account, p_now);
    INSERT INTO loyalty_hold (
        account_id, points, source, external_id, fingerprint, actor, authorised_at, expires_at,
        "end", captured)
    SELECT p_account, p_points, p_source, p_external_id, p_fingerprint, p_actor, p_now,
           p_expires_at, '', 0
    WHERE v_account.closed_at IS NULL AND v_spendable >= p_points
    ON CONFLICT (source, external_id) DO NOTHING
    RETURNING id INTO hold_id;
    IF hold_id IS NULL THEN
        SELECT * INTO v_first FROM loyalty_hold h
        WHERE h.source = p_source AND h.external_id = p_external_id;
        outcome := CASE
            WHEN v_first.fingerprint = p_fingerprint THEN 'REPLAYED'
            WHEN v_first.id IS NOT NULL THEN 'CONFLICT'
            WHEN v_account.id IS NULL OR v_account.closed_at IS NOT NULL THEN 'CLOSED'
            ELSE 'INSUFFICIENT' END;
        IF outcome = 'REPLAYED' THEN
            hold_id := v_first.id; expires_at := v_first.expires_at;
        END IF;
        RETURN;
    END IF;
    PERFORM outbox_publish(
        'loyalty.hold_authorised.v1', v_account.holder,
        jsonb_build_object('hold', hold_id, 'points', p_points, 'until', p_expires_at,
                           'source', p_source, 'external_id', p_external_id),
        p_now, p_now);
    expires_at := p_expires_at;
    outcome := 'DONE';
END $$;

-- Spends p_points of a hold, under the hold's own key, and frees the rest. The lots are those that
-- were usable at its authorised_at, or have been since: what lapsed under the hold is still good.
-- outcome is POSTED, REPLAYED, CONFLICT, UNKNOWN, ENDED (voided), RUN_OUT, EXCEEDS, CLOSED or, only
-- if the books are broken, INSUFFICIENT; only POSTED wrote anything.
CREATE OR REPLACE FUNCTION ledger_capture(
    p_hold bigint, p_points bigint, p_fingerprint text, p_reasons jsonb, p_actor text,
    p_effective_at timestamptz, p_now timestamptz,
    OUT outcome text, OUT transfer_id bigint, OUT before bigint, OUT after bigint,
    OUT version bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_account loyalty_account;
    v_hold loyalty_hold;
    v_first loyalty_transfer;
    v_good bigint;
BEGIN
    SELECT a.* INTO v_account FROM loyalty_hold h JOIN loyalty_account a ON a.id = h.account_id
    WHERE h.id = p_hold FOR NO KEY UPDATE OF a;
    SELECT * INTO v_hold FROM loyalty_hold WHERE id = p_hold;
    SELECT * INTO v_first FROM loyalty_transfer t WHERE t.id = v_hold.transfer;
    SELECT coalesce(sum(remaining), 0) INTO v_good
    FROM ledger_lots(v_account.id, p_now, 'USABLE', v_hold.authorised_at);
    outcome := CASE
        WHEN v_hold.id IS NULL THEN 'UNKNOWN'
        WHEN v_first.fingerprint = p_fingerprint THEN 'REPLAYED'
        WHEN v_first.id IS NOT NULL THEN 'CONFLICT'
        WHEN v_hold.ended_at IS NOT NULL THEN 'ENDED'
        WHEN v_hold.expires_at <= p_now THEN 'RUN_OUT'
        WHEN p_points > v_hold.points THEN 'EXCEEDS'
        WHEN v_account.closed_at IS NOT NULL THEN 'CLOSED'
        WHEN v_good < p_points THEN 'INSUFFICIENT' END;
    IF outcome = 'REPLAYED' THEN
        transfer_id := v_first.id; before := v_first.debit_before;
        after := before - v_first.points; version := v_first.debit_version;
    END IF;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;

    transfer_id := ledger_enter(
        v_account.id, 'REDEEM', v_account.id, ledger_own_account(v_account.unit_id, 'REDEEMED'),
        p_points, v_hold.source, v_hold.external_id, p_fingerprint, p_reasons, p_actor,
        p_effective_at, p_now, NULL);
    IF transfer_id IS NULL THEN outcome := 'CONFLICT'; RETURN; END IF;
    PERFORM ledger_take_from_lots(
        v_account.id, transfer_id, p_points, p_now, 'USABLE', v_hold.authorised_at);
    UPDATE loyalty_hold h
    SET ended_at = p_now, "end" = 'CAPTURED', captured = p_points,
        transfer = ledger_capture.transfer_id
    WHERE h.id = p_hold;
    before := v_account.balance; after := before - p_points; version := v_account.version + 1;
    IF v_account.owed > 0 THEN
        PERFORM ledger_repay(v_account.id, p_actor, p_effective_at, p_now);
    END IF;
    outcome := 'POSTED';
END $$;

-- Ends a hold without spending. outcome is DONE, REPLAYED (voided before), UNKNOWN or ENDED
-- (captured).
CREATE OR REPLACE FUNCTION ledger_void(
    p_hold bigint, p_actor text, p_now timestamptz, OUT outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_account loyalty_account;
    v_hold loyalty_hold;
BEGIN
    SELECT a.* INTO v_account FROM loyalty_hold h JOIN loyalty_account a ON a.id = h.account_id
    WHERE h.id = p_hold FOR NO KEY UPDATE OF a;
    SELECT * INTO v_hold FROM loyalty_hold WHERE id = p_hold;
    outcome := CASE WHEN v_hold.id IS NULL THEN 'UNKNOWN'
                    WHEN v_hold."end" = 'VOIDED' THEN 'REPLAYED'
                    WHEN v_hold."end" = 'CAPTURED' THEN 'ENDED' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    UPDATE loyalty_hold h SET ended_at = p_now, "end" = 'VOIDED' WHERE h.id = p_hold;
    PERFORM outbox_publish(
        'loyalty.hold_voided.v1', v_account.holder,
        jsonb_build_object('hold', p_hold, 'points', v_hold.points, 'until', v_hold.expires_at,
                           'source', v_hold.source, 'external_id', v_hold.external_id),
        p_now, p_now);
    IF v_account.owed > 0 THEN
        PERFORM ledger_repay(v_account.id, p_actor, p_now, p_now);
    END IF;
    outcome := 'DONE';
END $$;

-- Locks members' accounts until the transaction ends, in the order of all locks.
CREATE OR REPLACE FUNCTION ledger_lock(p_accounts bigint[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM id FROM loyalty_account
    WHERE id = ANY (p_accounts) AND kind = 'MEMBER' ORDER BY id FOR NO KEY UPDATE;
END $$;

-- Closes an account with nothing in it that is good, held or owed; whether it is closed now.
CREATE OR REPLACE FUNCTION ledger_close_account(p_account bigint, p_now timestamptz)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE v_account loyalty_account;
BEGIN
    SELECT * INTO v_account FROM loyalty_account
    WHERE id = p_account AND kind = 'MEMBER' FOR NO KEY UPDATE;
    IF v_account.id IS NULL OR v_account.owed > 0 OR ledger_held(p_account, p_now) > 0
        OR v_account.balance > (SELECT coalesce(sum(remaining), 0)
                                FROM ledger_lots(p_account, p_now, 'LAPSED')) THEN
        RETURN false;
    END IF;
    UPDATE loyalty_account a SET closed_at = coalesce(a.closed_at, p_now) WHERE a.id = p_account;
    RETURN true;
END $$;

CREATE OR REPLACE TRIGGER hold_not_deleted BEFORE DELETE ON loyalty_hold
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE OR REPLACE TRIGGER hold_no_truncate BEFORE TRUNCATE ON loyalty_hold
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

REVOKE ALL ON FUNCTION
    ledger_open_account, ledger_take_from_lots, ledger_enter, ledger_repay, ledger_post,
    ledger_plan_return, ledger_return, ledger_restore, ledger_forgive, ledger_hold, ledger_capture,
    ledger_void, ledger_lock, ledger_close_account
FROM PUBLIC;
