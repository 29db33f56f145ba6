"""Settings of gunicorn for the Python peers. Connections stay open; one printed line contains the URL."""

import os

TOKEN = "a-token-of-the-peers"

bind = "127.0.0.1:0"
workers = 1
worker_class = "gthread"
threads = int(os.environ.get("THREADS", "8"))
keepalive = 120
accesslog = None
loglevel = "warning"
raw_env = [f"SCIM_TOKEN={TOKEN}"]


def post_worker_init(worker):
    host, port = worker.sockets[0].getsockname()
    print(f"http://{host}:{port}{os.environ['SCIM_BASE']} {TOKEN}", flush=True)
