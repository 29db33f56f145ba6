-- IDs are ULIDs: 16 bytes in large tables, text with a prefix in small ones.
-- Times are milliseconds since 1970. `kind`: 0 user, 1 group. `state`: 0 inactive, 1 active.

CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- Incremented by each change of directories, tokens and keys, to invalidate caches.
INSERT INTO setting VALUES ('generation', '0');

CREATE TABLE organization (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);

CREATE TABLE directory (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, organization INTEGER NOT NULL, name TEXT NOT NULL,
    external_key TEXT NOT NULL UNIQUE, settings TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);

CREATE TABLE token (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, directory INTEGER NOT NULL, digest BLOB NOT NULL,
    suffix TEXT NOT NULL, created_at INTEGER NOT NULL, revoked_at INTEGER
);

CREATE TABLE api_key (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, digest BLOB NOT NULL,
    suffix TEXT NOT NULL, created_at INTEGER NOT NULL, revoked_at INTEGER
);

-- `name`: a user's userName in lower case (unique), a group's displayName in lower case.
CREATE TABLE resource (
    row INTEGER PRIMARY KEY, id BLOB NOT NULL, directory INTEGER NOT NULL, kind INTEGER NOT NULL,
    external_id TEXT, name TEXT, version INTEGER NOT NULL, created_at INTEGER NOT NULL, last_modified INTEGER NOT NULL,
    document TEXT NOT NULL
);
CREATE UNIQUE INDEX resource_by_id ON resource (id);
CREATE UNIQUE INDEX user_by_name ON resource (directory, name) WHERE kind = 0;
CREATE INDEX group_by_name ON resource (directory, name) WHERE kind = 1;
-- Split into blocks of 1,024 rows, so that creates touch the pages of the newest block and no random pages. A search probes
-- each block (about 2 ms for 1,000,000 resources).
CREATE INDEX resource_by_external_id ON resource (row / 1024, external_id) WHERE external_id IS NOT NULL;
-- The order of lists: by row within directory and kind.
CREATE INDEX resource_in_order ON resource (directory, kind);

-- Number of resources per block of 1,024 rows: gives the total of a list and the position of its n-th entry.
CREATE TABLE block (
    directory INTEGER NOT NULL, kind INTEGER NOT NULL, block INTEGER NOT NULL, resources INTEGER NOT NULL,
    PRIMARY KEY (directory, kind, block)
) WITHOUT ROWID;

-- A user that was deactivated in `delete` mode has no row.
CREATE TABLE directory_user (
    resource INTEGER PRIMARY KEY, id BLOB NOT NULL, idp_id TEXT NOT NULL, state INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);

CREATE TABLE directory_group (
    resource INTEGER PRIMARY KEY, id BLOB NOT NULL, directory INTEGER NOT NULL, idp_id TEXT NOT NULL, name TEXT NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX directory_group_by_idp_id ON directory_group (directory, idp_id);

-- `team` (a group) and `member` are rows of resource; `position` is the order of members within a group.
CREATE TABLE membership (
    team INTEGER NOT NULL, position INTEGER NOT NULL, member INTEGER NOT NULL, member_id BLOB NOT NULL,
    kind INTEGER NOT NULL, display TEXT,
    PRIMARY KEY (team, position)
) WITHOUT ROWID;
CREATE UNIQUE INDEX membership_by_team ON membership (team, member);
CREATE INDEX membership_by_member ON membership (member);

-- The event log, ordered by `position`. IDs ascend in the same order.
CREATE TABLE event (
    position INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, organization INTEGER NOT NULL, name TEXT NOT NULL,
    data TEXT NOT NULL
);
