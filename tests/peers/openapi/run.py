"""Starts the reference, adds users and a group, and runs schemathesis with its OpenAPI document."""

import json
import os
import pathlib
import subprocess
import sys
import urllib.request

import reference

PEOPLE = 12
EXAMPLES = 8  # for each operation and phase
SECONDS = 60  # schemathesis then stops and reports what it has found
ROOT = pathlib.Path(__file__).resolve().parent


def scim(announced, path, body):
    request = urllib.request.Request(
        announced["scim_url"] + path,
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {announced['token']}", "Content-Type": "application/scim+json"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["id"]


def populate(announced):
    user = "urn:ietf:params:scim:schemas:core:2.0:User"
    names = [f"person{number}@example.com" for number in range(PEOPLE)]
    ids = [scim(announced, "/Users", {"schemas": [user], "userName": name, "active": True}) for name in names]
    group = "urn:ietf:params:scim:schemas:core:2.0:Group"
    scim(announced, "/Groups", {"schemas": [group], "displayName": "Team", "members": [{"value": id} for id in ids]})


def main(out):
    with reference.serve(out / "openapi-serve.log") as announced:
        populate(announced)
        command = [
            (pathlib.Path(sys.executable).parent / "schemathesis").absolute(),
            "--config-file",
            ROOT / "schemathesis.toml",
            "run",
            f"{announced['api_url']}/openapi.json",
            "--max-examples",
            str(EXAMPLES),
            "--max-time",
            str(SECONDS),
            "--header",
            f"Authorization: Bearer {announced['api_key']}",
        ]
        hooks = os.environ | {"PYTHONPATH": str(ROOT)}
        # In the folder of reports, because schemathesis leaves a cache where it runs.
        ran = subprocess.run(command, cwd=out, env=hooks, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    (out / "openapi.txt").write_text(ran.stdout)
    print(ran.stdout if ran.returncode else ran.stdout[ran.stdout.rfind("=== SUMMARY") :])
    return ran.returncode


sys.exit(main(pathlib.Path(sys.argv[1])))
