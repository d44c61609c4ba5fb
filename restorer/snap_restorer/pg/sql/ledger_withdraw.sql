-- The last entry, where it says that a restore is under way: the restore came to nothing.
DELETE FROM snap.ledger
WHERE state = 'loading' AND id = (SELECT pg_catalog.max(id) FROM snap.ledger)
