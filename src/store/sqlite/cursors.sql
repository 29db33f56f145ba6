-- What cursors are sealed with, so that they outlive a restart. SQLite seeds this from the system's randomness.
INSERT INTO setting VALUES ('cursor_key', lower(hex(randomblob(32))));
