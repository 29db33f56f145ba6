#!/usr/bin/env bash
# Installs pinned versions of the load bench's peers: Python packages in target/load-peers/venv, node packages in
# target/load-peers/node.
# Needs python3 with venv, node 20 with npm, and a C++ compiler if npm finds no binary of better-sqlite3.
# The peers with PostgreSQL need its programs (initdb, postgres): apt-get install postgresql.
set -euo pipefail
cd "$(dirname "$0")"
out="${CARGO_TARGET_DIR:-../../../target}/load-peers"
mkdir -p "$out/node"

[ -x "$out/venv/bin/python" ] || python3 -m venv "$out/venv"
"$out/venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement requirements.txt

cp package.json "$out/node"
npm install --prefix "$out/node" --no-audit --no-fund --loglevel=error
