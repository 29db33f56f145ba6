"""Serves django-scim2, set up as its documentation says: models with its mixins, its own adapters, SQLite, a bearer token."""

import os
import sys
import tempfile
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from socketserver import ThreadingMixIn

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

TOKEN = "a-token-of-the-peers"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


def main():
    server = Server(("127.0.0.1", 0), Quiet)
    netloc = f"127.0.0.1:{server.server_port}"
    settings.configure(
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="peers",
        ROOT_URLCONF="app.urls",
        USE_TZ=True,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": os.path.join(tempfile.mkdtemp(), "db.sqlite3"),
                "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE"},
            }
        },
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_scim", "app"],
        AUTH_USER_MODEL="app.User",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        MIDDLEWARE=["app.bearer.Bearer", "django_scim.middleware.SCIMAuthCheckMiddleware"],
        SCIM_SERVICE_PROVIDER={
            "NETLOC": netloc,
            "SCHEME": "http",
            "GROUP_MODEL": "app.models.Group",
            "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "Bearer", "description": "Bearer"}],
            "WWW_AUTHENTICATE_HEADER": "Bearer",
        },
        PEERS_TOKEN=TOKEN,
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    server.set_app(get_wsgi_application())
    print(f"http://{netloc}/scim/v2 {TOKEN}", flush=True)
    server.serve_forever()


main()
