-- What this session has set itself; last, whose rights it has, which pg_settings does not list and RESET ALL leaves.
-- BEGIN sets the three of the transaction, which end with it, and those that a session pins.
(SELECT name, setting
 FROM pg_catalog.pg_settings
 WHERE source = 'session'
   AND name NOT IN ('lock_timeout', 'search_path', 'transaction_isolation', 'transaction_read_only',
                    'transaction_deferrable')
 ORDER BY name)
UNION ALL
SELECT 'session_authorization', pg_catalog.current_setting('session_authorization')
UNION ALL
SELECT 'role', pg_catalog.current_setting('role')
