"""Runs scim2-tester against the reference. Every check must succeed, and none may be skipped.

Argument: the directory for the report.
"""

import json
import pathlib
import sys

import reference
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

OUT = pathlib.Path(sys.argv[1])
GOOD = (Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE)


def main():
    with reference.serve(OUT / "scim2-tester.log") as served:
        client = Client(base_url=served["scim_url"], headers={"Authorization": f"Bearer {served['token']}"})
        results = check_server(SyncSCIMClient(client))
    rows = [
        {"check": result.title, "of": result.resource_type, "status": result.status.name, "reason": result.reason, "data": str(result.data)[:2000]}
        for result in results
    ]
    (OUT / "scim2-tester.json").write_text(json.dumps(rows, indent=1))
    flagged = [(f"{row['check']} {row['of'] or ''}".strip(), f"{row['status']}: {row['reason']}") for row, result in zip(rows, results) if result.status not in GOOD]
    return reference.judge("scim2-tester", flagged, len(results))


sys.exit(main())
