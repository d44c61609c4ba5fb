-- The owners as whom a session with a superuser's rights may write rows, by table: those that are less powerful, and
-- may write them.
WITH
-- include: trusted
SELECT c.oid, r.rolname::pg_catalog.text AS role
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) c.relowner
WHERE (
-- include: may_be_superuser
)
  AND c.oid OPERATOR(pg_catalog.=) ANY ({tables}::pg_catalog.oid[])
  AND c.relowner NOT IN (SELECT t.oid FROM trusted t)
  AND pg_catalog.pg_has_role(SESSION_USER, c.relowner, 'MEMBER')
  AND pg_catalog.has_schema_privilege(c.relowner, c.relnamespace, 'USAGE')
  AND NOT EXISTS (
      SELECT
      FROM pg_catalog.unnest({privileges}::pg_catalog.text[]) p (name)
      WHERE NOT pg_catalog.has_table_privilege(c.relowner, c.oid, p.name)
  )
  AND NOT ({forced} AND c.relrowsecurity AND c.relforcerowsecurity AND NOT r.rolbypassrls)
  AND NOT EXISTS (  -- a view that reads with the rights of who asks
      SELECT FROM pg_catalog.unnest(c.reloptions) o (text) WHERE o.text OPERATOR(pg_catalog.~) '^security_invoker='
  )
  AND NOT EXISTS (  -- a default draws from a sequence that the owner may not use
      SELECT
      FROM pg_catalog.pg_attrdef a
      JOIN pg_catalog.pg_depend d
        ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass
       AND d.objid OPERATOR(pg_catalog.=) a.oid
       AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
      JOIN pg_catalog.pg_class s ON s.oid OPERATOR(pg_catalog.=) d.refobjid AND s.relkind OPERATOR(pg_catalog.=) 'S'
      WHERE a.adrelid OPERATOR(pg_catalog.=) c.oid
        AND NOT pg_catalog.has_sequence_privilege(c.relowner, s.oid, 'USAGE, UPDATE')
  )
