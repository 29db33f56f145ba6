-- `details` is JSON. A removed organization keeps its row for the events of its directories.
ALTER TABLE organization ADD COLUMN external_id TEXT;
ALTER TABLE organization ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
ALTER TABLE organization ADD COLUMN deleted_at INTEGER;
CREATE UNIQUE INDEX organization_by_external_id ON organization (external_id) WHERE external_id IS NOT NULL;
-- A domain belongs to one organization.
CREATE TABLE organization_domain (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, organization INTEGER NOT NULL, domain TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE INDEX organization_domain_by_organization ON organization_domain (organization);
-- Since when a directory is being deleted: its rows go step by step, the row of the directory last.
ALTER TABLE directory ADD COLUMN deleted_at INTEGER;
CREATE INDEX directory_to_delete ON directory (deleted_at) WHERE deleted_at IS NOT NULL;
