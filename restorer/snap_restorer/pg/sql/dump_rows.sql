SELECT pg_catalog.count(*), COALESCE(pg_catalog.sum(h.a), 0)::text, COALESCE(pg_catalog.sum(h.b), 0)::text
FROM ONLY {} q
CROSS JOIN LATERAL (SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(ROW(q.*)::text, 'UTF8')), 'hex') AS x) s
CROSS JOIN LATERAL (SELECT ('x' || pg_catalog.substr(s.x, 1, 15))::bit(60)::bigint AS a,
                           ('x' || pg_catalog.substr(s.x, 16, 15))::bit(60)::bigint AS b) h
