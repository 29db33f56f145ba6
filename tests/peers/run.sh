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
exec "$out/venv/bin/python" tests/peers/scim2_server.py "$out"
