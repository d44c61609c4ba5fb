-- What pg_stats says of columns, and no more than may leave the database: docs/statistics.md has the rules. Each column is
-- asked for by its kind: number and moment give quantiles, label and text categories, plain nothing of its values.
WITH asked AS (
    SELECT a.*
    FROM pg_catalog.jsonb_to_recordset(%(asked)s::jsonb)
        AS a ("schema" text, "table" text, "column" text, kind text, labels jsonb, "rows" float8, partitioned bool)
), stats AS (
    SELECT a."schema", a."table", a."column", a.kind, a.labels, a.rows,
           s.null_frac, s.avg_width,
           CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * a.rows ELSE s.n_distinct END AS distinct_values,
           s.most_common_freqs AS freqs,
           CASE WHEN a.kind <> 'plain' THEN s.most_common_vals::text::text[] END AS vals,
           CASE WHEN a.kind IN ('number', 'moment') THEN s.histogram_bounds::text::text[] END AS bounds
    FROM asked a
    JOIN pg_catalog.pg_stats s
      ON s.schemaname = a."schema" AND s.tablename = a."table" AND s.attname = a."column" AND s.inherited = a.partitioned
), common AS (
    SELECT s."schema", s."table", s."column", s.kind, s.labels, s.rows, s.null_frac, s.distinct_values,
           v.value, v.freq
    FROM stats s, ROWS FROM (pg_catalog.unnest(s.vals), pg_catalog.unnest(s.freqs)) AS v (value, freq)
), categories AS (
    SELECT j."schema", j."table", j."column",
           pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(j.value, pg_catalog.round(j.freq::numeric, 4))
                                ORDER BY j.freq DESC, j.value COLLATE "C") FILTER (WHERE j.shared) AS shares
    FROM (
        SELECT c.*, c.freq * c.rows >= %(least)s AS shared,
               CASE c.kind
                   WHEN 'label' THEN true
                   WHEN 'number' THEN c.value ~ '^-?([0-9]{1,4}|[0-9]{1,3}[.][0-9]{1,2})$'
                   -- A text that a CHECK lists, or a code: one word, which is not somebody's name.
                   WHEN 'text' THEN COALESCE(c.labels @> pg_catalog.to_jsonb(c.value), false)
                       OR (c.value ~ '^[[:alpha:]][[:alnum:]_./-]*$' AND pg_catalog.length(c.value) <= 24
                           AND c.value !~ '[0-9].*[0-9].*[0-9]'
                           AND NOT pg_catalog.regexp_split_to_array(pg_catalog.lower(c.value), '[^[:alpha:]]+')
                               && %(people)s::text[])
                   ELSE false END AS allowed
        FROM common c) j
    GROUP BY j."schema", j."table", j."column"
    -- One value alone, which all rows have, tells two of them apart in nothing, and may be about all of them.
    HAVING pg_catalog.bool_and(j.allowed) FILTER (WHERE j.shared) AND pg_catalog.max(j.distinct_values) <= %(most)s
       AND pg_catalog.count(*) FILTER (WHERE j.shared) > CASE WHEN pg_catalog.max(j.kind) = 'text' THEN 1 ELSE 0 END
       AND pg_catalog.sum(j.freq) FILTER (WHERE j.shared) >= 0.9 * (1 - pg_catalog.max(j.null_frac))
), points AS (
    -- Each value with its share of the rows: the most common ones, and those between which the others lie. The least and
    -- the largest of these are single rows'.
    SELECT c."schema", c."table", c."column", c.kind, c.rows, c.value, c.freq::numeric AS mass
    FROM common c
    WHERE c.kind IN ('number', 'moment')
    UNION ALL
    SELECT s."schema", s."table", s."column", s.kind, s.rows, b.value,
           (1 - s.null_frac - COALESCE((SELECT pg_catalog.sum(f) FROM pg_catalog.unnest(s.freqs) f), 0))::numeric
               / NULLIF(pg_catalog.cardinality(s.bounds) - 2, 0)
    FROM stats s, pg_catalog.unnest(s.bounds) WITH ORDINALITY AS b (value, place)
    WHERE b.place > 1 AND b.place < pg_catalog.cardinality(s.bounds)
), numbers AS (
    SELECT p."schema", p."table", p."column", p.kind, p.rows, p.mass,
           CASE WHEN p.kind = 'number' THEN p.value::numeric
                ELSE EXTRACT(epoch FROM p.value::timestamptz)::numeric END AS number
    FROM points p
    WHERE CASE WHEN p.kind = 'number' THEN p.value ~ '^-?[0-9.]+(e[-+]?[0-9]{1,2})?$' ELSE p.value ~ '^[0-9]{4}-[^B]*$' END
      AND p.mass > 0
), upto AS (
    SELECT n.*,
           pg_catalog.sum(n.mass) OVER (PARTITION BY n."schema", n."table", n."column" ORDER BY n.number) AS upto,
           pg_catalog.sum(n.mass) OVER (PARTITION BY n."schema", n."table", n."column") AS total
    FROM numbers n
), cuts AS (
    -- As many ranges as have enough rows each; beyond the first and the last point lie as many again.
    SELECT u."schema", u."table", u."column", u.kind, k.place,
           pg_catalog.min(u.number) FILTER (
               WHERE u.upto >= u.total * LEAST(GREATEST(k.place / k.ranges, k.edge), 1 - k.edge)) AS number
    FROM upto u
    CROSS JOIN LATERAL (
        SELECT r.ranges::numeric AS ranges, %(least)s / (u.rows * u.total)::numeric AS edge, p.place::numeric AS place
        FROM (SELECT pg_catalog.max(n) AS ranges FROM pg_catalog.unnest('{2,4,8,16}'::int[]) n
              WHERE n * %(least)s <= u.rows * u.total) r, pg_catalog.generate_series(0, r.ranges) p (place)
        WHERE u.rows * u.total > 0) k
    GROUP BY u."schema", u."table", u."column", u.kind, k.place
), steps AS (
    -- A hundred steps or more from the first to the last, and four digits at most.
    SELECT c."schema", c."table", c."column", c.kind,
           CASE WHEN c.kind = 'moment' THEN CASE WHEN pg_catalog.max(c.number) - pg_catalog.min(c.number) < 5184000
                                                 THEN 3600 ELSE 86400 END
                ELSE 10::numeric ^ GREATEST(
                    pg_catalog.floor(pg_catalog.log(GREATEST(pg_catalog.max(c.number) - pg_catalog.min(c.number), 1e-9))) - 2,
                    pg_catalog.floor(pg_catalog.log(GREATEST(pg_catalog.max(pg_catalog.abs(c.number)), 1e-9))) - 3) END AS step
    FROM cuts c
    GROUP BY c."schema", c."table", c."column", c.kind
), quantiles AS (
    SELECT c."schema", c."table", c."column",
           pg_catalog.array_agg(
               CASE WHEN c.kind = 'moment'
                    THEN pg_catalog.to_char(pg_catalog.to_timestamp(pg_catalog.floor(c.number / s.step) * s.step::float8),
                                            'YYYY-MM-DD HH24:MI')
                    ELSE pg_catalog.trim_scale(pg_catalog.round(c.number / s.step) * s.step)::text END
               ORDER BY c.place) AS points
    FROM cuts c
    JOIN steps s ON s."schema" = c."schema" AND s."table" = c."table" AND s."column" = c."column"
    GROUP BY c."schema", c."table", c."column"
)
SELECT s."schema", s."table",
       s."column" AS name,
       s.null_frac::float8 AS nulls,
       s.distinct_values::float8 AS "distinct",
       s.avg_width AS width,
       ARRAY(SELECT pg_catalog.round(f::numeric, 3)::float8
             FROM pg_catalog.unnest(s.freqs) WITH ORDINALITY AS f (f, place) ORDER BY place LIMIT 10) AS frequencies,
       COALESCE(q.points, '{}') AS quantiles,
       COALESCE(c.shares::text, '[]') AS shares
FROM stats s
LEFT JOIN quantiles q ON q."schema" = s."schema" AND q."table" = s."table" AND q."column" = s."column"
LEFT JOIN categories c ON c."schema" = s."schema" AND c."table" = s."table" AND c."column" = s."column"
