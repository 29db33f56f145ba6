#!/usr/bin/env bash
# Runs the official WorkOS SDKs, unmodified and pinned, against the reference: the same journey in Python, in Node and in Rust.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=target/peers
mkdir -p "$out/sdks-node"

. tests/peers/venv.sh
venv "$out/sdks-venv" tests/peers/sdks/requirements.txt
cp tests/peers/sdks/package.json tests/peers/sdks/journey.mjs "$out/sdks-node"
npm install --prefix "$out/sdks-node" --no-audit --no-fund --silent

cargo build --quiet --locked --bin scimulate
cargo build --quiet --locked --manifest-path tests/peers/sdks/rust/Cargo.toml --target-dir "$out/sdks-rust"
PYTHONPATH=tests/peers exec "$out/sdks-venv/bin/python" tests/peers/sdks/journey.py "$out" "$out/sdks-node/journey.mjs" \
    "$out/sdks-rust/debug/workos-journey"
