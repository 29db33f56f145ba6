"""Starts the reference, and opens its page in a browser."""

import json
import os
import pathlib
import subprocess
import sys

import reference

out, script = pathlib.Path(sys.argv[1]), sys.argv[2]
with reference.serve(out / "page-serve.log") as announced:
    result = subprocess.run(["node", script], env=os.environ | {"ANNOUNCED": json.dumps(announced)})
sys.exit(result.returncode)
