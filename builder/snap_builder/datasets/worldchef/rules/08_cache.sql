-- rule: cache_hits
-- about: share of ingredient lines with a fresh row in the nutrition cache: most, but not all
-- between: 0.90 0.9999
-- needs: nutrition 600, recipes 100
SELECT sum(listed) FILTER (hit) / sum(listed) AS rate, sum(listed) FILTER (hit) AS hits, sum(listed) AS of FROM lookups;

-- rule: cache_hashes
-- about: a cache row's key is the SHA-256 of its text
-- limit: 0
-- each: nutrition
SELECT ingredient_hash, canonical_string FROM nutrition WHERE ingredient_hash <> sha256(canonical_string);

-- rule: cache_canonical
-- about: a cache row's text is as the Edge Function makes it: known food, number as JavaScript prints it, metric unit
-- limit: 0
-- each: nutrition
-- implies: cache_macros, cache_hashes
SELECT ingredient_hash, canonical_string
FROM (
    SELECT ingredient_hash, canonical_string, split_part(canonical_string, '|', 1) AS name,
        TRY(split_part(canonical_string, '|', 2)::DOUBLE) AS quantity, split_part(canonical_string, '|', 3) AS unit
    FROM nutrition
) AS c
WHERE canonical_string IS DISTINCT FROM cache_key(name, quantity, unit, NULL, NULL)
    OR unit IN (SELECT unit FROM metric) OR name NOT IN (SELECT folded_name(name) FROM foods);

-- rule: cache_macros
-- about: a cache row's macros are those of its food in the key's quantity, within rounding to a tenth
-- limit: 0
-- each: nutrition
SELECT ingredient_hash, canonical_string, m
FROM (
    SELECT ingredient_hash, canonical_string, split_part(canonical_string, '|', 1) AS name,
        TRY(split_part(canonical_string, '|', 2)::DOUBLE) AS quantity, split_part(canonical_string, '|', 3) AS unit,
        TRY(from_json(macros, '{
            "fat_g": "DOUBLE", "carbs_g": "DOUBLE", "fiber_g": "DOUBLE", "sugar_g": "DOUBLE", "calories": "DOUBLE",
            "alcohol_g": "DOUBLE", "protein_g": "DOUBLE", "sodium_mg": "DOUBLE", "saturated_fat_g": "DOUBLE"
        }')) AS m
    FROM nutrition
) AS c
ANTI JOIN (
    -- Several of a food's units may fold to one key (tsp, tbsp and ml to ml); a row is right if one of them explains it.
    SELECT folded_name(f.name) AS name, coalesce(t.canonical, u.unit) AS unit,
        u.grams / coalesce(t.factor, 1) / 100 AS per_unit, f.* EXCLUDE (name)
    FROM foods AS f JOIN food_units AS u ON u.food = f.name LEFT JOIN metric AS t ON t.unit = u.unit
) AS f
    ON f.name = c.name AND f.unit = c.unit
    AND abs(m.fat_g - quantity * per_unit * f.fat) < 0.0501 AND abs(m.carbs_g - quantity * per_unit * f.carbs) < 0.0501
    AND abs(m.fiber_g - quantity * per_unit * f.fibre) < 0.0501
    AND abs(m.sugar_g - quantity * per_unit * f.sugars) < 0.0501
    AND abs(m.calories - quantity * per_unit * f.kcal) < 0.0501
    AND abs(m.alcohol_g - quantity * per_unit * f.alcohol) < 0.0501
    AND abs(m.protein_g - quantity * per_unit * f.protein) < 0.0501
    AND abs(m.sodium_mg - quantity * per_unit * f.sodium) < 0.0501
    AND abs(m.saturated_fat_g - quantity * per_unit * f.saturated) < 0.0501;

-- rule: cache_fresh
-- about: none of the 400 most likely keys has expired, and no row expires before it is written
-- limit: 0
-- each: nutrition
SELECT ingredient_hash, canonical_string, updated_at, expires_at FROM nutrition
WHERE expires_at <= updated_at
    OR (expires_at <= getvariable('as_of') AND canonical_string IN (SELECT canonical_string FROM likely_keys));

-- rule: cache_expired
-- about: share of cache rows that have expired, as in a cache in use
-- between: 0.01 0.05
-- needs: nutrition 600
SELECT count(*) FILTER (expires_at <= getvariable('as_of')) / count(*) AS rate FROM nutrition;

-- rule: cache_expiring
-- about: share of cache rows that expire within a week
-- between: 0.01 0.05
-- needs: nutrition 600
SELECT
    count(*) FILTER (
        expires_at > getvariable('as_of') AND expires_at <= getvariable('as_of') + INTERVAL 7 DAY
    ) / count(*) AS rate
FROM nutrition;

-- rule: fdc_ids_missing
-- about: share of cache rows without an fdc_id
-- between: 0.01 0.2
-- needs: nutrition 600
SELECT count(*) FILTER (fdc_id IS NULL) / count(*) AS rate FROM nutrition;

-- rule: fdc_ids_fictitious
-- about: every fdc_id is a number that no real food has
-- limit: 0
-- each: nutrition
SELECT ingredient_hash, fdc_id FROM nutrition WHERE fdc_id < 90000000;
