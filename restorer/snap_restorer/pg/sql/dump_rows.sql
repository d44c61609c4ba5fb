-- Runs under the search path that values are printed under, so that every operator has its schema.
SELECT pg_catalog.count(*),
       COALESCE(pg_catalog.sum(h.a), 0)::pg_catalog.text,
       COALESCE(pg_catalog.sum(h.b), 0)::pg_catalog.text
FROM ONLY {} q
CROSS JOIN LATERAL (
    SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(ROW(q.*)::pg_catalog.text, 'UTF8')), 'hex') AS x
) s
CROSS JOIN LATERAL (SELECT ('x' OPERATOR(pg_catalog.||) pg_catalog.substr(s.x, 1, 15))::bit(60)::bigint AS a,
                           ('x' OPERATOR(pg_catalog.||) pg_catalog.substr(s.x, 16, 15))::bit(60)::bigint AS b) h
