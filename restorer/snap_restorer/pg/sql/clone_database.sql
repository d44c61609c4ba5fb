-- What the server knows of one database; fields that came or went between versions are read through to_jsonb.
SELECT d.oid::bigint AS oid,
       d.datname AS name,
       pg_catalog.pg_get_userbyid(d.datdba) AS owner,
       pg_catalog.pg_has_role(d.datdba, 'USAGE') AS owned,
       d.datallowconn AS connectable,
       d.datconnlimit AS connection_limit,
       d.datistemplate AS is_template,
       s.spcname AS tablespace,
       pg_catalog.jsonb_build_object(
           'encoding', pg_catalog.pg_encoding_to_char(d.encoding),
           'provider', d.datlocprovider,
           'lc_collate', d.datcollate,
           'lc_ctype', d.datctype,
           'locale', COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale'),
           'icu_rules', pg_catalog.to_jsonb(d) ->> 'daticurules'
       ) AS locale,
       pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
       (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                   pg_catalog.pg_get_userbyid(a.grantor),
                   CASE WHEN a.grantee <> 0 THEN pg_catalog.pg_get_userbyid(a.grantee) END,
                   a.privilege_type, a.is_grantable)), '[]')
        FROM pg_catalog.aclexplode(COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba))) a) AS privileges,
       (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                   CASE WHEN c.setrole <> 0 THEN pg_catalog.pg_get_userbyid(c.setrole) END, setting)), '[]')
        FROM pg_catalog.pg_db_role_setting c
        CROSS JOIN pg_catalog.unnest(c.setconfig) AS setting
        WHERE c.setdatabase = d.oid) AS settings,
       (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(l.provider, l.label)), '[]')
        FROM pg_catalog.pg_shseclabel l
        WHERE l.classoid = 'pg_catalog.pg_database'::regclass AND l.objoid = d.oid) AS labels
FROM pg_catalog.pg_database d
JOIN pg_catalog.pg_tablespace s ON s.oid = d.dattablespace
WHERE d.datname = %(name)s
