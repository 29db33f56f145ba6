"""Settings of django-scim2 on SQLite (write-ahead log, every commit synced) or PostgreSQL."""

import os
from urllib.parse import urlsplit

ALLOWED_HOSTS = ["*"]
AUTH_USER_MODEL = "django_peer.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_scim", "django_peer"]
MIDDLEWARE = ["django_peer.middleware.bearer"]
# The tables are created from the models, without migrations.
MIGRATION_MODULES = {"auth": None, "contenttypes": None}
# Okta sends a password with each user. Django's own hasher takes a large part of a second each, which would dominate.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ROOT_URLCONF = "django_peer.urls"
SECRET_KEY = "only for measuring"
USE_TZ = True
SCIM_SERVICE_PROVIDER = {
    "NETLOC": "localhost",
    "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "bearer", "description": "A fixed token"}],
}

if "DATABASE_FILE" in os.environ:
    DATABASE = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["DATABASE_FILE"],
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
        },
    }
else:
    URL = urlsplit(os.environ["DATABASE_URL"])
    DATABASE = {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": URL.hostname,
        "PORT": URL.port,
        "USER": URL.username,
        "NAME": URL.path[1:],
    }
DATABASES = {"default": {**DATABASE, "CONN_MAX_AGE": None}}
