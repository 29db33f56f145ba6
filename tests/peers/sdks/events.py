"""Every event of every feature and of every shipped scenario, in each mode of deactivation, in the models of the WorkOS SDKs.

`scimulate check` and `scimulate run` play Okta against directories of one reference. The events are read through the Events
API, validated against the OpenAPI document, and parsed with the SDK for Python, then with those for Node and Rust. Each model
must keep every value of an event."""

import collections
import json
import pathlib
import subprocess
import sys
import urllib.request

import jsonschema_rs
import reference
from workos.events.models import EventSchema, EventSchemaUnknown

MODES = ["keep", "delete", "delete-retained"]
# Everything that a directory can show of its users.
USERS = {
    "custom_attributes": {"nick": "nickName"},
    "roles": {"groups": [{"group": "Research", "role": "researcher"}], "default": "member", "multiple": True},
}


def request(method, url, key, body=None):
    """Sends a request to the directory API, and returns the JSON response."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as response:
        text = response.read()
        return json.loads(text) if text else None


class Collection:
    """The directories of a reference, and the events that Okta's requests cause in them."""

    def __init__(self, announced):
        self.announced = announced
        self.api, self.key = announced["api_url"], announced["api_key"]

    def directory(self, name, settings):
        """Creates a directory, and returns the response."""
        body = {"organization_id": self.announced["organization_id"], "name": name, "settings": settings}
        return request("POST", f"{self.api}/scimulate/directories", self.key, body)

    def play(self, mode):
        """Starts the features and the scenarios in directories of this mode. Returns the processes and the directories."""
        features = self.directory(f"features {mode}", {"on_deactivate": mode})
        scenarios = self.directory(f"scenarios {mode}", {"on_deactivate": mode, "users": USERS})
        binary = str(reference.BINARY)
        check = [binary, "check", features["scim_url"], "--token", features["token"], "--quiet", "--on-deactivate", mode]
        check += ["--events-url", self.announced["events_url"], "--api-key", self.key]
        run = [binary, "run", "--url", scenarios["scim_url"], "--token", scenarios["token"]]
        listed = subprocess.run([binary, "run", "--list"], check=True, capture_output=True, text=True).stdout
        names = [line.split()[0] for line in listed.splitlines() if line and not line.startswith(" ")]
        assert len(names) > 20, names
        return [[check], [[*run, name] for name in names]], [features, scenarios]

    def end(self, directory):
        """Replaces the token of a directory, and removes it."""
        request("POST", f"{self.api}/scimulate/directories/{directory['id']}/tokens", self.key, {"revoke_old": True})
        request("DELETE", f"{self.api}/directories/{directory['id']}", self.key)

    def events(self):
        """Follows the cursor of the Events API to its end."""
        query = ""
        while True:
            page = request("GET", f"{self.api}/events?limit=100{query}", self.key)
            yield from page["data"]
            after = page["list_metadata"]["after"]
            if not after:
                return
            query = f"&after={after}"


def succeeds(commands):
    """Runs commands one after the other."""
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def collect(announced):
    """Plays everything, and returns the events in the order of the log."""
    collection = Collection(announced)
    for mode in MODES:
        plays, directories = collection.play(mode)
        for commands in plays:
            succeeds(commands)
        for directory in directories:
            collection.end(directory)
    return list(collection.events())


def strict(schema):
    """Returns a schema in which an object has no properties but those that are named."""
    if isinstance(schema, dict):
        closed = {"additionalProperties": False} if "properties" in schema else {}
        return closed | {key: strict(value) for key, value in schema.items()}
    return [strict(one) for one in schema] if isinstance(schema, list) else schema


def validator(document):
    """Returns the validator of events after the OpenAPI document."""
    components = strict(document["components"]["schemas"])
    schema = {"$ref": "#/components/schemas/Event", "components": {"schemas": components}}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def differences(sent, kept, path=""):
    """Returns the values of an event that a model does not keep. Absent and null are the same to the SDKs."""
    if isinstance(sent, dict) and isinstance(kept, dict):
        return [one for key, value in sent.items() for one in differences(value, kept.get(key), f"{path}/{key}")]
    if isinstance(sent, list) and isinstance(kept, list) and len(sent) == len(kept):
        return [one for at, value in enumerate(sent) for one in differences(value, kept[at], f"{path}/{at}")]
    return [] if sent == kept else [f"{path}: {sent!r} became {kept!r}"]


def parse(event, valid):
    """Validates an event, and parses it with the SDK for Python."""
    try:
        valid.validate(event)
    except jsonschema_rs.ValidationError as error:
        raise AssertionError(f"{error}: {json.dumps(event)}") from error
    model = EventSchema.from_dict(event)
    assert not isinstance(model, EventSchemaUnknown), event
    lost = differences(event, model.to_dict())
    assert not lost, f"the model for Python changes {lost} of {json.dumps(event)}"


def compact(event):
    """Returns the JSON text of an event as webhooks have it."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def main(out, node, rust):
    file = pathlib.Path(out) / "events.jsonl"
    with reference.serve(pathlib.Path(out) / "events.log") as announced:
        events = collect(announced)
        with urllib.request.urlopen(f"{announced['api_url']}/openapi.json") as response:
            document = json.load(response)
    file.write_text("".join(compact(event) + "\n" for event in events), encoding="utf-8")
    valid = validator(document)
    for event in events:
        parse(event, valid)
    counts = collections.Counter(event["event"] for event in events)
    assert len(counts) == 12, counts
    print(f"workos for Python: {len(events)} events parsed: {dict(counts)}")
    subprocess.run(["node", node, file], check=True)
    subprocess.run([rust, file], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
