-- Rules that rewrite INSERT, UPDATE or DELETE, those that are switched off too. COPY does not look at them, other
-- statements do.
SELECT r.ev_class::bigint, c.relname, r.rulename, r.ev_enabled <> 'D' AS acts
FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
WHERE r.ev_class = ANY (%(oids)s::oid[]) AND r.ev_type <> '1'
ORDER BY 2, 3
