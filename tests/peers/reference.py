"""Runs the reference as a separate process for the duration of a `with` block."""

import contextlib
import json
import os
import pathlib
import subprocess

BINARY = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target")) / "debug" / "scimulate"


@contextlib.contextmanager
def serve(log):
    """Starts `scimulate serve` on a free port and yields its announcement: scim_url, token, ..."""
    command = [BINARY, "serve", "--ephemeral", "--listen", "127.0.0.1:0", "--json"]
    with open(log, "w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(timeout=30)


def allowed(tester):
    """Returns the reports that docs/testers.md explains: {name of a check: reason}."""
    return json.loads(pathlib.Path("tests/peers/allowed.json").read_text())[tester]


def judge(tester, flagged, ran):
    """Prints the reports of a tester. Returns 1 if one is not explained, if an explained one is missing, or if nothing ran."""
    known = allowed(tester)
    unexplained = [(name, what) for name, what in flagged if name not in known]
    for name, what in unexplained:
        print(f"{tester}: {name}: {what}")
    seen = {name for name, _ in flagged}
    for name in known:
        if name not in seen:
            print(f"{tester}: {name} is explained in allowed.json, but is no longer reported")
    print(f"{tester}: {ran} checks, {len(flagged)} reported, {len(unexplained)} of them unexplained")
    return 1 if unexplained or not ran or seen != set(known) else 0
