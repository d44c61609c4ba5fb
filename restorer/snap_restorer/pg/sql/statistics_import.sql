-- Put statistics of columns and of expressions where ANALYZE would put them; a value of a date moves by `days` where its
-- attribute says how. What Postgres will not take it warns of, and `taken` is false. The pages are what they are here, and
-- a table that COPY has frozen is visible as a whole; CREATE INDEX has counted what it could.
WITH given AS (
    SELECT *
    FROM pg_catalog.jsonb_to_recordset(%(attributes)s::jsonb) AS g (
        place int, schema text, relation text, number int2, name text, shift text,
        null_frac real, avg_width int, n_distinct real, correlation real, range_empty_frac real,
        most_common_freqs text, most_common_elem_freqs text, elem_count_histogram text,
        most_common_vals text, histogram_bounds text, most_common_elems text,
        range_length_histogram text, range_bounds_histogram text)
), moved AS (
    SELECT g.*, v.vals, b.bounds
    FROM given g
    CROSS JOIN LATERAL (
        SELECT pg_catalog.array_agg(CASE g.shift
                   WHEN 'date' THEN (e::date + %(days)s::int)::text
                   WHEN 'timestamp' THEN (e::timestamp + pg_catalog.make_interval(days => %(days)s::int))::text
                   ELSE (e::timestamptz + pg_catalog.make_interval(days => %(days)s::int))::text END ORDER BY o)::text AS vals
        FROM pg_catalog.unnest(CASE WHEN g.shift <> '' THEN g.most_common_vals END::text[]) WITH ORDINALITY AS u (e, o)) AS v
    CROSS JOIN LATERAL (
        SELECT pg_catalog.array_agg(CASE g.shift
                   WHEN 'date' THEN (e::date + %(days)s::int)::text
                   WHEN 'timestamp' THEN (e::timestamp + pg_catalog.make_interval(days => %(days)s::int))::text
                   ELSE (e::timestamptz + pg_catalog.make_interval(days => %(days)s::int))::text END ORDER BY o)::text AS bounds
        FROM pg_catalog.unnest(CASE WHEN g.shift <> '' THEN g.histogram_bounds END::text[]) WITH ORDINALITY AS u (e, o)) AS b
)
SELECT m.place,
       pg_catalog.pg_restore_attribute_stats(
           'schemaname', m.schema, 'relname', m.relation, 'attname', m.name, 'attnum', m.number,
           'inherited', false, 'version', %(server)s::int,
           'null_frac', m.null_frac, 'avg_width', m.avg_width, 'n_distinct', m.n_distinct,
           'most_common_vals', COALESCE(m.vals, m.most_common_vals), 'most_common_freqs', m.most_common_freqs::real[],
           'histogram_bounds', COALESCE(m.bounds, m.histogram_bounds), 'correlation', m.correlation,
           'most_common_elems', m.most_common_elems, 'most_common_elem_freqs', m.most_common_elem_freqs::real[],
           'elem_count_histogram', m.elem_count_histogram::real[],
           'range_length_histogram', m.range_length_histogram, 'range_empty_frac', m.range_empty_frac,
           'range_bounds_histogram', m.range_bounds_histogram) AS taken
FROM moved m
