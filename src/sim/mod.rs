//! Scenarios: an org and a timeline in TOML, played against a server.
