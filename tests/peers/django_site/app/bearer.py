from django.conf import settings
from django.contrib.auth.models import AnonymousUser


class Caller:
    is_authenticated = True
    is_anonymous = False


class Bearer:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        known = scheme.lower() == "bearer" and token == settings.PEERS_TOKEN
        request.user = Caller() if known else AnonymousUser()
        return self.get_response(request)
