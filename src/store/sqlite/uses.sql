-- Separate from `token`, so that a use does not invalidate caches.
CREATE TABLE token_use (token INTEGER PRIMARY KEY, last_used_at INTEGER NOT NULL);
