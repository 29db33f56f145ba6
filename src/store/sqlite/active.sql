-- `active` of users that have it; NULL for groups.
ALTER TABLE resource ADD COLUMN active INTEGER;
UPDATE resource SET active = CASE json_type(document, '$.active') WHEN 'true' THEN 1 WHEN 'false' THEN 0 END
    WHERE kind = 0;
-- Covers queries that need no document, in the order of lists.
DROP INDEX resource_in_order;
CREATE INDEX resource_in_order ON resource (directory, kind, row, active, created_at);
-- Each write appends at the end of this index.
CREATE INDEX resource_by_last_modified ON resource (directory, kind, last_modified);
