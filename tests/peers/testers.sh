#!/usr/bin/env bash
# Testers that nobody here wrote, against a running reference. Installs them, pinned, in a virtual environment under
# target/peers; leaves every report there. docs/testers.md says what they flag and why.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=target/peers
venv=$out/testers-venv
mkdir -p "$out"

if ! cmp -s tests/peers/testers.txt "$venv/installed.txt"; then
    rm -rf "$venv"
    if ! python3 -m venv "$venv"; then
        # Debian keeps what venv needs in a package of its own.
        sudo=""
        [ "$(id -u)" = 0 ] || sudo="sudo"
        $sudo apt-get update -qq
        $sudo apt-get install -y -qq python3-venv
        rm -rf "$venv"
        python3 -m venv "$venv"
    fi
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement tests/peers/testers.txt
    cp tests/peers/testers.txt "$venv/installed.txt"
fi

cargo build --quiet --locked --bin scimulate
failed=0
for tester in scim2_tester scim_sanity scim2_client; do
    "$venv/bin/python" "tests/peers/run_$tester.py" "$out" || failed=1
done
exit "$failed"
