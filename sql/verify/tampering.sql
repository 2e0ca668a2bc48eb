-- Whatever is changed in the history, xc_verify() finds it. Each change is taken back afterwards.
CREATE SCHEMA tam;
CREATE TABLE tam.t (a int);
ALTER TABLE tam.t ADD COLUMN b text;
SELECT count(*) AS findings FROM xc_verify();
CREATE FUNCTION pg_temp.found(sql text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
  BEGIN
    EXECUTE sql;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n = 0 THEN RETURN NULL; END IF;
    SELECT count(*) INTO n FROM xc_verify();
    RAISE EXCEPTION USING ERRCODE = 'ZZZZZ';
  EXCEPTION
    WHEN SQLSTATE 'ZZZZZ' THEN RETURN n > 0;
  END;
END $$;
-- true: found. The rows are the newest, the ones before, the oldest.
SELECT what, pg_temp.found(format(sql, 'max(seq)', '')) AS newest, pg_temp.found(format(sql, 'max(seq) - 1', '')) AS before, pg_temp.found(format(sql, 'min(seq)', '')) AS oldest
FROM (VALUES
  ('delete change', 'DELETE FROM xconnect.change WHERE seq = (SELECT %1$s FROM xconnect.change)'),
  ('author', 'UPDATE xconnect.change SET author = author || ''x'' WHERE seq = (SELECT %1$s FROM xconnect.change)'),
  ('reason', 'UPDATE xconnect.change SET reason = ''another'' WHERE seq = (SELECT %1$s FROM xconnect.change)'),
  ('time', 'UPDATE xconnect.change SET committed_at = committed_at + interval ''1 second'' WHERE seq = (SELECT %1$s FROM xconnect.change)'),
  ('kind', 'UPDATE xconnect.change SET kind = ''other'' WHERE seq = (SELECT %1$s FROM xconnect.change)'),
  ('content', 'UPDATE xconnect.change SET content = content || '' '' WHERE seq = (SELECT %1$s FROM xconnect.change)'),
  ('content and hash', 'UPDATE xconnect.change SET content = content || '' '', hash = sha256(convert_to(content || '' '', ''UTF8'')) WHERE seq = (SELECT %1$s FROM xconnect.change)'),
  ('delete commit', 'DELETE FROM xconnect.commit WHERE seq = (SELECT %1$s FROM xconnect.commit)'),
  ('commit content', 'UPDATE xconnect.commit SET content = content || '' '' WHERE seq = (SELECT %1$s FROM xconnect.commit)'),
  ('commit tree', 'UPDATE xconnect.commit SET tree = sha256(tree) WHERE seq = (SELECT %1$s FROM xconnect.commit)'),
  ('object row', 'UPDATE xconnect.change_object SET action = ''OTHER'' WHERE seq = (SELECT %1$s FROM xconnect.change_object) AND ordinal = 1'),
  ('delete object row', 'DELETE FROM xconnect.change_object WHERE seq = (SELECT %1$s FROM xconnect.change_object) AND ordinal = 1'),
  ('blob of it', 'UPDATE xconnect.blob SET content = content || '' '' WHERE hash = (SELECT after FROM xconnect.change_object WHERE seq = (SELECT %1$s FROM xconnect.change_object) AND ordinal = 1)'),
  ('delete blob', 'DELETE FROM xconnect.blob WHERE hash = (SELECT after FROM xconnect.change_object WHERE seq = (SELECT %1$s FROM xconnect.change_object) AND ordinal = 1)'),
  ('commit tree_home', 'UPDATE xconnect.commit SET tree_home = tree_home + 1 WHERE seq = (SELECT %1$s FROM xconnect.commit)'),
  ('delete pack', 'DELETE FROM xconnect.pack WHERE id = (SELECT tree_home / 256 FROM xconnect.commit WHERE seq = (SELECT %1$s FROM xconnect.commit))'),
  ('node', 'UPDATE xconnect.pack SET contents[1] = contents[1] || ''\x00'' WHERE id = (SELECT tree_home / 256 FROM xconnect.commit WHERE seq = (SELECT %1$s FROM xconnect.commit))'),
  ('node and hash', 'UPDATE xconnect.pack SET contents[1] = contents[1] || ''\x00'', hashes[1] = sha256(contents[1] || ''\x00'') WHERE id = (SELECT tree_home / 256 FROM xconnect.commit WHERE seq = (SELECT %1$s FROM xconnect.commit))'),
  ('a home', 'UPDATE xconnect.pack SET homes[1] = coalesce(homes[1], 0) + 1 WHERE id = (SELECT tree_home / 256 FROM xconnect.commit WHERE seq = (SELECT %1$s FROM xconnect.commit))'),
  ('no homes', 'UPDATE xconnect.pack SET homes = homes[2:] || ''{}'' || CASE WHEN homes = ''{}'' THEN ''{0}'' ELSE ''{}'' END::bigint[] WHERE id = (SELECT tree_home / 256 FROM xconnect.commit WHERE seq = (SELECT %1$s FROM xconnect.commit))'),
  ('statement', 'UPDATE xconnect.change_statement SET statement = ''x'' WHERE seq = (SELECT greatest(%1$s, min(seq)) FROM xconnect.change_statement) AND ordinal = 1')
) AS t (what, sql);
SELECT count(*) AS findings FROM xc_verify();
DROP SCHEMA tam CASCADE;
