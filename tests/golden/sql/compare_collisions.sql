-- met
SELECT row_number() OVER () AS id, * FROM (SELECT v.kind AS vk, d.kind AS dk, v.a0 AS a0, v.b0 AS vb0, d.b0 AS db0, v.a1 AS a1, v.b1 AS vb1, d.b1 AS db1, v.d0 AS v0, v.d1 AS v1, d.d0 AS d0, NULL::BOOLEAN AS d1 FROM "changes 0" AS v JOIN "changes 1" AS d ON v.a0 = d.a0 AND v.a1 = d.a1 WHERE v.kind <> 'added' AND d.kind <> 'added' UNION ALL SELECT v.kind AS vk, d.kind AS dk, v.a0 AS a0, v.b0 AS vb0, d.b0 AS db0, v.a1 AS a1, v.b1 AS vb1, d.b1 AS db1, v.d0 AS v0, v.d1 AS v1, d.d0 AS d0, NULL::BOOLEAN AS d1 FROM "changes 0" AS v JOIN "changes 1" AS d ON v.b0 = d.b0 AND v.b1 = d.b1 WHERE v.kind = 'added' AND d.kind = 'added')

-- one removed, the other changed
SELECT id, coalesce(d0, false) OR coalesce(v0, false) AS x0, coalesce(d1, false) OR coalesce(v1, false) AS x1 FROM met WHERE vk <> dk

-- both changed or added
SELECT * FROM (SELECT id, (m.vk = 'added' OR (coalesce(m.v0, false) AND coalesce(m.d0, false))) AND v.c0 IS DISTINCT FROM d.c0 AS x0, (m.vk = 'added' OR (coalesce(m.v1, false) AND coalesce(m.d1, false))) AND v.c1 IS DISTINCT FROM d.c1 AS x1 FROM (SELECT * FROM met WHERE vk = dk AND vk <> 'removed' AND (vk = 'added' OR (v0 AND d0) OR (v1 AND d1))) AS m JOIN (SELECT p.id AS tag, t.c2 AS c0, t.c3 AS c1 FROM ((SELECT id, Group, n, at FROM v)) AS t(c0, c1, c2, c3) JOIN (SELECT id, vb0 AS b0, vb1 AS b1 FROM (SELECT * FROM met WHERE vk = dk AND vk <> 'removed' AND (vk = 'added' OR (v0 AND d0) OR (v1 AND d1)))) AS p ON t.c0 IS NOT DISTINCT FROM p.b0 AND t.c1 IS NOT DISTINCT FROM p.b1) AS v(tag, c0, c1) ON v.tag = m.id JOIN (SELECT p.id AS tag, t.c2 AS c0, t.c3 AS c1 FROM ((SELECT id, Group, n, at FROM d)) AS t(c0, c1, c2, c3) JOIN (SELECT id, db0 AS b0, db1 AS b1 FROM (SELECT * FROM met WHERE vk = dk AND vk <> 'removed' AND (vk = 'added' OR (v0 AND d0) OR (v1 AND d1)))) AS p ON t.c0 IS NOT DISTINCT FROM p.b0 AND t.c1 IS NOT DISTINCT FROM p.b1) AS d(tag, c0, c1) ON d.tag = m.id) WHERE x0 OR x1

-- no column in common
SELECT id FROM met WHERE false

