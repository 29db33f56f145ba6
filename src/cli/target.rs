//! The flags of every command with a target.
