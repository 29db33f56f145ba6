#!/usr/bin/env bash
# scimulate against servers that nobody here wrote. Installs them in a virtual environment under target/peers, pinned;
# leaves every report there. docs/peers.md says what was seen and why.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=target/peers
mkdir -p "$out"

. tests/peers/venv.sh
venv "$out/venv" tests/peers/requirements.txt

cargo build --quiet --locked --bin scimulate --example defective_proxy
exec "$out/venv/bin/python" tests/peers/scim2_server.py "$out"
