-- What entrypoint.sh runs at the first start, as the superuser, in one transaction. The password stands in no log.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
\set seeded_role '$owner'
\set seeded_database '$database'
\getenv user POSTGRES_USER
\getenv name POSTGRES_DB
\getenv password POSTGRES_PASSWORD
SELECT pg_catalog.format('ALTER ROLE %I RENAME TO %I', :'seeded_role', :'user')
WHERE :'user' NOT IN (:'seeded_role', 'postgres') \gexec
SELECT pg_catalog.format('ALTER DATABASE %I RENAME TO %I', :'seeded_database', :'name')
WHERE :'name' <> :'seeded_database' \gexec
SET password_encryption = 'scram-sha-256';
ALTER ROLE :"user" PASSWORD :'password';
