-- A number that grows with every row that is written into the database, catalogs too, once the writer has left.
SELECT pg_catalog.pg_stat_get_db_tuples_inserted(%(oid)s)
     + pg_catalog.pg_stat_get_db_tuples_updated(%(oid)s)
     + pg_catalog.pg_stat_get_db_tuples_deleted(%(oid)s),
       pg_catalog.pg_stat_get_db_stat_reset_time(%(oid)s)::text,
       pg_catalog.current_setting('track_counts')::boolean
