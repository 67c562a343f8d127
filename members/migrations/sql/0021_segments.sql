-- As in 0016, and: the segments that each holder was in, from the first of these activities on.

-- What is known of whom the activities are about, of their keys and of the limits that they share.
--
-- p_wanted: [[as said, kind, system, value, member's id or null, moment of the first activity], …]
-- p_keys: [[source, external_id], …] of the activities; p_shared: keys of shared limits.
-- The answer is JSON: "version" of the configuration; "holders", of whom there are, each with
-- the stays in segments that had not ended by the first moment of all; "known", the
-- activities that are recorded already; "awaited", the keys for which a return is waiting;
-- "shared", what is used of those limits.
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
    v_first timestamptz;
BEGIN
    SELECT c.version INTO v_version FROM loyalty_configuration c WHERE c.id = 1;

    SELECT min((w->>5)::timestamptz) INTO v_first FROM jsonb_array_elements(p_wanted) AS k (w);

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
            SELECT FROM members_activity before WHERE before.membership_id = m.id),
        (SELECT json_agg(json_build_array(g.segment, g.since, g.until))
         FROM members_segmentmembership g
         WHERE g.membership_id = m.id AND (g.until IS NULL OR g.until > v_first))))
    INTO v_holders
    FROM (
        SELECT w->>0 AS said, (w->>5)::timestamptz AS first_at,
               CASE WHEN w->>4 IS NULL THEN (
                   SELECT i.member_id FROM members_identifier i
                   WHERE i.kind = w->>1 AND i.system = w->>2 AND i.value = w->>3
                     AND i.blocked_at IS NULL)
               ELSE (
                   SELECT coalesce(p.merged_into_id, p.id) FROM members_member p
                   WHERE p.id = (w->>4)::uuid)
               END AS member_id
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
