"""Webhooks through the WorkOS SDK for Python: an endpoint, an event over HTTP, and what the SDK must refuse."""

import hashlib
import hmac
import http.server
import queue
import threading
import time

from workos._errors import APIError
from workos.webhooks._verification import verify_event

PATIENCE = 20


class Receiver:
    """Receives webhooks on a free port, and keeps each as (body, signature)."""

    def __init__(self):
        self.arrived = arrived = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                arrived.put((body, self.headers["WorkOS-Signature"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def take(self):
        return self.arrived.get(timeout=PATIENCE)


def rejected(reason, **arguments):
    """Asserts that the SDK does not accept a signature, for this reason."""
    try:
        verify_event(**arguments)
    except ValueError as error:
        assert reason in str(error), error
        return
    raise AssertionError("the signature was accepted")


def journey(client, change):
    """Creates an endpoint, receives the event of `change`, verifies it, and tries to deceive the SDK."""
    receiver = Receiver()
    made = client.webhooks.create_webhook_endpoint(endpoint_url=receiver.url, events=["dsync.user.created"])
    assert (made.endpoint_url, made.status.value, made.events) == (receiver.url, "enabled", ["dsync.user.created"])
    listed = client.webhooks.list_webhook_endpoints().data
    assert [one.id for one in listed] == [made.id] and listed[0].secret != made.secret
    try:
        client.webhooks.create_webhook_endpoint(endpoint_url=receiver.url, events=["dsync.user.created"])
        raise AssertionError("the URL was accepted twice")
    except APIError as error:
        assert (error.status_code, error.code) == (409, "duplicate_endpoint"), error

    email = change()
    body, signature = receiver.take()
    event = client.webhooks.verify_event(event_body=body, event_signature=signature, secret=made.secret)
    assert (event.event, event.data.email) == ("dsync.user.created", email)
    log = client.events.list_events(events=["dsync.user.created"], order="desc", limit=1).data
    assert log[0] == event

    rejected("does not match", event_body=body, event_signature=signature, secret=made.secret + "x")
    changed = body.replace(b"active", b"absent")
    rejected("does not match", event_body=changed, event_signature=signature, secret=made.secret)
    # As a replay would be: authentic, but too old.
    old = str(int(time.time() * 1000) - 181_000)
    mac = hmac.new(made.secret.encode(), old.encode() + b"." + body, hashlib.sha256).hexdigest()
    rejected("tolerance", event_body=body, event_signature=f"t={old}, v1={mac}", secret=made.secret)

    changed = client.webhooks.update_webhook_endpoint(made.id, status="disabled")
    assert changed.status.value == "disabled"
    client.webhooks.delete_webhook_endpoint(made.id)
    assert client.webhooks.list_webhook_endpoints().data == []
    assert receiver.arrived.empty()
