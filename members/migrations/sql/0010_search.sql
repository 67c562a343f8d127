-- Finding a member among a million: by parts of the name in any order, by the beginning of an
-- address, a card or a number, by where and when they joined.

-- The words of a text, without accents, capitals and punctuation. Only what PostgreSQL itself has
-- is called, so that a column can be made of it.
CREATE FUNCTION members_words(p_text text)
RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT array_remove(string_to_array(lower(regexp_replace(
        replace(replace(replace(translate(
            regexp_replace(normalize(p_text, NFKD), '[\u0300-\u036f]', '', 'g'),
            'øØłŁđĐħĦı', 'oOlLdDhHi'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
        '[\s!-/:-@[-`{-~‘’“”–—]+', ' ', 'g')), ' '), '')
$$;

-- What is asked for: every word as the beginning of one; null when there is no word in it.
CREATE FUNCTION members_name_query(p_text text)
RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT string_agg(quote_literal(word) || ':*', ' & ')::tsquery
    FROM unnest(members_words(p_text)) AS w (word)
$$;

ALTER TABLE members_member ADD COLUMN names tsvector GENERATED ALWAYS AS
    (array_to_tsvector(members_words(given_name || ' ' || family_name))) STORED;

-- Without the list of what is still to be sorted in: looking through it costs more than it saves.
CREATE INDEX member_by_names ON members_member USING gin (names) WITH (fastupdate = off);
CREATE INDEX identifier_by_value ON members_identifier (value text_pattern_ops);
CREATE INDEX identifier_of_member ON members_identifier (member_id, kind);
CREATE INDEX membership_by_moment ON members_membership (programme_id, joined_at DESC, id DESC);

-- Who has such a name, so many at most, in no order. Always by the index of names: when a name is
-- rare or nobody's, the planner thinks that walking through everybody will soon find enough.
CREATE FUNCTION members_named(p_text text, p_most integer)
RETURNS SETOF uuid LANGUAGE sql STABLE
    SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off AS $$
    SELECT id FROM members_member WHERE names @@ members_name_query(p_text) LIMIT p_most
$$;
