-- A stream without `url` is polled, with a token that has the digest `token`; `authorization` goes with each push. `failures`
-- and `next_at` are about the oldest change in the queue. A stream that is `removed` only waits until its queue is deleted.
CREATE TABLE event_stream (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, directory INTEGER NOT NULL, issuer TEXT NOT NULL,
    audience TEXT NOT NULL, url TEXT, authorization TEXT, token BLOB, enabled INTEGER NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, next_at INTEGER, last_error TEXT,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE INDEX event_stream_by_directory ON event_stream (directory);
-- `stream` is a row of event_stream; `txn` is the ULID of the transaction; `change` is JSON.
CREATE TABLE queued_change (
    position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, txn BLOB NOT NULL, change TEXT NOT NULL
);
CREATE INDEX queued_change_in_order ON queued_change (stream);
CREATE UNIQUE INDEX queued_change_by_txn ON queued_change (stream, txn);
-- The newest key of a directory signs. `private` is PKCS#8 in base64url.
CREATE TABLE signing_key (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, directory INTEGER NOT NULL, private TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
