#!/usr/bin/env bash
# Runs the official WorkOS SDKs, unmodified and pinned, against the reference: the same journey in Python, in Node and in
# Rust, and the events of all features and scenarios in the models of each.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=target/peers
mkdir -p "$out/sdks-node"

. tests/peers/venv.sh
venv "$out/sdks-venv" tests/peers/sdks/requirements.txt
cp tests/peers/sdks/package.json tests/peers/sdks/*.mjs "$out/sdks-node"
npm install --prefix "$out/sdks-node" --no-audit --no-fund --silent

cargo build --quiet --locked --bin scimulate
cargo build --quiet --locked --manifest-path tests/peers/sdks/rust/Cargo.toml --target-dir "$out/sdks-rust"

sdk() { # sdk NAME: runs NAME.py, which runs NAME.mjs and the program in Rust
    PYTHONPATH=tests/peers "$out/sdks-venv/bin/python" "tests/peers/sdks/$1.py" "$out" "$out/sdks-node/$1.mjs" \
        "$out/sdks-rust/debug/workos-journey"
}
sdk journey
sdk events
