-- Forgetting a person: their activities stay as pseudonyms, without a word about them.

-- What was received stays as it was received, but for what a forgetting takes out of it. Nobody
-- but the owner's functions has the right to change these tables; this guards them besides.
CREATE OR REPLACE TRIGGER activity_append_only BEFORE UPDATE OR DELETE ON members_activity
    FOR EACH ROW
    WHEN (coalesce(current_setting('members.forgetting', true), '') <> 'on')
    EXECUTE FUNCTION ledger_refuse_change();
CREATE OR REPLACE TRIGGER activityrevision_append_only
    BEFORE UPDATE OR DELETE ON members_activityrevision
    FOR EACH ROW
    WHEN (coalesce(current_setting('members.forgetting', true), '') <> 'on')
    EXECUTE FUNCTION ledger_refuse_change();

-- A reference that is a number or a code of a system stays, so that the books can be checked and
-- the same sale never counts twice; one with words, an address or one of p_needles in it (lower
-- case: names, numbers, addresses of the person) is replaced by a hash that nobody can undo.
CREATE FUNCTION members_forgotten_key(p_said text, p_needles text[], p_salt text)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_said ~ '^[A-Za-z0-9:._/#-]{1,64}$' AND p_said ~ '[0-9]' AND NOT EXISTS (
            SELECT FROM unnest(p_needles) AS needle WHERE strpos(lower(p_said), needle) > 0)
        THEN p_said
        ELSE 'forgotten:' || encode(sha256(convert_to(p_salt || p_said, 'UTF8')), 'hex') END
$$;

-- Strips all activities of these memberships and what was said of them; how many activities.
-- p_locations are the programme's own, which say nothing; p_codes the keys of an event's payload
-- that hold codes and ids.
CREATE FUNCTION members_forget_activities(
    p_memberships bigint[], p_subjects uuid[], p_needles text[], p_locations text[],
    p_codes text[], p_salt text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_count bigint;
BEGIN
    PERFORM set_config('members.forgetting', 'on', true);
    -- returns first, while the keys of their sales are still what they name
    UPDATE members_activity r
    SET original = s.source || ':' || members_forgotten_key(s.external_id, p_needles, p_salt)
    FROM members_activity s
    WHERE r.membership_id = ANY (p_memberships) AND r.original <> ''
      AND s.programme_id = r.programme_id AND s.membership_id = r.membership_id
      AND s.source || ':' || s.external_id = r.original;
    UPDATE members_activity r
    SET original = members_forgotten_key(r.original, p_needles, p_salt)
    WHERE r.membership_id = ANY (p_memberships) AND r.original <> ''
      AND NOT EXISTS (
        SELECT FROM members_activity s
        WHERE s.programme_id = r.programme_id AND s.membership_id = r.membership_id
          AND r.original IN (
            s.source || ':' || s.external_id,
            s.source || ':' || members_forgotten_key(s.external_id, p_needles, p_salt)));
    UPDATE members_activity a
    SET attributes = '{}',
        location = CASE WHEN a.location = ANY (p_locations) THEN a.location ELSE '' END,
        facts = (SELECT coalesce(jsonb_object_agg(f.key, f.value), '{}')
                 FROM jsonb_each(a.facts) f
                 WHERE f.key IN ('joined_on', 'tiers', 'counts', 'used')),
        -- from before rule sets were kept, the ledger's transfer has the activity's own key
        external_id = CASE WHEN a.rule_set_id IS NULL THEN a.external_id
                           ELSE members_forgotten_key(a.external_id, p_needles, p_salt) END
    WHERE a.membership_id = ANY (p_memberships);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    UPDATE members_activityrevision v
    SET facts = (SELECT coalesce(jsonb_object_agg(f.key, f.value), '{}')
                 FROM jsonb_each(v.facts) f
                 WHERE f.key IN ('joined_on', 'tiers', 'counts', 'used'))
    FROM members_activity a
    WHERE a.id = v.activity_id AND a.membership_id = ANY (p_memberships);
    UPDATE loyalty_outboxevent e
    SET payload = (
        SELECT jsonb_object_agg(p.key, CASE
            WHEN p.key = 'external_id' AND jsonb_typeof(p.value) = 'string'
                THEN to_jsonb(members_forgotten_key(p.value #>> '{}', p_needles, p_salt))
            WHEN jsonb_typeof(p.value) = 'string' AND NOT p.key = ANY (p_codes) THEN '""'
            ELSE p.value END)
        FROM jsonb_each(e.payload) p)
    WHERE e.subject = ANY (p_subjects) AND e.payload <> '{}';
    PERFORM set_config('members.forgetting', '', true);
    RETURN v_count;
END $$;

REVOKE ALL ON FUNCTION members_forgotten_key, members_forget_activities FROM PUBLIC;
