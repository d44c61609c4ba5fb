-- by key, added
(SELECT row_number() OVER (ORDER BY b0, b1) AS id, * FROM "changes 0" WHERE kind = 'added' ORDER BY b0, b1 LIMIT 3)

-- by key, removed
(SELECT row_number() OVER (ORDER BY a0, a1) AS id, * FROM "changes 0" WHERE kind = 'removed' ORDER BY a0, a1 LIMIT 3)

-- by key, changed
(SELECT row_number() OVER (ORDER BY a0, a1) AS id, * FROM "changes 0" WHERE kind = 'changed' ORDER BY a0, a1 LIMIT 3)

-- whole rows that went
(SELECT row_number() OVER (ORDER BY a0, a1) AS id, * FROM "changes 0" WHERE kind = 'removed' ORDER BY a0, a1 LIMIT 1)

