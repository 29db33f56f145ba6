//! scimulate: a simulated Okta that drives any SCIM 2.0 server, a reference SCIM server with directory sync behind it,
//! and a harness that judges both.
//!
//! # The machines
//!
//! | machine | command | rooms |
//! |---|---|---|
//! | the reference | `scimulate serve` | [`server`] on [`store`], [`directory`], [`scim`]; its Events API hands out [`events`] |
//! | the simulated Okta | `scimulate run` | [`sim`] plays a timeline on an [`okta`] org, whose agent speaks through [`wire`] |
//! | the harness | `scimulate check`, `scimulate fuzz` | [`check`] drives an [`okta`] org, or [`wire`] by itself, and fills a [`report`] |
//!
//! # The flow of data
//!
//! ```text
//! okta::org --plan--> jobs --agent--> wire --HTTP--> any SCIM server, or ours:
//!
//! server: bytes --scim--> command --store--> one transaction { rows --directory::apply--> Change --directory::derive--> events }
//!                                                                                                     |
//!                                                              Events API <--store: pages of the log--+
//!
//! check:  feature text --engine--> steps --okta agent, wire client--> verdict and evidence --report--> terminal, JSON, JUnit
//! ```
//!
//! Nothing flows backwards: whoever wants to know what becomes of a change in Okta follows it from left to right.
//!
//! # The rooms, in reading order
//!
//! A room leans only on those named behind its arrow; `tests/architecture.rs` reads the sources and holds them to it.
//!
//! ```text
//! base      -> -                                                    clock, ids, seeds, secrets, bounds
//! scim      -> base                                                 the protocol; pure
//! events    -> base                                                 the dsync events; pure
//! directory -> events, scim, base                                   apply: command -> Change; derive: Change -> events; pure
//! store     -> directory, events, scim, base                        commands and queries; SQLite
//! server    -> store, directory, events, scim, base                 the HTTP face of the reference, and its defects
//! wire      -> scim, base                                           the client side of SCIM over HTTP
//! okta      -> wire, scim, base                                     org, mapping, plan (pure); agent (performs)
//! sim       -> okta, wire, events, scim, report, base               scenarios: an org and a timeline
//! report    -> base                                                 the model of a run, and its renderings; pure
//! check     -> sim, okta, wire, events, scim, report, base          features, steps, fuzzing; never the server's rooms
//! cli       -> all                                                  arguments, environment, stdout; one file a command
//! ```
//!
//! # What always holds
//!
//! 1. The simulator and the harness reach a server by its base URL and credentials alone; ours gets no favours.
//! 2. [`okta::plan`] decides and [`okta::agent`] performs. Every branch on an answer is a pure function of that answer.
//! 3. A document is stored as it came, less the password, plus `id`, `meta` and what the schema defaults. A mode that
//!    drops anything says so in the log.
//! 4. A change and its events stand in one transaction. The log's order is the order of commits; a reader that comes
//!    back with its cursor misses nothing.
//! 5. A report is computed from [`report::run`] and nothing else, so every format tells the same story.
//! 6. Seed, run id, scenario and the target's answers determine every byte that is sent.
//! 7. Every check can fail: those that judge a target have a defect of the reference that trips them, those that
//!    describe Okta have a habit that does.
//! 8. Time, chance and identifiers are parameters. Only [`base`] reads a clock, only [`cli`] reads the environment.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic))]

pub mod base;
pub mod check;
pub mod cli;
pub mod directory;
pub mod events;
pub mod okta;
pub mod report;
pub mod scim;
pub mod server;
pub mod sim;
pub mod store;
pub mod wire;
