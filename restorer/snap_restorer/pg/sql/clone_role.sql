SELECT current_user AS name,
       r.oid::bigint AS oid,
       r.rolsuper OR r.rolcreatedb AS creates,
       pg_catalog.pg_is_in_recovery() AS replica
FROM pg_catalog.pg_roles r
WHERE r.rolname = current_user
