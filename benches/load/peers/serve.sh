#!/usr/bin/env bash
# serve.sh PEER DIR: runs a peer with its data in an empty folder. As soon as the peer responds, it prints the SCIM base URL and
# the bearer token on one line. On SIGTERM it ends together with all processes that it started.
set -euo pipefail
peer=$1
mkdir -p "$2"
data=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
installed=$(cd "${CARGO_TARGET_DIR:-$here/../../../target}/load-peers" && pwd)

ended() {
    # shellcheck disable=SC2046 # several words are intended
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
    # One process, because there is one processor. Several threads, so that one can wait for the disk while another works.
    exec "$installed/venv/bin/gunicorn" --chdir "$here" --config "$here/gunicorn.conf.py" "$@"
}
modules() {
    # node looks for modules beside the script.
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
