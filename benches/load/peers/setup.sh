#!/usr/bin/env bash
# Installs the peers of the load bench, pinned: Python's in target/load-peers/venv, node's in target/load-peers/node.
# Needs python3 with venv, node 20 with npm, and for better-sqlite3 a C++ compiler where npm finds no ready binary.
# PostgreSQL (initdb, postgres) must be installed for the peers that store into it: apt-get install postgresql.
set -euo pipefail
cd "$(dirname "$0")"
out="${CARGO_TARGET_DIR:-../../../target}/load-peers"
mkdir -p "$out/node"

[ -x "$out/venv/bin/python" ] || python3 -m venv "$out/venv"
"$out/venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement requirements.txt

cp package.json "$out/node"
npm install --prefix "$out/node" --no-audit --no-fund --loglevel=error
