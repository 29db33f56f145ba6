-- Apart from `token`, so that a use touches nothing that a cache would have to read again.
CREATE TABLE token_use (token INTEGER PRIMARY KEY, last_used_at INTEGER NOT NULL);
