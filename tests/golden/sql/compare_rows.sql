-- by key
SELECT CASE WHEN a.a_is IS NULL THEN 'added' WHEN b.b_is IS NULL THEN 'removed' ELSE 'changed' END AS kind, 1::BIGINT AS n, a.a0, a.a1, b.b0, b.b1, coalesce(a.a_is AND b.b_is, false) AND a.av0 IS DISTINCT FROM b.bv0 AS d0, coalesce(a.a_is AND b.b_is, false) AND a.av1 IS DISTINCT FROM b.bv1 AS d1 FROM (SELECT true AS a_is, c0 AS a0, c0::BIGINT AS ak0, c1 AS a1, c1 AS ak1, (c2::BIGINT)::BIT::BLOB AS av0, c3 AS av1 FROM (SELECT id, Group, n, at FROM a) AS t(c0, c1, c2, c3)) AS a FULL JOIN (SELECT true AS b_is, c0 AS b0, c0::BIGINT AS bk0, c1 AS b1, c1 AS bk1, encode(rtrim(rtrim(c2::VARCHAR, '0'), '.')) AS bv0, c3 AS bv1 FROM (SELECT id, Group, n, at FROM b) AS t(c0, c1, c2, c3)) AS b ON a.ak0 = b.bk0 AND a.ak1 = b.bk1 WHERE a.a_is IS NULL OR b.b_is IS NULL OR a.av0 IS DISTINCT FROM b.bv0 OR a.av1 IS DISTINCT FROM b.bv1

-- by key, long values as their hash
SELECT CASE WHEN a.a_is IS NULL THEN 'added' WHEN b.b_is IS NULL THEN 'removed' ELSE 'changed' END AS kind, 1::BIGINT AS n, a.a0, a.a1, b.b0, b.b1, coalesce(a.a_is AND b.b_is, false) AND a.av0 IS DISTINCT FROM b.bv0 AS d0, coalesce(a.a_is AND b.b_is, false) AND a.av1 IS DISTINCT FROM b.bv1 AS d1 FROM (SELECT true AS a_is, c0 AS a0, c0::BIGINT AS ak0, c1 AS a1, c1 AS ak1, CASE WHEN octet_length((c2::BIGINT)::BIT::BLOB) > 64 THEN ('#' || sha256((c2::BIGINT)::BIT::BLOB))::BLOB ELSE (c2::BIGINT)::BIT::BLOB END AS av0, c3 AS av1 FROM (SELECT id, Group, n, at FROM a) AS t(c0, c1, c2, c3)) AS a FULL JOIN (SELECT true AS b_is, c0 AS b0, c0::BIGINT AS bk0, c1 AS b1, c1 AS bk1, CASE WHEN octet_length(encode(rtrim(rtrim(c2::VARCHAR, '0'), '.'))) > 64 THEN ('#' || sha256(encode(rtrim(rtrim(c2::VARCHAR, '0'), '.'))))::BLOB ELSE encode(rtrim(rtrim(c2::VARCHAR, '0'), '.')) END AS bv0, c3 AS bv1 FROM (SELECT id, Group, n, at FROM b) AS t(c0, c1, c2, c3)) AS b ON a.ak0 = b.bk0 AND a.ak1 = b.bk1 WHERE a.a_is IS NULL OR b.b_is IS NULL OR a.av0 IS DISTINCT FROM b.bv0 OR a.av1 IS DISTINCT FROM b.bv1

-- one of two columns
SELECT CASE WHEN a.a_is IS NULL THEN 'added' WHEN b.b_is IS NULL THEN 'removed' ELSE 'changed' END AS kind, 1::BIGINT AS n, a.a0, a.a1, b.b0, b.b1, coalesce(a.a_is AND b.b_is, false) AND a.av0 IS DISTINCT FROM b.bv0 AS d0, coalesce(a.a_is AND b.b_is, false) AND false AS d1 FROM (SELECT true AS a_is, c0 AS a0, c0::BIGINT AS ak0, c1 AS a1, c1 AS ak1, (c2::BIGINT)::BIT::BLOB AS av0 FROM (SELECT id, Group, n FROM a2) AS t(c0, c1, c2)) AS a FULL JOIN (SELECT true AS b_is, c0 AS b0, c0::BIGINT AS bk0, c1 AS b1, c1 AS bk1, encode(rtrim(rtrim(c2::VARCHAR, '0'), '.')) AS bv0 FROM (SELECT id, Group, n FROM b2) AS t(c0, c1, c2)) AS b ON a.ak0 = b.bk0 AND a.ak1 = b.bk1 WHERE a.a_is IS NULL OR b.b_is IS NULL OR a.av0 IS DISTINCT FROM b.bv0

-- whole rows
SELECT CASE WHEN sum(w) > 0 THEN 'added' ELSE 'removed' END AS kind, abs(sum(w))::BIGINT AS n, any_value(a0) AS a0, k1 AS a1, any_value(b0) AS b0, k1 AS b1 FROM (SELECT (c0::BIGINT)::BIT::BLOB AS k0, c0 AS a0, NULL AS b0, c1 AS k1, -1 AS w FROM (SELECT n, at FROM a) AS t(c0, c1) UNION ALL SELECT encode(rtrim(rtrim(c0::VARCHAR, '0'), '.')) AS k0, NULL AS a0, c0 AS b0, c1 AS k1, 1 AS w FROM (SELECT n, at FROM b) AS t(c0, c1)) GROUP BY k0, k1 HAVING sum(w) <> 0

-- added rows
SELECT t.c2 AS c0 FROM ((SELECT id, Group, n FROM b)) AS t(c0, c1, c2) JOIN picked AS p ON t.c0 IS NOT DISTINCT FROM p.b0 AND t.c1 IS NOT DISTINCT FROM p.b1

-- changed rows with a tag
SELECT p.n AS tag, t.c2 AS c0, t.c3 AS c1 FROM ((SELECT id, Group, at, n FROM a) UNION ALL (SELECT id, Group, at, n FROM a2)) AS t(c0, c1, c2, c3) JOIN picked AS p ON t.c0 IS NOT DISTINCT FROM p.a0 AND t.c1 IS NOT DISTINCT FROM p.a1

-- whole rows that went
SELECT t.c2 AS c0 FROM ((SELECT id, n, at FROM a)) AS t(c0, c1, c2) JOIN picked AS p ON t.c0 IS NOT DISTINCT FROM p.a0 AND t.c1 IS NOT DISTINCT FROM p.a1 QUALIFY row_number() OVER (PARTITION BY t.c0, t.c1) <= p.n

