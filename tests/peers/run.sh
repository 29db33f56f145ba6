#!/usr/bin/env bash
# scimulate against servers that nobody here wrote. Installs them in a virtual environment under target/peers, pinned;
# leaves every report there. docs/peers.md says what was seen and why.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=target/peers
mkdir -p "$out"

if ! "$out/venv/bin/python" -c 'import scim2_server' 2>/dev/null; then
    rm -rf "$out/venv"
    if ! python3 -m venv "$out/venv"; then
        # Debian keeps what venv needs in a package of its own.
        sudo=""
        [ "$(id -u)" = 0 ] || sudo="sudo"
        $sudo apt-get update -qq
        $sudo apt-get install -y -qq python3-venv
        rm -rf "$out/venv"
        python3 -m venv "$out/venv"
    fi
fi
"$out/venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement tests/peers/requirements.txt

cargo build --quiet --locked --bin scimulate --example defective_proxy
exec "$out/venv/bin/python" tests/peers/scim2_server.py "$out"
