#!/usr/bin/env bash
# Opens the page at / in Chromium or Chrome, if one is installed.
set -euo pipefail
cd "$(dirname "$0")/../.."

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
    echo "page: skipped, because neither Chromium nor Chrome is installed"
    exit 0
fi

out=target/peers/page-node
mkdir -p "$out"
cp tests/peers/page/package.json tests/peers/page/page.mjs "$out"
npm install --prefix "$out" --no-audit --no-fund --silent

cargo build --quiet --locked --bin scimulate
BROWSER=$browser PYTHONPATH=tests/peers exec python3 tests/peers/page/run.py target/peers "$out/page.mjs"
