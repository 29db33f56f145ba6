"""Plays the teaching server: checks it, reads the first finding, fixes only what that finding says, and checks again.

    eleven_runs.py [--write]

The server works with Okta after at most eleven runs, or this script fails. The first finding of each run is compared with
docs/eleven-runs.md, which --write writes.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).absolute().parent
PAGE = HERE.parent.parent / "docs/eleven-runs.md"
SCIMULATE = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target")).absolute() / "debug/scimulate"
TOKEN = "a-token-of-the-teaching-server"

# The finding that a developer would act on -> the mistake in the server, and the change that the finding asks for.
FIXES = {
    "security/wrong-token:wrong-status:user": (1, "compare the token with the configured one"),
    "security/password-returned:extra:user": (2, "leave `password` out of responses"),
    "okta/list-resources:missing": (3, "always return `Resources`"),
    "okta/pathless-patch:changed@oin": (4, "apply each attribute of `value` if an operation has no `path`"),
    "okta/lookup-matches:extra:user": (5, "compare the whole value in `eq`"),
    "okta/group-lookup-matches:extra:group": (5, "compare the whole value in `eq`"),
    "okta/lookup-inactive:missing:user": (6, "do not hide inactive users"),
    "okta/lookup-renamed:missing:user": (7, "look users up in the table that writes change"),
    "okta/old-name-free:extra:user": (7, "look users up in the table that writes change"),
    "okta/patch-add-members:changed:group@oin": (8, "append the members of an `add`"),
    "okta/put-members:changed:group@aiw": (9, "replace the members by those of a PUT"),
    "okta/list-total:changed": (10, "count all matches, not those of the page"),
}

HEAD = """# Eleven runs

A SCIM server as a first attempt might look, [tests/peers/ten_mistakes.py](../tests/peers/ten_mistakes.py), has ten mistakes. The script
`tests/peers/eleven_runs.py` checks it, reads the first finding, fixes only what that finding says, and checks again. This page is its
transcript. It shows of each run the first finding and the conclusion; IDs, names and times are replaced.
"""


def check(fixed):
    """Runs one check, and returns exit code, report and the text of the terminal."""
    command = [sys.executable, HERE / "ten_mistakes.py", TOKEN, "--fixed", ",".join(map(str, fixed))]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        url, token = server.stdout.readline().split()
        with tempfile.NamedTemporaryFile(suffix=".json") as report:
            arguments = [SCIMULATE, "check", url, "--token", token, "--seed", "1", "--concurrency", "1", "--json", report.name]
            result = subprocess.run(arguments, capture_output=True, text=True, timeout=300)
            return result.returncode, json.loads(pathlib.Path(report.name).read_text()), result.stdout, url
    finally:
        server.kill()
        server.wait()


def stable(text, run, url):
    """Replaces what differs between runs."""
    text = text.replace(url, "http://127.0.0.1:8080/scim").replace(run["run_id"], "RUN")
    names = {}
    number = lambda found: names.setdefault(found[0], f"ID-{len(names) + 1}")
    text = re.sub(r"\b[0-9a-f]{32}\b", number, text)
    return re.sub(r"\d+ requests in [\d.]+ s", "… requests in … s", text)


def main():
    fixed, page = [], [HEAD]
    for turn in range(1, 12):
        code, run, text, url = check(fixed)
        text = stable(text, run, url)
        conclusion = "\n".join(text.rstrip().splitlines()[-2:])
        page.append(f"\n## Run {turn}\n")
        if code == 0:
            page.append(f"```text\n{conclusion}\n```\n")
            break
        first = text.split("\n\n")[0].split("\n")
        # Commands and lists of results are long, and change with every new scenario.
        shown = [line for line in first if not re.match(r"  (curl|repeat|results) ", line)]
        page.append("```text\n" + "\n".join(shown) + "\n\n" + conclusion + "\n```\n")
        finding = run["findings"][0]["id"]
        if finding not in FIXES:
            print(f"WRONG run {turn}: the first finding is {finding}, which no mistake of the server explains\n{text}")
            return 1
        mistake, change = FIXES[finding]
        if mistake in fixed:
            print(f"WRONG run {turn}: the first finding is {finding}, and mistake {mistake} is fixed\n{text}")
            return 1
        print(f"run {turn}: {finding}, so fix {mistake}: {change}")
        page.append(f"**The change:** {change}.\n")
        fixed.append(mistake)
    else:
        print("WRONG: the server does not work after eleven runs")
        return 1
    print(f"run {turn}: exit code 0")
    text = "\n".join(page)
    if "--write" in sys.argv:
        PAGE.write_text(text)
        return 0
    # The order and the identity of findings are what the page is about: the rest changes with wordings.
    heads = lambda text: re.findall(r"^(?:## Run \d+|deviation \S+|\*\*The change:.*)", text, re.M)
    if heads(PAGE.read_text()) != heads(text):
        print("WRONG: docs/eleven-runs.md differs: python3 tests/peers/eleven_runs.py --write")
        return 1
    return 0


sys.exit(main())
