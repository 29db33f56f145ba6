-- Lists and lookups of the directory API. IDs ascend in the order of creation, so each create appends to the first two
-- indexes. The others are split into blocks like resource_by_external_id.
ALTER TABLE directory_user ADD COLUMN directory INTEGER NOT NULL DEFAULT 0;
-- The address of the profile in lower case; NULL without one.
ALTER TABLE directory_user ADD COLUMN email TEXT;
UPDATE directory_user SET (directory, email) =
    (SELECT r.directory, folded(profile_email(r.document)) FROM resource r WHERE r.row = directory_user.resource);
CREATE UNIQUE INDEX directory_user_by_id ON directory_user (id);
CREATE INDEX directory_user_in_order ON directory_user (directory, id);
CREATE INDEX directory_user_by_idp_id ON directory_user (resource / 1024, idp_id);
CREATE INDEX directory_user_by_email ON directory_user (resource / 1024, email) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX directory_group_by_id ON directory_group (id);
CREATE INDEX directory_group_in_order ON directory_group (directory, id);
CREATE INDEX directory_by_organization ON directory (organization, id);
