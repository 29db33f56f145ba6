#!/usr/bin/env bash
# Checks SCIM servers of other projects. Installs pinned versions in a virtual environment under target/peers and leaves all
# reports there. docs/peers.md lists the results and explains them.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=target/peers
mkdir -p "$out"

. tests/peers/venv.sh
venv "$out/venv" tests/peers/requirements.txt

cargo build --quiet --locked --bin scimulate --example defective_proxy
"$out/venv/bin/python" tests/peers/scim2_server.py "$out"

# A server with ten mistakes, mended by the first finding of each run. docs/eleven-runs.md is its transcript.
"$out/venv/bin/python" tests/peers/eleven_runs.py

# Servers with known faults.
venv "$out/others" tests/peers/others.txt
mkdir -p "$out/node"
cp tests/peers/package.json tests/peers/*.mjs "$out/node"
npm install --prefix "$out/node" --no-audit --no-fund --silent
exec "$out/others/bin/python" tests/peers/others.py "$out" "$out/node" "$out/others/bin/python"
