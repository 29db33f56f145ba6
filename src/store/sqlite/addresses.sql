-- Further addresses of a directory, copies of its settings.
ALTER TABLE directory ADD COLUMN label TEXT;
ALTER TABLE directory ADD COLUMN host TEXT;
CREATE UNIQUE INDEX directory_by_label ON directory (label) WHERE label IS NOT NULL;
CREATE UNIQUE INDEX directory_by_host ON directory (host) WHERE host IS NOT NULL;
