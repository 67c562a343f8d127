-- Two holders who are one person: what is left of one's points goes on as the other's, each lot as a
-- new lot that names the one it was. Parting them is the same, the other way.

-- What a lot became in another account is looked up by it.
CREATE INDEX lot_of_origin ON loyalty_lot (origin_id) WHERE origin_id IS NOT NULL;

-- A lot's dates change only as a change says that is written already; all else stays as granted.
CREATE OR REPLACE FUNCTION ledger_guard_lot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.transfer_id, NEW.account_id, NEW.granted, NEW.awaits, NEW.is_sliding,
        NEW.expiry)
        IS DISTINCT FROM (OLD.id, OLD.transfer_id, OLD.account_id, OLD.granted, OLD.awaits,
                          OLD.is_sliding, OLD.expiry)
        OR NEW.origin_id IS DISTINCT FROM OLD.origin_id
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

CREATE TRIGGER holdermerge_append_only BEFORE UPDATE OR DELETE ON loyalty_holdermerge
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER holdermerge_no_truncate BEFORE TRUNCATE ON loyalty_holdermerge
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- Whether both accounts are of one person: the same, or of holders that were ever merged, by
-- however many steps. Parting does not undo what was booked for one of them by the other's deeds.
CREATE FUNCTION ledger_is_kin(p_account bigint, p_other bigint)
RETURNS boolean LANGUAGE sql STABLE AS $$
    WITH RECURSIVE kin AS (
        SELECT a.holder FROM loyalty_account a WHERE a.id = p_account
        UNION
        SELECT CASE WHEN g.kept = k.holder THEN g.absorbed ELSE g.kept END
        FROM kin k JOIN loyalty_holdermerge g ON g.kept = k.holder OR g.absorbed = k.holder
    )
    SELECT p_account = p_other OR EXISTS (
        SELECT FROM kin k JOIN loyalty_account o ON o.holder = k.holder
        JOIN loyalty_account a ON a.id = p_account AND a.unit_id = o.unit_id
        WHERE o.id = p_other AND o.kind = 'MEMBER')
$$;

-- The lots that these transfers granted and what they became in other accounts, those of them with
-- something left or from which one of these kinds of transfers took.
CREATE FUNCTION ledger_lots_of(p_transfers bigint[], p_ended text[])
RETURNS bigint[] LANGUAGE sql STABLE AS $$
    WITH RECURSIVE tree AS (
        SELECT l.id, l.remaining FROM loyalty_lot l WHERE l.transfer_id = ANY (p_transfers)
        UNION
        SELECT l.id, l.remaining FROM tree JOIN loyalty_lot l ON l.origin_id = tree.id
    )
    SELECT ARRAY(
        SELECT tree.id FROM tree
        WHERE tree.remaining > 0 OR EXISTS (
            SELECT FROM loyalty_lotmove m JOIN loyalty_transfer t ON t.id = m.transfer_id
            WHERE m.lot_id = tree.id AND t.kind = ANY (p_ended))
        ORDER BY tree.id)
$$;

-- As before, but what lapsed or was cancelled of p_lots counts in whichever account they were then.
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
    FROM loyalty_lotmove m JOIN loyalty_transfer t ON t.id = m.transfer_id
    WHERE m.lot_id = ANY (p_lots);
    forgiven := least(p_points - pending - own - lapsed, greatest(forgiven, 0));
    cancelled := least(p_points - pending - own - lapsed - forgiven, cancelled);
    other := CASE p_policy WHEN 'WRITE_OFF' THEN 0 ELSE
        least(p_points - pending - own - lapsed - forgiven - cancelled,
              greatest(v_free, 0) - own) END;
END $$;

-- Gives back p_points of what the transfer p_spend took, to the very lots that paid, the last
-- first, with the dates they have; never more than it took less what was given back before. What
-- has lapsed meanwhile becomes a new lot until p_goodwill_until (null: it goes back and lapses).
-- What a holder paid who was merged since becomes new lots of this one, as the paying lots were.
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
    WHERE t.id = p_spend AND t.kind IN ('REDEEM', 'DONATE')
      AND ledger_is_kin(p_account, t.debit_account_id);
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
        SELECT coalesce(sum(l.granted), 0) INTO goodwill
        FROM loyalty_lot l WHERE l.transfer_id = v_first.id AND l.origin_id IS NULL;
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
        SELECT paid.*,
               least(paid.upto, v_back + restored) - greatest(paid.upto - paid.paid, v_back)
               AS points
        FROM (
            SELECT l.*, -m.points AS paid, sum(-m.points) OVER (ORDER BY m.id DESC) AS upto,
                   CASE WHEN l.is_sliding THEN v_account.lapses_at ELSE l.expires_at END AS ends_at
            FROM loyalty_lotmove m JOIN loyalty_lot l ON l.id = m.lot_id
            WHERE m.transfer_id = p_spend AND m.points < 0
        ) paid
        WHERE paid.upto > v_back AND paid.upto - paid.paid < v_back + restored
        ORDER BY paid.upto
    LOOP
        IF v_lot.ends_at <= p_now AND p_goodwill_until > p_now THEN
            goodwill := goodwill + v_lot.points;
        ELSIF v_lot.account_id = p_account THEN
            UPDATE loyalty_lot l SET remaining = l.remaining + v_lot.points WHERE l.id = v_lot.id;
            INSERT INTO loyalty_lotmove (lot_id, transfer_id, points)
            VALUES (v_lot.id, ledger_restore.transfer_id, v_lot.points);
        ELSE
            INSERT INTO loyalty_lot (
                transfer_id, account_id, granted, remaining, available_from, awaits, expires_at,
                is_sliding, expiry, origin_id)
            VALUES (transfer_id, p_account, v_lot.points, v_lot.points, v_lot.available_from,
                    v_lot.awaits, v_lot.expires_at, v_lot.is_sliding, v_lot.expiry, v_lot.id);
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

-- Moves what remains of these lots of one account, usable or not, to another: a new lot for each
-- with the same dates and the old one as its origin. The transfer's id, null without any points.
-- Both accounts are locked.
CREATE FUNCTION ledger_move_lots(
    p_from bigint, p_to bigint, p_lots bigint[], p_source text, p_external_id text,
    p_fingerprint text, p_reasons jsonb, p_actor text, p_effective_at timestamptz,
    p_now timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_from loyalty_account;
    v_to loyalty_account;
    v_points bigint;
    v_transfer bigint;
BEGIN
    SELECT * INTO v_from FROM loyalty_account WHERE id = p_from;
    SELECT * INTO v_to FROM loyalty_account WHERE id = p_to;
    SELECT sum(l.remaining) INTO v_points FROM loyalty_lot l
    WHERE l.id = ANY (p_lots) AND l.account_id = p_from AND l.remaining > 0;
    IF v_points IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO loyalty_transfer (
        debit_account_id, credit_account_id, points, kind, source, external_id, fingerprint,
        reasons, actor, effective_at, recorded_at,
        debit_before, debit_version, credit_before, credit_version)
    VALUES (p_from, p_to, v_points, 'MOVE', p_source, p_external_id, p_fingerprint,
        p_reasons, p_actor, p_effective_at, p_now,
        v_from.balance, v_from.version + 1, v_to.balance, v_to.version + 1)
    RETURNING id INTO v_transfer;
    INSERT INTO loyalty_lotmove (lot_id, transfer_id, points)
    SELECT l.id, v_transfer, -l.remaining FROM loyalty_lot l
    WHERE l.id = ANY (p_lots) AND l.account_id = p_from AND l.remaining > 0 ORDER BY l.id;
    UPDATE loyalty_lot l SET remaining = 0
    WHERE l.id = ANY (p_lots) AND l.account_id = p_from AND l.remaining > 0;
    INSERT INTO loyalty_lot (
        transfer_id, account_id, granted, remaining, available_from, awaits, expires_at,
        is_sliding, expiry, origin_id)
    SELECT v_transfer, p_to, -m.points, -m.points, l.available_from, l.awaits, l.expires_at,
           l.is_sliding, l.expiry, l.id
    FROM loyalty_lotmove m JOIN loyalty_lot l ON l.id = m.lot_id
    WHERE m.transfer_id = v_transfer ORDER BY m.id;
    UPDATE loyalty_account a SET balance = a.balance - v_points, version = a.version + 1
    WHERE a.id = p_from;
    UPDATE loyalty_account a SET balance = a.balance + v_points, version = a.version + 1
    WHERE a.id = p_to;
    PERFORM outbox_publish(
        ledger_event_name('MOVE'), v_from.holder,
        jsonb_build_object('transfer', v_transfer, 'points', v_points,
                           'balance', v_from.balance - v_points, 'source', p_source,
                           'external_id', p_external_id, 'taker', v_to.holder),
        p_effective_at, p_now);
    RETURN v_transfer;
END $$;

-- Lets the other account have all that this one holds and owes, or of it p_lots and p_owed only.
-- What has lapsed is booked here first; what keeps the points of one alive keeps those of the other
-- alive, before and after. The keys are p_key, under the source "merge".
--
-- outcome is DONE, HELD (points of it are set aside) or CLOSED (either); only DONE wrote anything.
-- points and owed are what went over.
CREATE FUNCTION ledger_merge_account(
    p_from bigint, p_to bigint, p_lots bigint[], p_owed bigint, p_key text, p_reasons jsonb,
    p_actor text, p_effective_at timestamptz, p_now timestamptz,
    OUT outcome text, OUT points bigint, OUT owed bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_from loyalty_account;
    v_to loyalty_account;
    v_slides loyalty_slide[];
    v_lots bigint[];
    v_ends timestamptz[];
    v_transfer bigint;
    v_returned bigint;
BEGIN
    PERFORM FROM loyalty_account a WHERE a.id IN (p_from, p_to) ORDER BY a.id FOR NO KEY UPDATE;
    SELECT * INTO v_from FROM loyalty_account WHERE id = p_from;
    SELECT * INTO v_to FROM loyalty_account WHERE id = p_to;
    outcome := CASE
        WHEN v_from.closed_at IS NOT NULL OR v_to.closed_at IS NOT NULL THEN 'CLOSED'
        WHEN ledger_held(p_from, p_now) > 0 THEN 'HELD' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    v_slides := ARRAY(SELECT s FROM loyalty_slide s WHERE s.account_id = p_from
                      ORDER BY s.effective_at, s.id);
    PERFORM ledger_slide(p_from, s.lapses_at, s.effective_at, p_now)
    FROM (SELECT * FROM loyalty_slide o WHERE o.account_id = p_to
          ORDER BY o.effective_at, o.id) s;
    SELECT array_agg(l.id), array_agg(l.ends_at) INTO v_lots, v_ends
    FROM ledger_lots(p_from, p_now, 'LAPSED') l;
    PERFORM ledger_book_lapsed(v_lots, v_ends, 'system:expiry', p_now);

    v_lots := ARRAY(SELECT l.id FROM loyalty_lot l
                    WHERE l.account_id = p_from AND l.remaining > 0
                      AND (p_lots IS NULL OR l.id = ANY (p_lots)));
    v_transfer := ledger_move_lots(
        p_from, p_to, v_lots, 'merge', p_key, 'merge', p_reasons, p_actor, p_effective_at, p_now);
    SELECT coalesce(sum(t.points), 0) INTO points FROM loyalty_transfer t WHERE t.id = v_transfer;
    owed := least(v_from.owed, coalesce(p_owed, v_from.owed));
    IF owed > 0 THEN
        v_returned := ledger_own_account(v_from.unit_id, 'RETURNED');
        PERFORM ledger_enter(
            p_from, 'FORGIVE', v_returned,
            ledger_open_account(v_from.unit_id, 'OWED', v_from.holder, p_now), owed, 'merge',
            p_key || ':owed', 'merge', p_reasons, p_actor, p_effective_at, p_now, NULL);
        UPDATE loyalty_account a SET owed = a.owed - ledger_merge_account.owed WHERE a.id = p_from;
        PERFORM ledger_enter(
            p_to, 'OWE', ledger_open_account(v_to.unit_id, 'OWED', v_to.holder, p_now),
            v_returned, owed, 'merge', p_key || ':owes', 'merge', p_reasons, p_actor,
            p_effective_at, p_now, NULL);
        UPDATE loyalty_account a SET owed = a.owed + ledger_merge_account.owed WHERE a.id = p_to;
    END IF;
    PERFORM ledger_slide(p_to, s.lapses_at, s.effective_at, p_now) FROM unnest(v_slides) s;
    IF owed + v_to.owed > 0 THEN
        PERFORM ledger_repay(p_to, p_actor, p_effective_at, p_now);
    END IF;
    outcome := 'DONE';
END $$;

-- Writes down that two holders are one from now on (MERGE), or no longer (PART). The absorbed
-- one's accounts are closed meanwhile: who judged by them judges again, by the kept one's.
CREATE FUNCTION ledger_merge_holders(
    p_kept uuid, p_absorbed uuid, p_merge uuid, p_deed text, p_actor text, p_now timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO loyalty_holdermerge (kept, absorbed, merge, deed, actor, recorded_at)
    VALUES (p_kept, p_absorbed, p_merge, p_deed, p_actor, p_now);
    UPDATE loyalty_account a SET closed_at = CASE p_deed WHEN 'MERGE' THEN p_now END
    WHERE a.holder = p_absorbed AND a.kind = 'MEMBER';
END $$;

CREATE OR REPLACE VIEW audit_lot AS
SELECT l.id AS lot, l.account_id AS account, l.transfer_id AS transfer, l.granted, l.remaining,
       l.available_from, l.expires_at, l.awaits, l.is_sliding,
       CASE WHEN l.is_sliding THEN a.lapses_at ELSE l.expires_at END AS ends_at,
       l.origin_id AS origin
FROM loyalty_lot l LEFT JOIN loyalty_account a ON a.id = l.account_id;

-- Each pair of holders that were ever one, directly or by way of others, both ways round.
CREATE VIEW audit_kin AS
WITH RECURSIVE link AS (
    SELECT kept AS holder, absorbed AS kin FROM loyalty_holdermerge
    UNION SELECT absorbed, kept FROM loyalty_holdermerge
), kin AS (
    SELECT holder, kin FROM link
    UNION SELECT kin.holder, link.kin FROM kin JOIN link ON link.holder = kin.kin
)
SELECT holder, kin FROM kin WHERE holder <> kin;

REVOKE ALL ON FUNCTION
    ledger_move_lots(bigint, bigint, bigint[], text, text, text, jsonb, text, timestamptz,
                     timestamptz),
    ledger_merge_account(bigint, bigint, bigint[], bigint, text, jsonb, text, timestamptz,
                         timestamptz),
    ledger_merge_holders(uuid, uuid, uuid, text, text, timestamptz)
FROM PUBLIC;
