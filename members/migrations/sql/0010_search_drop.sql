DROP FUNCTION IF EXISTS members_named(text, integer);
DROP INDEX membership_by_moment;
DROP INDEX identifier_of_member;
DROP INDEX identifier_by_value;
DROP INDEX member_by_names;
ALTER TABLE members_member DROP COLUMN names;
DROP FUNCTION members_name_query(text);
DROP FUNCTION members_words(text);
