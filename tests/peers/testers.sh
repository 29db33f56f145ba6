#!/usr/bin/env bash
# Runs SCIM testers of other projects against the reference. Installs pinned versions in a virtual environment under
# target/peers and leaves all reports there. docs/testers.md explains what they report.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=target/peers
venv=$out/testers-venv
mkdir -p "$out"

. tests/peers/venv.sh
venv "$venv" tests/peers/testers.txt

cargo build --quiet --locked --bin scimulate
failed=0
for tester in scim2_tester scim_sanity scim2_client; do
    "$venv/bin/python" "tests/peers/run_$tester.py" "$out" || failed=1
done
exit "$failed"
