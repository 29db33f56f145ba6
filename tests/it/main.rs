//! Integration tests: one binary, one module a subject.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod bad_input;
mod captures;
mod check_cli;
mod check_defects;
mod cli;
mod defects;
mod durability;
mod fault;
mod features;
mod fuzz;
mod isolation;
mod okta;
mod okta_spec;
mod peculiar;
mod rfc_discovery;
mod rfc_filters;
mod rfc_http;
mod rfc_lists;
mod rfc_patch;
mod rfc_resources;
mod rfc_schemas;
mod run;
mod scim_oracle;
mod server;
mod server_auth;
mod server_bounds;
mod server_bulk;
mod server_events;
mod server_http;
mod server_process;
mod server_search;
mod snapshots;
mod support;
mod verdicts;
mod wire;
