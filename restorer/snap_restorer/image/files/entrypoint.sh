#!/usr/bin/env bash
# Give the seeded database its role, its name and its password at the first start, then start Postgres as the base image does.
#
# POSTGRES_PASSWORD, or POSTGRES_PASSWORD_FILE   needed at the first start
# POSTGRES_USER                                  the role that gets it: the owner's new name, or postgres, the superuser
# POSTGRES_DB                                    the database's new name
set -Eeuo pipefail

fail() {
    echo "error: $1" >&2
    exit 1
}

case "${1:-postgres}" in
postgres | -*) ;;
*) exec docker-entrypoint.sh "$@" ;; # another program, such as bash
esac
for argument in "$@"; do
    case "$argument" in
    -V | --version | '-?' | --help | --describe-config) exec docker-entrypoint.sh "$@" ;; # needs no database
    esac
done

started="$PGDATA/snap-started"
if [ ! -e "$started" ]; then
    if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
        [ -z "${POSTGRES_PASSWORD:-}" ] || fail "POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are both set: set one of them"
        [ -r "$POSTGRES_PASSWORD_FILE" ] || fail "POSTGRES_PASSWORD_FILE names $POSTGRES_PASSWORD_FILE, which cannot be read"
        POSTGRES_PASSWORD=$(<"$POSTGRES_PASSWORD_FILE")
    fi
    [ -n "${POSTGRES_PASSWORD:-}" ] || fail "no role of this image has a password: set POSTGRES_PASSWORD, as in: docker run -e POSTGRES_PASSWORD=secret"
    export POSTGRES_PASSWORD
    [ -w "$PGDATA" ] || fail "$PGDATA belongs to the user postgres, and this container runs as user $(id -u)"
    chmod 0700 "$PGDATA"
    # Until the password is set, it listens on no port.
    sockets=$(mktemp -d)
    if ! pg_ctl -D "$PGDATA" -w -o "-c listen_addresses='' -c unix_socket_directories='$sockets'" start \
        >"$sockets/log" 2>&1; then
        cat "$sockets/log" >&2
        fail "Postgres does not start: see above"
    fi
    if ! psql --no-psqlrc --quiet --host="$sockets" --port="${PGPORT:-5432}" --username=postgres --dbname=postgres \
        --set=ON_ERROR_STOP=1 --single-transaction --file="${BASH_SOURCE[0]%/*}/first-start.sql"; then
        pg_ctl -D "$PGDATA" -w -m fast stop >/dev/null
        fail "POSTGRES_USER or POSTGRES_DB cannot be taken: see above"
    fi
    pg_ctl -D "$PGDATA" -w -m fast stop >/dev/null
    rm -r "$sockets"
    touch "$started"
fi
unset POSTGRES_PASSWORD POSTGRES_PASSWORD_FILE
exec docker-entrypoint.sh "$@"
