"""A SCIM server as a first attempt might look: standard library only, resources in memory, and ten mistakes.

    ten_mistakes.py TOKEN [--fixed N[,N...]]

Prints `URL TOKEN` and serves until it is killed. Each mistake has a number; --fixed switches mistakes off. Everything that is
not a mistake works with Okta. eleven_runs.py fixes them one by one, as the findings of `scimulate check` ask.

 1  any bearer token is accepted
 2  responses contain the password
 3  an empty list has no `Resources`
 4  a PATCH operation without `path` is ignored
 5  `eq` compares a part of the value
 6  lookups hide inactive users
 7  the index of userNames is not updated by a rename
 8  PATCH `add` with path `members` replaces the list
 9  PUT of a group adds members and removes none
10  `totalResults` is the length of the page
"""

import json
import re
import sys
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = sys.argv[1]
FIXED = set()
if "--fixed" in sys.argv:
    FIXED = {int(number) for number in sys.argv[sys.argv.index("--fixed") + 1].split(",") if number}

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"

users, groups = {}, {}
# Lower-case userName -> id.
names = {}


class Problem(Exception):
    """A SCIM error."""

    def __init__(self, status, detail, scim_type=None):
        super().__init__(detail)
        self.status, self.detail, self.scim_type = status, detail, scim_type


def show(resource):
    if 2 in FIXED:
        return {name: value for name, value in resource.items() if name != "password"}
    return resource


def with_location(resource, base, collection):
    kind = "User" if collection == "Users" else "Group"
    location = f"{base}/{collection}/{resource['id']}"
    return {**show(resource), "meta": {"resourceType": kind, "location": location}}


def find(collection, expression):
    """Returns the resources that a filter selects."""
    match = re.fullmatch(r'(\w+) eq ("(?:[^"\\]|\\.)*")', expression)
    if not match:
        raise Problem(400, f"cannot parse the filter {expression}", "invalidFilter")
    attribute, value = match[1], json.loads(match[2]).lower()
    if attribute == "userName" and 7 not in FIXED and value in names:
        return [users[names[value]]] if names[value] in users else []
    store = users if collection == "Users" else groups
    if attribute == "userName" and 7 not in FIXED:
        indexed = {key: users[id] for key, id in names.items() if id in users}
        return [user for name, user in indexed.items() if 5 not in FIXED and value in name]
    if 5 in FIXED:
        return [one for one in store.values() if str(one.get(attribute, "")).lower() == value]
    return [one for one in store.values() if value in str(one.get(attribute, "")).lower()]


def list_resources(collection, query):
    store = users if collection == "Users" else groups
    found = find(collection, query["filter"]) if "filter" in query else list(store.values())
    if collection == "Users" and 6 not in FIXED:
        found = [user for user in found if user.get("active", True)]
    start, count = max(int(query.get("startIndex", 1)), 1), min(int(query.get("count", 100)), 100)
    page = found[start - 1 : start - 1 + count]
    total = len(found) if 10 in FIXED else len(page)
    body = {"schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": len(page)}
    if page or 3 in FIXED:
        body["Resources"] = page
    return body


def check_unique(name, id=None):
    for user in users.values():
        if user["userName"].lower() == name.lower() and user["id"] != id:
            raise Problem(409, f"the userName {name} is taken", "uniqueness")


def create(collection, body):
    resource = {**body, "id": uuid.uuid4().hex}
    if collection == "Users":
        resource.pop("groups", None)
        check_unique(resource["userName"])
        users[resource["id"]] = resource
        names[resource["userName"].lower()] = resource["id"]
    else:
        resource.setdefault("members", [])
        groups[resource["id"]] = resource
    return resource


def replace(collection, id, body):
    if collection == "Users":
        check_unique(body["userName"], id)
        body.pop("groups", None)
        users[id] = {**body, "id": id}
        if 7 in FIXED:
            names[body["userName"].lower()] = id
        return users[id]
    members = body.get("members", [])
    if 9 not in FIXED:
        sent = {member["value"] for member in members}
        members = [member for member in groups[id]["members"] if member["value"] not in sent] + members
    groups[id] = {**body, "id": id, "members": members}
    return groups[id]


def patch(resource, operations):
    for operation in operations:
        op, path, value = operation["op"].lower(), operation.get("path"), operation.get("value")
        if path is None:
            if 4 in FIXED:
                resource.update({name: new for name, new in value.items() if name != "id"})
        elif path == "members" and op == "add" and 8 in FIXED:
            have = {member["value"] for member in resource["members"]}
            resource["members"] = resource["members"] + [member for member in value if member["value"] not in have]
        elif path == "members" and op in ("add", "replace"):
            resource["members"] = value
        elif path.startswith("members[") and op == "remove":
            gone = path.split('"')[1]
            resource["members"] = [member for member in resource["members"] if member["value"] != gone]
        elif op == "remove":
            resource.pop(path, None)
        else:
            resource[path] = value


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in one packet: in two, each response waits 40 ms for a delayed acknowledgment.
    wbufsize = -1
    disable_nagle_algorithm = True

    def authenticate(self):
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Problem(401, "the Authorization header has no bearer token")
        if 1 in FIXED and token != TOKEN:
            raise Problem(401, "the token is not valid")

    def respond(self, status, body=None, headers=()):
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Type", "application/scim+json")
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def route(self):
        url = urllib.parse.urlsplit(self.path)
        query = {name: values[0] for name, values in urllib.parse.parse_qs(url.query).items()}
        parts = [urllib.parse.unquote(part) for part in url.path.strip("/").split("/")]
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.authenticate()
        if len(parts) not in (2, 3) or parts[0] != "scim" or parts[1] not in ("Users", "Groups"):
            raise Problem(404, f"there is no {url.path}")
        collection, base = parts[1], f"http://{self.headers.get('Host')}/scim"
        store = users if collection == "Users" else groups
        if len(parts) == 2 and self.command == "GET":
            body = list_resources(collection, query)
            if "Resources" in body:
                body["Resources"] = [with_location(one, base, collection) for one in body["Resources"]]
            return self.respond(200, body)
        if len(parts) == 2 and self.command == "POST":
            created = with_location(create(collection, body), base, collection)
            return self.respond(201, created, [("Location", created["meta"]["location"])])
        if len(parts) == 2 or self.command == "POST":
            raise Problem(405, f"{self.command} is not possible here")
        id = parts[2]
        if id not in store:
            raise Problem(404, f"there is no {id}")
        if self.command == "DELETE":
            del store[id]
            for group in groups.values():
                group["members"] = [member for member in group["members"] if member["value"] != id]
            return self.respond(204)
        if self.command == "PUT":
            replace(collection, id, body)
        elif self.command == "PATCH":
            patch(store[id], body["Operations"])
        return self.respond(200, with_location(store[id], base, collection))

    def serve(self):
        try:
            self.route()
        except Problem as problem:
            error = {"schemas": [ERROR], "status": str(problem.status), "detail": problem.detail}
            if problem.scim_type:
                error["scimType"] = problem.scim_type
            self.respond(problem.status, error)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_address[1]}/scim {TOKEN}", flush=True)
server.serve_forever()
