-- What the extension brings: each member described, its functions pinned and closed to PUBLIC. Each query gives no row.
CREATE TEMP VIEW members AS
  SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS what
  FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
  WHERE e.extname = 'xconnect';

-- without a comment
SELECT what FROM members WHERE obj_description(objid, classid::regclass::name) IS NULL
  AND classid IN ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_event_trigger'::regclass)
  AND what !~ '^table xconnect.vault_\d+_rows$' ORDER BY what;

-- SQL functions without a search_path of their own
SELECT what FROM members JOIN pg_proc p ON classid = 'pg_proc'::regclass AND p.oid = objid JOIN pg_language l ON l.oid = p.prolang
  WHERE l.lanname <> 'c' AND NOT coalesce(p.proconfig::text ~ 'search_path', false) ORDER BY what;

-- functions that PUBLIC may call
SELECT what FROM members JOIN pg_proc p ON classid = 'pg_proc'::regclass AND p.oid = objid
  WHERE has_function_privilege('public', p.oid, 'EXECUTE') ORDER BY what;

-- relations that PUBLIC may read, and schemas that it may use
SELECT what FROM members JOIN pg_class c ON classid = 'pg_class'::regclass AND c.oid = objid, aclexplode(c.relacl) a
  WHERE a.grantee = 0 ORDER BY what;
SELECT nspname FROM pg_namespace, aclexplode(nspacl) a WHERE nspname = 'xconnect' AND a.grantee = 0;

-- event triggers that are not ENABLE ALWAYS
SELECT evtname FROM pg_event_trigger WHERE evtname LIKE 'xconnect%' AND evtenabled <> 'A';

-- constraints that a migration finds which renames all of a kind, wherever they are (NOT NULLs are some in PostgreSQL 18)
SELECT conname FROM pg_constraint WHERE connamespace = 'xconnect'::regnamespace AND contype NOT IN ('p', 'n');

-- functions in the user's way: none but xc_…
SELECT what FROM members JOIN pg_proc p ON classid = 'pg_proc'::regclass AND p.oid = objid
  WHERE pronamespace = 'public'::regnamespace AND proname !~ '^xc_' ORDER BY what;

-- the functions themselves
SELECT p.oid::regprocedure AS function, p.provolatile AS volatility
  FROM members JOIN pg_proc p ON classid = 'pg_proc'::regclass AND p.oid = objid
  WHERE pronamespace = 'public'::regnamespace ORDER BY p.oid::regprocedure::text COLLATE "C";
