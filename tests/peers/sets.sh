#!/usr/bin/env bash
# Verifies a security event token of every kind, polled and pushed, with joserfc, a JOSE library that shares no code with scimulate.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=target/peers
mkdir -p "$out"

. tests/peers/venv.sh
venv "$out/sets-venv" tests/peers/sets/requirements.txt

cargo build --quiet --locked --bin scimulate
PYTHONPATH=tests/peers exec "$out/sets-venv/bin/python" tests/peers/sets/run.py "$out"
