ALTER SEQUENCE {name} INCREMENT BY {increment};
SELECT pg_catalog.setval({oid}::pg_catalog.regclass, {last_value}, {is_called})
