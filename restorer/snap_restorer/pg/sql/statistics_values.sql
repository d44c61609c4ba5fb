-- What pg_stats says of columns and of expressions of indexes, each value as text. A role sees what it may read.
SELECT a.relation::oid AS relation, a.index, a.number, a.name,
       s.null_frac::text, s.avg_width::text, s.n_distinct::text, s.correlation::text, s.range_empty_frac::text,
       s.most_common_freqs::text, s.most_common_elem_freqs::text, s.elem_count_histogram::text,
       s.most_common_vals::text, s.histogram_bounds::text, s.most_common_elems::text,
       s.range_length_histogram::text, s.range_bounds_histogram::text
FROM pg_catalog.jsonb_to_recordset(%(attributes)s::jsonb)
    AS a (relation bigint, index text, number int, name text)
JOIN pg_catalog.pg_class c ON c.oid = a.relation::oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class x ON x.relnamespace = n.oid AND x.relname = a.index
LEFT JOIN pg_catalog.pg_attribute i ON i.attrelid = x.oid AND i.attnum = a.number
JOIN pg_catalog.pg_stats s
  ON s.schemaname = n.nspname AND s.tablename = COALESCE(x.relname, c.relname)
 AND s.attname = COALESCE(i.attname, a.name) AND NOT s.inherited
