-- xc_export_changelog(): the history as files: names, lines of JSON that are the ledger again, and where a change that was rolled back
-- stands. File names with the time of a change are shown with T for it.
CREATE ROLE regress_xc_dba SUPERUSER;
SET SESSION AUTHORIZATION regress_xc_dba;
CREATE SCHEMA exported;
SELECT now() AS since \gset
SET xconnect.reason = 'for the "files"';
CREATE TABLE exported.plain (id int);
CREATE VIEW exported."Öd/ x" AS SELECT 1 AS a;
ALTER TABLE exported.plain ADD b text;
RESET xconnect.reason;
SELECT change_id AS last FROM xc_log(max_count => 1) \gset
CREATE TEMPORARY TABLE files AS SELECT row_number() OVER () AS n, * FROM xc_export_changelog(:'since');
SELECT regexp_replace(file_name, '\.\d{16}\.sql$', '.T.sql') AS file FROM files ORDER BY n;
-- The time is that of the change, in microseconds.
SELECT count(*) AS snapshots, bool_and(EXISTS (SELECT FROM xconnect.change c WHERE extract(epoch FROM c.committed_at) * 1000000 = (regexp_match(file_name, '\.(\d{16})\.sql$'))[1]::numeric)) AS dated
  FROM files WHERE file_name LIKE 'snapshots/%';
-- A snapshot is DDL that makes the object, as it was then.
SELECT regexp_replace(split_part(content, E'\n', 1), 'chg-\S+ left it, .* by', 'CHANGE left it, TIME by') AS title, array_length(string_to_array(content, E'\n'), 1) > 2 AS has_ddl FROM files WHERE file_name LIKE 'snapshots/%' ORDER BY n;
SELECT count(*) = 1 AS first_without_b FROM files WHERE file_name LIKE 'snapshots/table+exported.plain.%' AND content NOT LIKE '%b text%';
-- Each line is JSON, and read back it gives the rows of the ledger.
CREATE TEMPORARY TABLE lines AS SELECT file_name, line FROM files, regexp_split_to_table(rtrim(content, E'\n'), E'\n') line WHERE file_name LIKE '%.jsonl' AND content <> '';
SELECT file_name, count(*), bool_and(jsonb_typeof(line::jsonb) = 'object') AS objects FROM lines GROUP BY 1 ORDER BY 1;
SELECT change_id, seq, kind, author, reason, hash FROM xconnect.change WHERE committed_at >= :'since'
EXCEPT
SELECT j ->> 'change_id', (j ->> 'seq')::bigint, j ->> 'kind', j ->> 'author', j ->> 'reason', decode(j ->> 'hash', 'hex') FROM (SELECT line::jsonb AS j FROM lines WHERE file_name = 'ledger.jsonl') x;
SELECT count(*) = (SELECT count(*) FROM xconnect.change WHERE committed_at >= :'since') AS all_of_them, count(DISTINCT line) = count(*) AS once FROM lines WHERE file_name = 'ledger.jsonl';
SELECT string_agg(line, E'\n') = (SELECT string_agg(l, E'\n') FROM xc_ledger_jsonl(:'since') l) AS as_xc_ledger_jsonl_has_them FROM lines WHERE file_name = 'ledger.jsonl';
-- What can be rolled back is a target; when it was, it is history.
SELECT count(*) FROM lines WHERE file_name = 'rollback_targets.jsonl' AND line::jsonb ->> 'change_id' = :'last';
SELECT xc_rollback(:'last') LIKE 'rbk-%' AS rolled_back;
CREATE TEMPORARY TABLE later AS SELECT file_name, line FROM xc_export_changelog(:'since') f, regexp_split_to_table(rtrim(content, E'\n'), E'\n') line WHERE content <> '' AND file_name LIKE '%.jsonl';
SELECT count(*) FILTER (WHERE file_name = 'rollback_targets.jsonl' AND line::jsonb ->> 'change_id' = :'last') AS targets,
  count(*) FILTER (WHERE file_name = 'rollback_history.jsonl' AND line LIKE '%"' || :'last' || '"%') AS history FROM later;
SELECT count(*) FROM xc_export_changelog(now() + interval '1 day') WHERE content <> '';
DROP SCHEMA exported CASCADE;
RESET SESSION AUTHORIZATION;
DROP OWNED BY regress_xc_dba;
DROP ROLE regress_xc_dba;
