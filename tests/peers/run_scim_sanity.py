"""Runs scim-sanity against the reference, in strict mode. docs/testers.md explains what it reports.

Argument: the directory for the report.
"""

import json
import pathlib
import subprocess
import sys

import reference

OUT = pathlib.Path(sys.argv[1])


def main():
    program = pathlib.Path(sys.executable).parent / "scim-sanity"
    with reference.serve(OUT / "scim-sanity.log") as served:
        command = [program, "probe", served["scim_url"], "--token", served["token"], "--json-output", "--i-accept-side-effects"]
        probed = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=300)
    (OUT / "scim-sanity.json").write_text(probed.stdout)
    results = json.loads(probed.stdout)["results"]
    flagged = [(row["name"], f"{row['status']}: {row.get('message', '')}") for row in results if row["status"] != "pass"]
    return reference.judge("scim-sanity", flagged, len(results))


sys.exit(main())
