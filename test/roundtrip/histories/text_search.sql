-- Text search: parsers, templates, dictionaries, configurations.
CREATE SCHEMA search;
CREATE TABLE docs (id int PRIMARY KEY, body text);
INSERT INTO docs VALUES (1, 'the quick brown foxes');

-- step: one of each
CREATE TEXT SEARCH PARSER words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH PARSER search.marked (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, HEADLINE = prsd_headline, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE plain (LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH TEMPLATE search.fancy (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY simple_words (TEMPLATE = search.fancy, accept = false, stopwords = 'english');
CREATE TEXT SEARCH DICTIONARY search."Stem" (TEMPLATE = snowball, language = english);
CREATE TEXT SEARCH CONFIGURATION empty (PARSER = words);
CREATE TEXT SEARCH CONFIGURATION search.full (COPY = pg_catalog.english);

-- step: mappings added, several dictionaries for a token
ALTER TEXT SEARCH CONFIGURATION empty ADD MAPPING FOR asciiword, word WITH simple_words, search."Stem";
ALTER TEXT SEARCH CONFIGURATION empty ADD MAPPING FOR numword WITH simple;

-- step: mappings altered, replaced, dropped
ALTER TEXT SEARCH CONFIGURATION empty ALTER MAPPING FOR asciiword WITH search."Stem", simple;
ALTER TEXT SEARCH CONFIGURATION empty ALTER MAPPING REPLACE simple_words WITH english_stem;
ALTER TEXT SEARCH CONFIGURATION search.full DROP MAPPING FOR url, host, url_path;
ALTER TEXT SEARCH CONFIGURATION empty DROP MAPPING IF EXISTS FOR email, numword;

-- step: options of a dictionary changed, one gone, one more
ALTER TEXT SEARCH DICTIONARY simple_words (accept = true);

-- step: and more
ALTER TEXT SEARCH DICTIONARY simple_words (stopwords);
ALTER TEXT SEARCH DICTIONARY search."Stem" (StopWords = english);

-- step: used by an index, a generated column and a function
-- keeps rows
CREATE INDEX docs_fts ON docs USING gin (to_tsvector('search.full', body));
ALTER TABLE docs ADD lexemes tsvector GENERATED ALWAYS AS (to_tsvector('empty'::regconfig, body)) STORED;
CREATE FUNCTION find(q text) RETURNS SETOF docs LANGUAGE sql BEGIN ATOMIC SELECT * FROM docs WHERE to_tsvector('search.full'::regconfig, body) @@ to_tsquery('search.full'::regconfig, q); END;

-- step: owners and comments
-- keeps rows
ALTER TEXT SEARCH DICTIONARY simple_words OWNER TO alice;
ALTER TEXT SEARCH CONFIGURATION search.full OWNER TO "Odd Role";
COMMENT ON TEXT SEARCH PARSER words IS 'a parser';
COMMENT ON TEXT SEARCH TEMPLATE plain IS 'it''s a template';
COMMENT ON TEXT SEARCH DICTIONARY search."Stem" IS 'a dictionary';
COMMENT ON TEXT SEARCH CONFIGURATION empty IS 'a configuration';

-- step: comments changed and gone
-- keeps rows
COMMENT ON TEXT SEARCH PARSER words IS NULL;
COMMENT ON TEXT SEARCH CONFIGURATION empty IS 'another';

-- step: renamed
-- keeps rows
ALTER TEXT SEARCH PARSER words RENAME TO "Words";
ALTER TEXT SEARCH TEMPLATE search.fancy RENAME TO plainer;
ALTER TEXT SEARCH DICTIONARY simple_words RENAME TO simpler;
ALTER TEXT SEARCH CONFIGURATION empty RENAME TO filled;

-- step: moved
-- keeps rows
ALTER TEXT SEARCH PARSER "Words" SET SCHEMA search;
ALTER TEXT SEARCH TEMPLATE search.plainer SET SCHEMA public;
ALTER TEXT SEARCH DICTIONARY simpler SET SCHEMA search;
ALTER TEXT SEARCH CONFIGURATION filled SET SCHEMA search;

-- step: their schema renamed
-- keeps rows
ALTER SCHEMA search RENAME TO lookup;

-- step: two dictionaries swap names
-- keeps rows
ALTER TEXT SEARCH DICTIONARY lookup.simpler RENAME TO x;
ALTER TEXT SEARCH DICTIONARY lookup."Stem" RENAME TO simpler;
ALTER TEXT SEARCH DICTIONARY lookup.x RENAME TO "Stem";

-- step: a dictionary with its mappings goes, and a configuration
ALTER TABLE docs DROP lexemes CASCADE;
DROP TEXT SEARCH CONFIGURATION lookup.filled;
DROP TEXT SEARCH DICTIONARY lookup.simpler CASCADE;

-- step: a template with all that uses it
DROP TEXT SEARCH TEMPLATE plainer CASCADE;

-- step: owner's things reassigned
COMMENT ON TEXT SEARCH CONFIGURATION lookup.full IS 'bob has it now';
REASSIGN OWNED BY "Odd Role" TO bob;

-- step: a dictionary of another template under the same name
CREATE TEXT SEARCH DICTIONARY syn (TEMPLATE = simple, accept = 'true');
CREATE TEXT SEARCH CONFIGURATION uses_syn (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION uses_syn ALTER MAPPING FOR asciiword WITH syn, simple;

-- step: the same
DROP TEXT SEARCH DICTIONARY syn CASCADE;
CREATE TEXT SEARCH DICTIONARY syn (TEMPLATE = snowball, language = 'german', stopwords = 'german');
CREATE TEXT SEARCH CONFIGURATION uses_syn (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION uses_syn ALTER MAPPING FOR asciiword WITH syn, simple;

-- step: all of it
DROP SCHEMA lookup CASCADE;
DROP TEXT SEARCH TEMPLATE plain;
