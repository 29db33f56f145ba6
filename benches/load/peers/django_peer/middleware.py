"""Checks the bearer token, because django-scim2 leaves authentication to the application."""

import os
from types import SimpleNamespace

EXPECTED = "Bearer " + os.environ.get("SCIM_TOKEN", "")
KNOWN, UNKNOWN = (SimpleNamespace(is_authenticated=known, is_anonymous=not known) for known in (True, False))


def bearer(get_response):
    def handle(request):
        request.user = KNOWN if request.headers.get("Authorization") == EXPECTED else UNKNOWN
        return get_response(request)

    return handle
