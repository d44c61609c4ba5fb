#!/bin/sh
# Run a command while the jobs of pg_cron are paused: sh cron-paused.sh .venv/bin/python -m snap nightly
# $STAGING_DIRECT_URL is the database that pg_cron has its tables in; on Supabase it is `postgres`. The jobs that were active before are
# active again afterwards, however the command ends. After a kill -9 they stay paused: the last statement here resumes them.
set -eu
sql() { psql -XqAt -v ON_ERROR_STOP=1 "$STAGING_DIRECT_URL" -c "$1"; }
jobs=$(sql "SELECT coalesce(string_agg(jobid::text, ','), '') FROM cron.job WHERE active")
trap 'sql "SELECT cron.alter_job(jobid, active => true) FROM cron.job WHERE jobid = ANY (ARRAY[$jobs]::bigint[])" >/dev/null' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
sql "SELECT cron.alter_job(jobid, active => false) FROM cron.job WHERE active" >/dev/null
"$@"
