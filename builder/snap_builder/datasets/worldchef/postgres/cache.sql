-- The nutrition cache asked for the ingredient lines of some recipes, by the key that the Edge Function makes of a line:
-- name|quantity|unit. $1 is how many recipes, always the same ones; $2 the moment at which a row must not have expired.
-- `summed`: the row has a number for each of the macros that the function sums; else the recipe's sum is null.
-- One SELECT and no function of our own, for a read-only transaction may not create any. A golden table holds this, the
-- builder and the checks to the same keys.
WITH sample AS (
    SELECT r.id, r.ingredients FROM public.recipes AS r ORDER BY md5(r.id::text), r.id LIMIT $1::bigint
),
lines AS (
    SELECT s.id AS recipe, l.place, l.line ->> 'name' AS name, (l.line ->> 'quantity')::double precision AS quantity,
        l.line ->> 'unit' AS unit, lower(btrim(COALESCE(l.line ->> 'unit', ''))) AS folded_unit
    FROM sample AS s
    CROSS JOIN LATERAL jsonb_array_elements(s.ingredients) WITH ORDINALITY AS l (line, place)
),
converted AS (
    SELECT l.*, l.quantity * COALESCE(metric.factor, 1) AS amount,
        COALESCE(metric.canonical, NULLIF(l.folded_unit, ''), 'g') AS canonical_unit
    FROM lines AS l
    LEFT JOIN (
        VALUES ('lb', 453.592::double precision, 'g'), ('oz', 28.3495, 'g'), ('kg', 1000, 'g'), ('cup', 236.588, 'ml'),
            ('tsp', 4.92892, 'ml'), ('tbsp', 14.7868, 'ml'), ('l', 1000, 'ml')
    ) AS metric (unit, factor, canonical) ON metric.unit = l.folded_unit
),
keyed AS (
    -- A double as JavaScript prints it. Postgres prints the same digits, but turns to exponents earlier; its own text
    -- cast to numeric keeps all of them, where a cast of the double itself would keep fifteen.
    SELECT c.*, concat_ws('|',
        btrim(regexp_replace(
            regexp_replace(lower(c.name), '[!-/:-@\[-`{-~‘’“”–—…]', '', 'g'), '\s+', ' ', 'g'
        )),
        CASE
            WHEN c.amount = 0 THEN '0'
            WHEN abs(c.amount) >= 1e-6 AND abs(c.amount) < 1e21 THEN c.amount::text::numeric::text
            ELSE regexp_replace(c.amount::text, 'e([+-])0*', 'e\1')
        END,
        c.canonical_unit
    ) AS key
    FROM converted AS c
)
SELECT k.recipe::text AS recipe, k.name, k.quantity, k.unit, k.key, n.ingredient_hash IS NOT NULL AS cached,
    COALESCE(n.expires_at > $2::timestamp with time zone, false) AS fresh,
    COALESCE(
        jsonb_typeof(n.macros -> 'protein_g') = 'number' AND jsonb_typeof(n.macros -> 'fat_g') = 'number'
        AND jsonb_typeof(n.macros -> 'carbs_g') = 'number', false
    ) AS summed
FROM keyed AS k
LEFT JOIN public.nutrition_cache AS n ON n.ingredient_hash = encode(sha256(convert_to(k.key, 'UTF8')), 'hex')
ORDER BY md5(k.recipe::text), k.recipe, k.place
