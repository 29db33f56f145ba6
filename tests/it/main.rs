//! Integration tests: one binary, one module a subject.

mod bad_input;
mod captures;
mod defects;
mod scim_oracle;
mod server;
mod server_events;
mod server_process;
mod support;
