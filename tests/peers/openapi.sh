#!/usr/bin/env bash
# Runs schemathesis, pinned, by the OpenAPI document of the reference against the reference. Its report is in target/peers.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=target/peers
mkdir -p "$out"

. tests/peers/venv.sh
venv "$out/openapi-venv" tests/peers/openapi/requirements.txt

cargo build --quiet --locked --bin scimulate
PYTHONPATH=tests/peers exec "$out/openapi-venv/bin/python" tests/peers/openapi/run.py "$out"
