-- What schemas ask of extensions that the embedded server does not ship, as far as types and functions allow. Each
-- part follows the extension's name; `stub` stands for its schema. Nothing here is safe for passwords: no row of a snapshot is anybody's.
-- extension: uuid-ossp
CREATE OR REPLACE FUNCTION stub.uuid_generate_v4() RETURNS uuid LANGUAGE sql VOLATILE AS 'SELECT pg_catalog.gen_random_uuid()';
CREATE OR REPLACE FUNCTION stub.uuid_generate_v1() RETURNS uuid LANGUAGE sql VOLATILE AS 'SELECT pg_catalog.gen_random_uuid()';
CREATE OR REPLACE FUNCTION stub.uuid_generate_v1mc() RETURNS uuid LANGUAGE sql VOLATILE AS 'SELECT pg_catalog.gen_random_uuid()';
CREATE OR REPLACE FUNCTION stub.uuid_nil() RETURNS uuid LANGUAGE sql IMMUTABLE AS $$SELECT '00000000-0000-0000-0000-000000000000'::uuid$$;
-- extension: pgcrypto
CREATE OR REPLACE FUNCTION stub.gen_salt(text) RETURNS text LANGUAGE sql VOLATILE AS $$SELECT '$2a$06$stub'::text$$;
CREATE OR REPLACE FUNCTION stub.gen_salt(text, integer) RETURNS text LANGUAGE sql VOLATILE AS $$SELECT '$2a$06$stub'::text$$;
CREATE OR REPLACE FUNCTION stub.crypt(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.md5($1 || $2)';
CREATE OR REPLACE FUNCTION stub.digest(text, text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.sha256($1::bytea)$$;
CREATE OR REPLACE FUNCTION stub.digest(bytea, text) RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.sha256($1)';
CREATE OR REPLACE FUNCTION stub.hmac(text, text, text) RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.sha256(($1 || $2)::bytea)';
CREATE OR REPLACE FUNCTION stub.gen_random_bytes(integer) RETURNS bytea LANGUAGE sql VOLATILE
    AS 'SELECT pg_catalog.decode(pg_catalog.substr(pg_catalog.repeat(pg_catalog.md5(pg_catalog.random()::text), 32), 1, 2 * $1), ''hex'')';
-- extension: citext
CREATE DOMAIN stub.citext AS text;
-- extension: unaccent
CREATE OR REPLACE FUNCTION stub.unaccent(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
-- extension: pg_trgm
CREATE OR REPLACE FUNCTION stub.similarity(text, text) RETURNS real LANGUAGE sql IMMUTABLE AS 'SELECT ($1 = $2)::int::real';
-- extension: postgis
CREATE DOMAIN stub.geometry AS text;
CREATE DOMAIN stub.geography AS text;
