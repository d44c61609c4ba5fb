SELECT current_user AS name,
       r.oid::bigint AS oid,
       r.rolsuper OR r.rolcreatedb AS creates
FROM pg_catalog.pg_roles r
WHERE r.rolname = current_user
