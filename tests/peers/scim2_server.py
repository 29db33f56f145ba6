"""Runs `scimulate check` against scim2-server. The server must pass, and each planted fault must be found.

Argument: the directory for the reports. Exits with 0 if all results are as expected.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time

OUT = pathlib.Path(sys.argv[1])
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target")) / "debug"
TOKEN = "a-token-of-the-peers"
# On a busy machine the single process of scim2-server needs more than the 10 s that the harness waits by default.
TIMEOUT = "60s"

# Each fault of the proxy, with results that must deviate. Others may deviate too; docs/peers.md lists them.
FAULTS = {
    "pathless-patch-ignored": ("okta/deactivate/unassign@oin", "okta/push-groups/rename@oin"),
    "username-filter-ignored": ("okta/create/new@oin", "okta/create/new@aiw", "oin/acceptance/unknown-name"),
    "inactive-hidden-from-lookup": ("okta/reactivate/reassign@oin", "okta/reactivate/reassign@aiw"),
    "replace-members-adds": ("okta/push-groups/push-now@oin",),
    "remove-member-empties-group": ("okta/push-groups/remove@oin", "okta/push-groups/swap@oin"),
    "put-drops-external-id": ("okta/update/mapped@oin", "okta/update/mapped@aiw"),
    "counters-as-strings": ("okta/connect/test-credentials@oin", "oin/acceptance/list"),
    "duplicate-answered-200": ("oin/acceptance/duplicate",),
    "patch-answered-with-old-state": ("okta/deactivate/unassign@oin",),
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process):
    for _ in range(200):
        if process.poll() is not None:
            sys.exit(f"the process on port {port} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


def check(name, url):
    """Runs a check and returns (exit code, {result: verdict})."""
    report = OUT / f"{name}.json"
    report.unlink(missing_ok=True)
    command = [TARGET / "scimulate", "check", url, "--token", TOKEN, "--profile", "all", "--seed", "1", "--timeout", TIMEOUT, "--json", report, "--junit", OUT / f"{name}.xml"]
    with open(OUT / f"{name}.txt", "w") as text:
        code = subprocess.run(command, stdout=text, stderr=subprocess.STDOUT, timeout=600).returncode
    results = json.loads(report.read_text())["scenarios"]
    return code, {result["id"]: result["verdict"] for result in results}


def main():
    server_port = free_port()
    origin = f"http://127.0.0.1:{server_port}"
    log = open(OUT / "scim2-server.log", "w")
    server = subprocess.Popen(
        [OUT / "venv/bin/scim2-server", "--bearer-token", TOKEN, "--port", str(server_port)], stdout=log, stderr=log
    )
    wrong = []
    try:
        wait_for(server_port, server)
        code, sound = check("sound", f"{origin}/v2")
        counts = {verdict: list(sound.values()).count(verdict) for verdict in sorted(set(sound.values()))}
        print(f"scim2-server, sound: exit {code}, {counts}")
        alarms = [name for name, verdict in sound.items() if verdict not in ("passed", "not_observed", "note", "weak")]
        if code != 0 or alarms or not counts.get("passed"):
            wrong.append(f"sound server: exit {code}, {alarms}")
        for fault, concerned in FAULTS.items():
            proxy = subprocess.Popen([TARGET / "examples/defective_proxy", origin, fault], stdout=subprocess.PIPE, text=True)
            try:
                base = proxy.stdout.readline().strip()
                code, verdicts = check(fault, f"{base}/v2")
            finally:
                proxy.kill()
                proxy.wait()
            deviating = sorted(name for name, verdict in verdicts.items() if verdict == "deviation")
            print(f"{fault}: exit {code}, deviations: {', '.join(deviating) or 'none'}")
            missed = {name: verdicts.get(name) for name in concerned if name not in deviating}
            if code != 1 or not deviating or missed:
                wrong.append(f"{fault}: exit {code}, {len(deviating)} deviations, missed {missed}")
    finally:
        server.terminate()
        server.wait()
    for line in wrong:
        print("WRONG", line)
    return 1 if wrong else 0


sys.exit(main())
