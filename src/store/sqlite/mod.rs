//! The embedded store: SQLite, one writer thread with group commit, reads on the calling thread.
