ALTER SEQUENCE {name} INCREMENT BY {increment};
SELECT pg_catalog.setval({oid}::pg_catalog.regclass, {last_value}, {is_called})
FROM {name} AS s
WHERE ({following} - s.last_value - CASE WHEN s.is_called THEN {increment} ELSE 0 END::numeric) * {increment} > 0
