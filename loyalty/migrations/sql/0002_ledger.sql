-- The ledger's one writer, and what keeps its rows as they were written.

-- Opens the account of a holder, or one of the programme's own; the same again gives the same.
CREATE FUNCTION ledger_open_account(p_unit bigint, p_kind text, p_holder uuid, p_now timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_id bigint;
BEGIN
    INSERT INTO loyalty_account (unit_id, kind, holder, balance, version, opened_at)
    VALUES (p_unit, p_kind, p_holder, 0, 0, p_now)
    ON CONFLICT DO NOTHING RETURNING id INTO v_id;
    IF v_id IS NULL THEN
        SELECT id INTO v_id FROM loyalty_account
        WHERE unit_id = p_unit AND kind = p_kind AND holder IS NOT DISTINCT FROM p_holder;
    END IF;
    RETURN v_id;
END $$;

-- The lots an account can spend from (or, with p_lapsed, that time has ended), in spending order:
-- soonest expiry, then oldest, never-expiring last. The clock decides, not whether a job has run.
CREATE FUNCTION ledger_usable_lots(p_account bigint, p_now timestamptz, p_lapsed boolean)
RETURNS TABLE (id bigint, remaining bigint, expires_at timestamptz) LANGUAGE sql STABLE AS $$
    SELECT l.id, l.remaining, l.expires_at FROM loyalty_lot l
    WHERE l.account_id = p_account AND l.remaining > 0
      AND CASE WHEN p_lapsed THEN l.expires_at <= p_now
          ELSE l.available_from <= p_now AND (l.expires_at IS NULL OR p_now < l.expires_at) END
    ORDER BY l.expires_at ASC NULLS LAST, l.id
$$;

-- Takes p_points from those lots and notes what each of them paid. The caller holds the account's
-- lock and has seen that they suffice.
CREATE FUNCTION ledger_take_from_lots(
    p_account bigint, p_transfer bigint, p_points bigint, p_now timestamptz, p_lapsed boolean)
RETURNS void LANGUAGE sql AS $$
    WITH usable AS (
        SELECT id, remaining,
               sum(remaining) OVER (ORDER BY expires_at ASC NULLS LAST, id) - remaining AS before
        FROM ledger_usable_lots(p_account, p_now, p_lapsed)
    ), taking AS (
        SELECT id, least(remaining, p_points - before)::bigint AS points
        FROM usable WHERE before < p_points
    ), taken AS (
        UPDATE loyalty_lot l SET remaining = l.remaining - t.points
        FROM taking t WHERE l.id = t.id RETURNING l.id, t.points
    )
    INSERT INTO loyalty_lotmove (lot_id, transfer_id, points)
    SELECT id, p_transfer, -points FROM taken ORDER BY id
$$;

-- Says what happened, once, in the transaction in which it happens.
CREATE FUNCTION outbox_publish(
    p_name text, p_subject uuid, p_payload jsonb, p_occurred_at timestamptz, p_now timestamptz)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO loyalty_outboxevent (name, subject, payload, occurred_at, recorded_at)
    VALUES (p_name, p_subject, p_payload, p_occurred_at, p_now)
$$;

-- Posts one transfer. outcome is POSTED, REPLAYED (same key, same request: the first one's
-- figures), CONFLICT (same key, another request), INSUFFICIENT or CLOSED; only POSTED wrote
-- anything. before, after and version are those of the member's account.
CREATE FUNCTION ledger_post(
    p_kind text, p_debit bigint, p_credit bigint, p_points bigint,
    p_source text, p_external_id text, p_fingerprint text, p_reasons jsonb, p_actor text,
    p_effective_at timestamptz, p_now timestamptz,
    p_available_from timestamptz DEFAULT NULL, p_expires_at timestamptz DEFAULT NULL,
    OUT outcome text, OUT transfer_id bigint, OUT before bigint, OUT after bigint,
    OUT version bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_account loyalty_account;
    v_debit loyalty_account;
    v_credit loyalty_account;
    v_first loyalty_transfer;
    v_usable numeric := p_points;
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
        -- pending and lapsed points are in the balance but cannot be spent
        SELECT coalesce(sum(remaining), 0) INTO v_usable
        FROM ledger_usable_lots(p_debit, p_now, p_kind = 'EXPIRE');
    END IF;

    INSERT INTO loyalty_transfer (
        debit_account_id, credit_account_id, points, kind, source, external_id, fingerprint,
        reasons, actor, effective_at, recorded_at,
        debit_before, debit_version, credit_before, credit_version)
    SELECT p_debit, p_credit, p_points, p_kind, p_source, p_external_id, p_fingerprint,
        p_reasons, p_actor, p_effective_at, p_now,
        v_debit.balance, v_debit.version + 1, v_credit.balance, v_credit.version + 1
    WHERE v_debit.closed_at IS NULL AND v_credit.closed_at IS NULL
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
        PERFORM ledger_take_from_lots(p_debit, transfer_id, p_points, p_now, p_kind = 'EXPIRE');
        UPDATE loyalty_account a SET balance = a.balance - p_points, version = a.version + 1
        WHERE a.id = p_debit;
        before := v_debit.balance; after := before - p_points; version := v_debit.version + 1;
    END IF;
    IF v_credit.id IS NOT NULL THEN
        UPDATE loyalty_account a SET balance = a.balance + p_points, version = a.version + 1
        WHERE a.id = p_credit;
        INSERT INTO loyalty_lot (
            transfer_id, account_id, granted, remaining, available_from, expires_at)
        VALUES (transfer_id, p_credit, p_points, p_points,
                coalesce(p_available_from, p_effective_at), p_expires_at);
        IF v_debit.id IS NULL THEN
            before := v_credit.balance; after := before + p_points;
            version := v_credit.version + 1;
        END IF;
    END IF;
    PERFORM outbox_publish(
        CASE p_kind WHEN 'EARN' THEN 'loyalty.points_earned.v1'
                    WHEN 'REDEEM' THEN 'loyalty.points_spent.v1'
                    WHEN 'EXPIRE' THEN 'loyalty.points_expired.v1'
                    ELSE 'loyalty.points_adjusted.v1' END,
        coalesce(v_debit.holder, v_credit.holder),
        jsonb_build_object('transfer', transfer_id, 'points', p_points, 'balance', after,
                           'source', p_source, 'external_id', p_external_id),
        p_effective_at, p_now);
    outcome := 'POSTED';
END $$;

-- Rows of the books are added, never changed or removed; of a lot only what remains may go down
-- and up, of an account only its balance, its version and its closing.
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION ledger_guard_lot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.transfer_id, NEW.account_id, NEW.granted, NEW.available_from)
        IS DISTINCT FROM (OLD.id, OLD.transfer_id, OLD.account_id, OLD.granted, OLD.available_from)
        OR NEW.expires_at IS DISTINCT FROM OLD.expires_at THEN
        RAISE EXCEPTION 'a lot keeps what it was granted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE ON loyalty_transfer
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER transfer_no_truncate BEFORE TRUNCATE ON loyalty_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER lotmove_append_only BEFORE UPDATE OR DELETE ON loyalty_lotmove
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER lotmove_no_truncate BEFORE TRUNCATE ON loyalty_lotmove
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER lot_guarded BEFORE UPDATE ON loyalty_lot
    FOR EACH ROW EXECUTE FUNCTION ledger_guard_lot();
CREATE TRIGGER lot_not_deleted BEFORE DELETE ON loyalty_lot
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER lot_no_truncate BEFORE TRUNCATE ON loyalty_lot
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER account_not_deleted BEFORE DELETE ON loyalty_account
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER account_no_truncate BEFORE TRUNCATE ON loyalty_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- The application may open accounts and post; what it must not do by itself, it cannot call.
REVOKE ALL ON FUNCTION
    ledger_open_account(bigint, text, uuid, timestamptz),
    ledger_take_from_lots(bigint, bigint, bigint, timestamptz, boolean),
    ledger_post(text, bigint, bigint, bigint, text, text, text, jsonb, text,
                timestamptz, timestamptz, timestamptz, timestamptz)
FROM PUBLIC;
