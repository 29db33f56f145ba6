#!/usr/bin/env bash
# serve.sh PEER DIR: serves a peer over an empty folder. Its first line on stdout is the URL of its SCIM root and the bearer
# token, as soon as it answers; it ends with all it started on SIGTERM.
set -euo pipefail
peer=$1
mkdir -p "$2"
data=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
installed=$(cd "${CARGO_TARGET_DIR:-$here/../../../target}/load-peers" && pwd)

ended() {
    # shellcheck disable=SC2046 # several
    kill $(jobs -p) 2>/dev/null || true
    wait
}
trap ended EXIT
trap 'exit 0' TERM INT

# shellcheck source=postgres.sh
. "$here/postgres.sh"
case $peer in
    *-postgres) start_postgres "$data/postgres" ;;
    *-sqlite) export DATABASE_FILE=$data/scim.db ;;
esac

gunicorn() {
    # One process, for there is one processor; threads, so that one can wait for the disk while another works.
    exec "$installed/venv/bin/gunicorn" --chdir "$here" --config "$here/gunicorn.conf.py" "$@"
}
modules() {
    # node looks for modules beside a script.
    cp "$here/$1" "$installed/node/"
    NODE_ENV=production exec node "$installed/node/$1"
}
case $peer in
    scim2-server-*) SCIM_BASE=/v2 gunicorn scim2_peer:application & ;;
    django-scim2-*)
        (cd "$here" && "$installed/venv/bin/django-admin" migrate --run-syncdb --pythonpath . --settings django_peer.settings) >&2
        SCIM_BASE=/scim/v2 gunicorn django_peer.wsgi:application &
        ;;
    scimmy-*) modules scimmy.mjs & ;;
    jackson-*) modules jackson.mjs & ;;
    *) echo "no peer named $peer" >&2 && exit 2 ;;
esac
wait -n
