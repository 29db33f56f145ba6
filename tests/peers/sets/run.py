"""Verifies the security event tokens of a journey with joserfc: signature, header, issuer, audience and claims (RFC 9967)."""

import base64
import http.server
import json
import pathlib
import queue
import sys
import threading
import urllib.error
import urllib.request

import reference
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
PROV = "urn:ietf:params:scim:event:prov:"
AUDIENCE = "https://receiver.example/feed"
# One list of kinds for each write of the journey.
KINDS = [
    ["create:notice"],
    ["patch:notice"],
    ["patch:notice", "deactivate"],
    ["put:notice", "activate"],
    ["create:notice"],
    ["patch:notice"],
    ["delete"],
    ["delete"],
]


def send(method, url, token=None, body=None):
    """Sends a request with a JSON body and returns the JSON response."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as response:
        text = response.read()
        return json.loads(text) if text else None


class Receiver(http.server.BaseHTTPRequestHandler):
    """A receiver of pushed tokens (RFC 8935)."""

    received = queue.Queue()

    def do_POST(self):
        assert self.headers["Content-Type"] == "application/secevent+jwt", self.headers
        assert self.headers["Accept"] == "application/json", self.headers
        assert self.headers["Authorization"] == "Bearer of-the-receiver", self.headers
        Receiver.received.put(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def journey(scim_url, token):
    """Makes one write of every kind."""

    def patch(path, operations):
        send("PATCH", f"{scim_url}{path}", token, {"schemas": [PATCH], "Operations": operations})

    ann = {"schemas": [USER], "userName": "ann@example.com", "externalId": "00uann", "active": True}
    user = f"/Users/{send('POST', f'{scim_url}/Users', token, ann)['id']}"
    patch(user, [{"op": "replace", "path": "title", "value": "Lead"}])
    patch(user, [{"op": "replace", "path": "active", "value": False}])
    send("PUT", f"{scim_url}{user}", token, ann)
    group = send("POST", f"{scim_url}/Groups", token, {"schemas": [GROUP], "displayName": "Crew"})["id"]
    group = f"/Groups/{group}"
    patch(group, [{"op": "add", "path": "members", "value": [{"value": user.rsplit("/", 1)[1]}]}])
    send("DELETE", f"{scim_url}{user}", token)
    send("DELETE", f"{scim_url}{group}", token)
    return [user] * 4 + [group] * 2 + [user, group]


def verified(token, stream, keys):
    """Verifies a token as a receiver does, and returns its claims."""
    decoded = jwt.decode(token, keys, algorithms=["ES256"])
    assert decoded.header["typ"] == "secevent+jwt", decoded.header
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": stream["issuer"]},
        aud={"essential": True, "value": stream["audience"]},
        iat={"essential": True},
        jti={"essential": True},
    )
    registry.validate(decoded.claims)
    header, payload, signature = token.split(".")
    other = base64.urlsafe_b64encode(b"{}").rstrip(b"=").decode()
    assert other != payload
    try:
        jwt.decode(f"{header}.{other}.{signature}", keys, algorithms=["ES256"])
    except BadSignatureError:
        return decoded.claims
    raise AssertionError("a changed token was accepted")


def judge(how, claims, subjects):
    """Compares the claims of all tokens with the writes of the journey."""
    assert [claim["sub_id"]["uri"] for claim in claims] == subjects, claims
    assert all(claim["sub_id"]["format"] == "scim" and "sub" not in claim for claim in claims), claims
    kinds = [[uri.removeprefix(PROV) for uri in claim["events"]] for claim in claims]
    assert kinds == KINDS, kinds
    for claim in claims:
        for uri, payload in claim["events"].items():
            if uri.endswith(":notice"):
                assert payload["attributes"] and payload["version"].startswith("W/"), claim
                assert "data" not in payload, claim
            else:
                assert payload == {}, claim
    assert len({claim["jti"] for claim in claims}) == len({claim["txn"] for claim in claims}) == len(KINDS), claims
    print(f"sets: {len(claims)} tokens {how} and verified with joserfc")


def main(out):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with reference.serve(pathlib.Path(out) / "sets.log") as served:
        base = served["events_url"].removesuffix("/events")
        streams = f"{base}/scimulate/directories/{served['directory_id']}/event_streams"
        polled = send("POST", streams, served["api_key"], {"delivery": "poll", "audience": AUDIENCE})
        push = {
            "delivery": "push",
            "endpoint_url": f"http://127.0.0.1:{server.server_address[1]}/",
            "authorization": "Bearer of-the-receiver",
        }
        pushed = send("POST", streams, served["api_key"], push)
        subjects = journey(served["scim_url"], served["token"])

        config = send("GET", f"{served['scim_url']}/ServiceProviderConfig", served["token"])["securityEvents"]
        assert config["asyncRequest"] == "none", config
        assert {f"{PROV}{kind}" for kinds in KINDS for kind in kinds} == set(config["eventUris"]), config

        keys = KeySet.import_key_set(send("GET", polled["jwks_url"]))
        body, claims = {"maxEvents": 3}, []
        while True:
            reply = send("POST", polled["poll_url"], polled["token"], {**body, "returnImmediately": True})
            claims += [verified(token, polled, keys) for token in reply["sets"].values()]
            body["ack"] = list(reply["sets"])
            if not reply["sets"]:
                break
        judge("polled", claims, subjects)
        try:
            send("POST", polled["poll_url"], "wrong", {})
        except urllib.error.HTTPError as error:
            assert error.code == 401, error
        else:
            raise AssertionError("a wrong token was accepted")

        keys = KeySet.import_key_set(send("GET", pushed["jwks_url"]))
        received = [Receiver.received.get(timeout=30) for _ in KINDS]
        judge("pushed", [verified(token, pushed, keys) for token in received], subjects)


main(sys.argv[1])
