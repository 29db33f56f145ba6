"""scim2-server with its own in-memory storage, or with a storage on SQLite, because it includes none with a database.

The SQLite storage implements the measured operations: create, get, search by userName, delete.
"""

import os
import sqlite3
import threading
import uuid

from scim2_models import Meta, NotFoundException, UniquenessException
from scim2_models.path import CompareOperator, Comparison
from scim2_server.memory import InMemoryStorage, utcnow
from scim2_server.storage import ScimStorage, SearchPage
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.utils import load_default_provider

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS resource (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, user_name TEXT UNIQUE COLLATE NOCASE, document TEXT NOT NULL
) WITHOUT ROWID;
"""


class SqliteStorage(ScimStorage):
    """Stores resources over one connection. The thread with the lock writes, while others parse and validate."""

    def __init__(self, path, provider):
        self.provider = provider
        self.lock = threading.Lock()
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.executescript(SCHEMA)

    def rows(self, sql, *values):
        with self.lock:
            return self.connection.execute(sql, values).fetchall()

    def read(self, resource_type, document):
        return self.provider.model_for(resource_type).model_validate_json(document)

    def get(self, resource_type, resource_id, *, response_parameters=None):
        rows = self.rows("SELECT document FROM resource WHERE id = ? AND type = ?", resource_id, resource_type.name)
        if not rows:
            raise NotFoundException
        return self.read(resource_type, rows[0][0])

    def search(self, resource_types, search_request, *, position=None):
        node = search_request.filter and search_request.filter.ast
        if len(resource_types) != 1 or not isinstance(node, Comparison) or node.op != CompareOperator.eq:
            raise NotImplementedError("only userName eq")
        if str(node.attr_path).lower() != "username":
            raise NotImplementedError("only userName eq")
        rows = self.rows("SELECT document FROM resource WHERE user_name = ?", node.value)
        return SearchPage(len(rows), [self.read(resource_types[0], row[0]) for row in rows])

    def create(self, resource_type, resource):
        resource = resource.model_copy(deep=True)
        now = utcnow()
        resource.id = uuid.uuid4().hex
        resource.meta = Meta(resource_type=resource_type.name, created=now, last_modified=now, version='W/"1"')
        document = resource.model_dump_json(exclude_none=True, by_alias=True)
        values = (resource.id, resource_type.name, getattr(resource, "user_name", None), document)
        try:
            self.rows("INSERT INTO resource VALUES (?, ?, ?, ?)", *values)
        except sqlite3.IntegrityError:
            raise UniquenessException from None
        return resource

    def update(self, resource_type, resource, *, expected_version=None):
        raise NotImplementedError("not measured")

    def delete(self, resource_type, resource_id, *, expected_version=None):
        if not self.rows("DELETE FROM resource WHERE id = ? RETURNING id", resource_id):
            raise NotFoundException


provider = load_default_provider()
path = os.environ.get("DATABASE_FILE")
storage = SqliteStorage(path, provider) if path else InMemoryStorage()
application = BearerTokenApplication(storage, provider, bearer_tokens=[os.environ["SCIM_TOKEN"]])
