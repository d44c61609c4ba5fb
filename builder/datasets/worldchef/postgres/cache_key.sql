-- The nutrition cache's key of an ingredient line, as the Edge Function makes it: name|quantity|unit.
-- For the life of a session or transaction, in pg_temp, so that asking needs no right to create anything.
-- A golden table holds this, the builder and the checks to the same strings.

-- A double as JavaScript prints it. Postgres prints the same digits, but turns to exponents earlier; its own text cast
-- to numeric keeps all of them, where a cast of the double itself would keep fifteen.
CREATE OR REPLACE FUNCTION pg_temp.js_number(value double precision) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN value = 0 THEN '0'
        WHEN abs(value) >= 1e-6 AND abs(value) < 1e21 THEN value::text::numeric::text
        ELSE regexp_replace(value::text, 'e([+-])0*', 'e\1')
    END
$$;

CREATE OR REPLACE FUNCTION pg_temp.cache_key(name text, quantity double precision, unit text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT concat_ws('|',
        btrim(regexp_replace(regexp_replace(lower(name), '[!-/:-@\[-`{-~‘’“”–—…]', '', 'g'), '\s+', ' ', 'g')),
        pg_temp.js_number(quantity * COALESCE(metric.factor, 1)),
        COALESCE(metric.canonical, NULLIF(given.unit, ''), 'g')
    )
    FROM (SELECT lower(btrim(COALESCE(unit, ''))) AS unit) AS given
    LEFT JOIN (
        VALUES ('lb', 453.592::double precision, 'g'), ('oz', 28.3495, 'g'), ('kg', 1000, 'g'), ('cup', 236.588, 'ml'),
            ('tsp', 4.92892, 'ml'), ('tbsp', 14.7868, 'ml'), ('l', 1000, 'ml')
    ) AS metric (unit, factor, canonical) ON metric.unit = given.unit
$$;
