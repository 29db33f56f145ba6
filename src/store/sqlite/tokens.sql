-- Finds the live tokens of one directory, in the order of their rows.
CREATE INDEX live_token_by_directory ON token (directory) WHERE revoked_at IS NULL;
