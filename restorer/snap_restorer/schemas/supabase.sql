-- What migrations of Supabase's apps name and do not create: tables, types and functions of its own schemas, as far as
-- schemas ask of them. Each part follows its schema's name, and stands in only where a script names the schema and
-- creates no table there. Nothing here grants or checks anything: no row of a snapshot is anybody's.
-- schema: auth
CREATE SCHEMA auth;
CREATE TYPE auth.aal_level AS ENUM ('aal1', 'aal2', 'aal3');
CREATE TABLE auth.users (
    id uuid PRIMARY KEY, instance_id uuid, aud pg_catalog.varchar(255), role pg_catalog.varchar(255), email pg_catalog.varchar(255), encrypted_password pg_catalog.varchar(255),
    email_confirmed_at timestamptz, invited_at timestamptz, confirmation_token pg_catalog.varchar(255), confirmation_sent_at timestamptz,
    recovery_token pg_catalog.varchar(255), recovery_sent_at timestamptz, email_change_token_new pg_catalog.varchar(255), email_change pg_catalog.varchar(255),
    email_change_sent_at timestamptz, last_sign_in_at timestamptz, raw_app_meta_data jsonb, raw_user_meta_data jsonb,
    is_super_admin boolean, created_at timestamptz, updated_at timestamptz, phone text DEFAULT NULL UNIQUE, phone_confirmed_at timestamptz,
    phone_change text DEFAULT '', phone_change_token pg_catalog.varchar(255) DEFAULT '', phone_change_sent_at timestamptz,
    confirmed_at timestamptz GENERATED ALWAYS AS (LEAST(email_confirmed_at, phone_confirmed_at)) STORED,
    email_change_token_current pg_catalog.varchar(255) DEFAULT '', email_change_confirm_status smallint DEFAULT 0, banned_until timestamptz,
    reauthentication_token pg_catalog.varchar(255) DEFAULT '', reauthentication_sent_at timestamptz, is_sso_user boolean NOT NULL DEFAULT false,
    deleted_at timestamptz, is_anonymous boolean NOT NULL DEFAULT false,
    CHECK (email_change_confirm_status >= 0 AND email_change_confirm_status <= 2)
);
CREATE UNIQUE INDEX users_email_partial_key ON auth.users (email) WHERE NOT is_sso_user;
CREATE TABLE auth.identities (
    id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(), provider_id text NOT NULL, user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    identity_data jsonb NOT NULL, provider text NOT NULL, last_sign_in_at timestamptz, created_at timestamptz, updated_at timestamptz,
    email text GENERATED ALWAYS AS (pg_catalog.lower(identity_data ->> 'email')) STORED, UNIQUE (provider_id, provider)
);
CREATE TABLE auth.sessions (
    id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE, created_at timestamptz, updated_at timestamptz,
    factor_id uuid, aal auth.aal_level, not_after timestamptz, refreshed_at timestamp, user_agent text, ip inet, tag text
);
CREATE TABLE auth.refresh_tokens (
    id bigserial PRIMARY KEY, instance_id uuid, token pg_catalog.varchar(255) UNIQUE, user_id pg_catalog.varchar(255), revoked boolean, created_at timestamptz,
    updated_at timestamptz, parent pg_catalog.varchar(255), session_id uuid REFERENCES auth.sessions ON DELETE CASCADE
);
CREATE TABLE auth.audit_log_entries (
    id uuid PRIMARY KEY, instance_id uuid, payload json, created_at timestamptz, ip_address pg_catalog.varchar(64) NOT NULL DEFAULT ''
);
CREATE TABLE auth.mfa_factors (
    id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE, friendly_name text, factor_type text NOT NULL,
    status text NOT NULL, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, secret text, phone text
);
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $$SELECT nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb$$;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$SELECT (auth.jwt() ->> 'sub')::uuid$$;
CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS $$SELECT auth.jwt() ->> 'role'$$;
CREATE FUNCTION auth.email() RETURNS text LANGUAGE sql STABLE AS $$SELECT auth.jwt() ->> 'email'$$;
-- schema: storage
CREATE SCHEMA storage;
CREATE TYPE storage.buckettype AS ENUM ('STANDARD', 'ANALYTICS', 'VECTOR');
CREATE TABLE storage.buckets (
    id text PRIMARY KEY, name text NOT NULL UNIQUE, owner uuid, created_at timestamptz DEFAULT pg_catalog.now(), updated_at timestamptz DEFAULT pg_catalog.now(),
    public boolean DEFAULT false, avif_autodetection boolean DEFAULT false, file_size_limit bigint, allowed_mime_types text[], owner_id text,
    type storage.buckettype NOT NULL DEFAULT 'STANDARD'
);
CREATE TABLE storage.objects (
    id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(), bucket_id text REFERENCES storage.buckets, name text, owner uuid, created_at timestamptz DEFAULT pg_catalog.now(),
    updated_at timestamptz DEFAULT pg_catalog.now(), last_accessed_at timestamptz DEFAULT pg_catalog.now(), metadata jsonb,
    path_tokens text[] GENERATED ALWAYS AS (pg_catalog.string_to_array(name, '/')) STORED, version text, owner_id text, user_metadata jsonb,
    UNIQUE (bucket_id, name)
);
ALTER TABLE storage.buckets ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION storage.foldername(name text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$SELECT (pg_catalog.string_to_array(name, '/'))[1:pg_catalog.cardinality(pg_catalog.string_to_array(name, '/')) - 1]$$;
CREATE FUNCTION storage.filename(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT (pg_catalog.string_to_array(name, '/'))[pg_catalog.cardinality(pg_catalog.string_to_array(name, '/'))]$$;
CREATE FUNCTION storage.extension(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT pg_catalog.substring(name, '\.([^./]*)$')$$;
-- schema: extensions
CREATE SCHEMA IF NOT EXISTS extensions;
-- schema: realtime
CREATE SCHEMA realtime;
CREATE TABLE realtime.messages (
    id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(), topic text NOT NULL, extension text NOT NULL, payload jsonb, event text, private boolean DEFAULT false,
    updated_at timestamp NOT NULL DEFAULT pg_catalog.now(), inserted_at timestamp NOT NULL DEFAULT pg_catalog.now(), PRIMARY KEY (id, inserted_at)
);
ALTER TABLE realtime.messages ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION realtime.topic() RETURNS text LANGUAGE sql STABLE AS $$SELECT nullif(pg_catalog.current_setting('realtime.topic', true), '')$$;
CREATE FUNCTION realtime.send(payload jsonb, event text, topic text, private boolean DEFAULT true) RETURNS void LANGUAGE sql AS 'SELECT';
CREATE FUNCTION realtime.broadcast_changes(topic_name text, event_name text, operation text, table_name text, table_schema text, new record, old record,
    level text DEFAULT 'ROW') RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
-- schema: vault
CREATE SCHEMA vault;
CREATE TABLE vault.secrets (
    id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(), name text, description text NOT NULL DEFAULT '', secret text NOT NULL, key_id uuid,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(), updated_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
CREATE VIEW vault.decrypted_secrets AS SELECT *, secret AS decrypted_secret FROM vault.secrets;
CREATE FUNCTION vault.create_secret(secret text, name text DEFAULT NULL, description text DEFAULT '', key_id uuid DEFAULT NULL) RETURNS uuid
    LANGUAGE sql AS 'INSERT INTO vault.secrets (secret, name, description) VALUES ($1, $2, $3) RETURNING id';
-- schema: cron
CREATE SCHEMA cron;
CREATE TABLE cron.job (jobid bigserial PRIMARY KEY, schedule text NOT NULL, command text NOT NULL, jobname text, active boolean NOT NULL DEFAULT true);
CREATE FUNCTION cron.schedule(job_name text, schedule text, command text) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
CREATE FUNCTION cron.schedule(schedule text, command text) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
CREATE FUNCTION cron.unschedule(job_name text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
-- schema: net
CREATE SCHEMA net;
CREATE FUNCTION net.http_post(url text, body jsonb DEFAULT '{}', params jsonb DEFAULT '{}', headers jsonb DEFAULT '{}', timeout_milliseconds integer DEFAULT 5000)
    RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
CREATE FUNCTION net.http_get(url text, params jsonb DEFAULT '{}', headers jsonb DEFAULT '{}', timeout_milliseconds integer DEFAULT 5000)
    RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
-- schema: supabase_functions
CREATE SCHEMA supabase_functions;
CREATE FUNCTION supabase_functions.http_request() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
-- schema: graphql_public
CREATE SCHEMA graphql_public;
