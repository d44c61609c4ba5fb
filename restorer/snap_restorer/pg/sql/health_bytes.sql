-- The bytes of a table on disk, indexes and TOAST included; of a partitioned one, those of all its partitions.
SELECT COALESCE(pg_catalog.sum(pg_catalog.pg_total_relation_size(t.relid)), 0)
FROM (
    SELECT %s::bigint::oid::regclass AS relid
    UNION
    SELECT relid FROM pg_catalog.pg_partition_tree(%s::bigint::oid)
) AS t
