-- `events` is JSON. `position` is the last event of the log that was delivered or given up; `failures` and `next_at` are about
-- the next one.
CREATE TABLE webhook_endpoint (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, url TEXT NOT NULL UNIQUE, secret TEXT NOT NULL,
    enabled INTEGER NOT NULL, events TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    position INTEGER NOT NULL, failures INTEGER NOT NULL DEFAULT 0, next_at INTEGER
);
-- `endpoint` is the ID of the endpoint, since a row number may be used again.
CREATE TABLE webhook_attempt (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, endpoint TEXT NOT NULL, event_id TEXT NOT NULL, event TEXT NOT NULL,
    cause TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, duration_ms INTEGER NOT NULL, status INTEGER,
    error TEXT, response TEXT NOT NULL
);
CREATE INDEX webhook_attempt_in_order ON webhook_attempt (endpoint, id);
