-- Key for cursors; stored so that cursors survive a restart. SQLite seeds randomblob() from the system's randomness.
INSERT INTO setting VALUES ('cursor_key', lower(hex(randomblob(32))));
