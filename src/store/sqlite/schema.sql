-- Ids are ULIDs as 16 bytes where there are many of them, as text with their prefix where there are few.
-- Times are milliseconds since 1970. `kind`: 0 user, 1 group. `state`: 0 inactive, 1 active.

CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- Counts the changes of directories, tokens and keys, so that caches know when they are stale.
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
-- Cut by blocks of 1,024 rows: a create touches the pages of the newest block, which many share, and no page in a random
-- place. A search asks block after block (about 2 ms among 1,000,000 resources).
CREATE INDEX resource_by_external_id ON resource (row / 1024, external_id) WHERE external_id IS NOT NULL;
-- The order of lists: by row, within a directory and a kind.
CREATE INDEX resource_in_order ON resource (directory, kind);

-- How many resources there are among each 1,024 rows: the count of a list, and the way to its n-th entry.
CREATE TABLE block (
    directory INTEGER NOT NULL, kind INTEGER NOT NULL, block INTEGER NOT NULL, resources INTEGER NOT NULL,
    PRIMARY KEY (directory, kind, block)
) WITHOUT ROWID;

-- A person deactivated in `delete` mode has no row here.
CREATE TABLE directory_user (
    resource INTEGER PRIMARY KEY, id BLOB NOT NULL, idp_id TEXT NOT NULL, state INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);

CREATE TABLE directory_group (
    resource INTEGER PRIMARY KEY, id BLOB NOT NULL, directory INTEGER NOT NULL, idp_id TEXT NOT NULL, name TEXT NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX directory_group_by_idp_id ON directory_group (directory, idp_id);

-- `team` (a group) and `member` are rows of resource; within a group, members stand in the order of `position`.
CREATE TABLE membership (
    team INTEGER NOT NULL, position INTEGER NOT NULL, member INTEGER NOT NULL, member_id BLOB NOT NULL,
    kind INTEGER NOT NULL, display TEXT,
    PRIMARY KEY (team, position)
) WITHOUT ROWID;
CREATE UNIQUE INDEX membership_by_team ON membership (team, member);
CREATE INDEX membership_by_member ON membership (member);

-- The log: its order is `position`, and ids ascend in the same order.
CREATE TABLE event (
    position INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, organization INTEGER NOT NULL, name TEXT NOT NULL,
    data TEXT NOT NULL
);
