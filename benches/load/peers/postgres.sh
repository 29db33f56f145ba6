# Sourced by serve.sh. `start_postgres DIR` runs a private PostgreSQL in DIR with default settings (fsync, synchronous commits)
# and sets DATABASE_URL.

start_postgres() {
    local dir=$1 bin as=()
    # On Debian, the server's programs are not in PATH.
    bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -1 || command -v initdb)")
    mkdir -p "$dir"
    if [ "$(id -u)" = 0 ]; then
        # PostgreSQL refuses to run as root.
        chown postgres "$dir"
        as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
    fi
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    (
        cd "$dir"
        "${as[@]}" "$bin/initdb" -D "$dir" -U scim -A trust -E UTF8 --locale=C >/dev/null
    )
    "${as[@]}" "$bin/postgres" -D "$dir" -h 127.0.0.1 -p "$port" -k "$dir" >"$dir.log" 2>&1 &
    until "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" -U scim; do sleep 0.1; done
    "$bin/createdb" -h 127.0.0.1 -p "$port" -U scim scim
    export DATABASE_URL="postgres://scim@127.0.0.1:$port/scim"
}
