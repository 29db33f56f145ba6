"""Runs `scimulate check` against SCIM servers whose faults are known, and compares the findings with those that docs/peers.md explains.

Arguments: the directory for the reports, the directory of the node packages, the Python that has django-scim2.
Exits with 0 if every server has exactly the findings listed here.
"""

import json
import os
import pathlib
import subprocess
import sys

OUT, NODE, PYTHON = (pathlib.Path(argument).absolute() for argument in sys.argv[1:])
HERE = pathlib.Path(__file__).absolute().parent
SCIMULATE = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target")).absolute() / "debug/scimulate"

# Each server: its command, and its findings of profile all that are not notes.
PEERS = {
    "scimmy": (
        ["node", NODE / "scimmy.mjs"],
        {
            "okta/lookup-quotes:wrong-status:group",
            "okta/pathless-members:changed:group@oin",
            "oin/items-per-page:changed",
            "rfc/create-location:missing",
            "rfc/lookup-ignores-case:missing:user",
            "rfc/member-once:extra:group",
        },
    ),
    "saml-jackson": (
        ["node", NODE / "saml_jackson.mjs"],
        {
            "security/password-returned:extra:user",
            "okta/list-total:changed",
            "okta/lookup-apostrophe:missing:user",
            "okta/lookup-quotes:missing:group",
            "okta/lookup-renamed:missing:group",
            "okta/lookup-renamed:missing:user",
            "oin/error-status:missing:error",
            "rfc/conflict-type:missing:error",
            "rfc/create-location:missing",
            "rfc/put-conflict:wrong-status:user",
        },
    ),
    "django-scim2": (
        [PYTHON, HERE / "django_site/serve.py"],
        {
            "okta/group-rename-accepted:wrong-status:group@oin",
            "okta/group-lookup-finds:missing:group",
            "okta/lookup-quotes:wrong-status:group",
            "oin/error-schema:missing:error",
            "oin/password-accepted:wrong-status:user",
            "rfc/conflict-type:missing:error",
            "rfc/group-create-members:missing:group",
            "rfc/missing-token-error:missing:error",
        },
    ),
}


def check(name, command):
    """Starts a server, checks it, and returns the exit code and the findings that are not notes."""
    log = open(OUT / f"{name}.log", "w")
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        url, token = server.stdout.readline().split()
        report = OUT / f"{name}.json"
        report.unlink(missing_ok=True)
        arguments = [SCIMULATE, "check", url, "--token", token, "--profile", "all", "--seed", "1", "--timeout", "60s"]
        arguments += ["--json", report]
        with open(OUT / f"{name}.txt", "w") as text:
            code = subprocess.run(arguments, stdout=text, stderr=subprocess.STDOUT, timeout=600).returncode
    finally:
        server.kill()
        server.wait()
    run = json.loads(report.read_text())
    return code, {finding["id"] for finding in run["findings"] if finding["level"] != "note"}


def main():
    wrong = 0
    for name, (command, expected) in PEERS.items():
        code, found = check(name, command)
        print(f"{name}: exit {code}, {len(found)} findings")
        for finding in sorted(found - expected):
            print(f"WRONG {name}: a finding that docs/peers.md does not explain: {finding}")
        for finding in sorted(expected - found):
            print(f"WRONG {name}: a known fault that was not found: {finding}")
        wrong += code != 1 or found != expected
    return 1 if wrong else 0


sys.exit(main())
