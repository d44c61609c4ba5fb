-- Rules that rewrite INSERT, UPDATE or DELETE. COPY does not look at them, other statements do.
SELECT c.relname, r.rulename
FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
WHERE r.ev_class = ANY (%(oids)s::oid[]) AND r.ev_type <> '1' AND r.ev_enabled <> 'D'
ORDER BY 1, 2
