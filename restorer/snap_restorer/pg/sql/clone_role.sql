SELECT current_user AS name,
       r.oid::bigint AS oid,
       r.rolsuper OR r.rolcreatedb AS creates,
       r.rolsuper AS super,
       pg_catalog.pg_is_in_recovery() AS replica,
       pg_catalog.pg_postmaster_start_time()::text AS started
FROM pg_catalog.pg_roles r
WHERE r.rolname = current_user
