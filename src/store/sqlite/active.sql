-- A user's `active`, where it has one; nothing for groups.
ALTER TABLE resource ADD COLUMN active INTEGER;
UPDATE resource SET active = CASE json_type(document, '$.active') WHEN 'true' THEN 1 WHEN 'false' THEN 0 END
    WHERE kind = 0;
-- Carries what is asked for without a document, in the order of lists.
DROP INDEX resource_in_order;
CREATE INDEX resource_in_order ON resource (directory, kind, row, active, created_at);
-- Grows at its end with each write.
CREATE INDEX resource_by_last_modified ON resource (directory, kind, last_modified);
