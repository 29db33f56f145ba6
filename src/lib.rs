//! Test how a SCIM 2.0 server behaves with Okta.
//!
//! scimulate contains a simulated Okta org, a reference SCIM server with directory sync, and a harness that checks SCIM
//! servers. The command line offers all of it; this library offers the parts that a test needs:
//!
//! - [`check()`] checks a server at a base URL and returns a [`Report`];
//! - [`serve()`] starts the reference server, to test a SCIM client or to compare with;
//! - [`run()`] plays one scenario and returns each request and response.
//!
//! ```
//! # fn main() -> Result<(), scimulate::Error> {
//! // The reference server stands in for yours.
//! let server = scimulate::serve().token("secret").start()?;
//!
//! let report = scimulate::check(server.scim_url())
//!     .token("secret")
//!     .tags("@oin") // without this, both of Okta's clients are simulated
//!     .run_blocking()?;
//! assert!(report.is_success(), "{report}");
//! # Ok(())
//! # }
//! ```
//!
//! In an async test, use [`Check::run`] instead of [`Check::run_blocking`]: see `examples/check_in_a_test.rs`.
//!
//! The modules of this crate are public for its own tests and benches only, and change without notice. The rest of this
//! page describes them for people who work on scimulate.
//!
//! # Parts
//!
//! | part | command | modules |
//! |---|---|---|
//! | the reference | `scimulate serve` | [`server`] on top of [`store`], [`directory`] and [`scim`]; its Events API returns [`events`] |
//! | the simulated Okta | `scimulate run` | [`sim`] plays a timeline on an [`okta`] org, whose agent sends requests through [`wire`] |
//! | the harness | `scimulate check`, `scimulate fuzz` | [`check`](mod@check) drives an [`okta`] org, or [`wire`] directly, and fills a [`report`] |
//!
//! # Data flow
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
//! Data flows in one direction. To trace a change in Okta, read from left to right.
//!
//! # Modules
//!
//! In reading order. `docs/architecture.md` lists what each module may depend on; `tests/architecture.rs` enforces it.
//!
//! | module | contents |
//! |---|---|
//! | [`base`] | clock, IDs, seeds, secrets, limits |
//! | [`scim`] | the protocol: attributes, schemas, filters, PATCH, messages, errors; pure |
//! | [`events`] | names and payloads of the `dsync.*` events; pure |
//! | [`directory`] | the rules of directory sync: a command becomes a change, a change becomes events; pure |
//! | [`store`] | commands and queries on durable state; SQLite |
//! | [`delivery`] | webhooks: targets, queues, retries |
//! | [`http`](mod@http) | an HTTP server kit: connections, TLS, time limits, request ids, metrics; no SCIM |
//! | [`server`] | the reference over HTTP, and its defects |
//! | [`wire`] | the client side of SCIM over HTTP |
//! | [`okta`] | an Okta org, its mappings and plans (pure), and the agent that sends the requests |
//! | [`model`] | an ideal SCIM server: the state that the requests actually sent lead to; pure |
//! | [`sim`] | scenarios: an org and a timeline |
//! | [`report`] | the model of a run and its renderings; pure |
//! | [`check`](mod@check) | features, steps and fuzzing; never uses the reference directly |
//! | `facade` | the functions above: [`check()`], [`serve()`], [`run()`] |
//! | [`cli`] | arguments, environment, stdout; one file per command |
//!
//! A pure module does no I/O, reads no clock and writes no log.
//!
//! # Invariants
//!
//! 1. The simulator and the harness know a server only by its base URL and credentials. The reference gets no special
//!    treatment.
//! 2. [`okta::plan`] decides, [`okta::agent`] performs. Each next request is a pure function of the last response and the
//!    habits.
//! 3. The stored document is the document that was sent, without `password`, plus `id`, `meta` and schema defaults. A mode
//!    that drops anything logs it.
//! 4. A change and its events are committed in one transaction. Event order is commit order. A reader that resumes from its
//!    cursor misses nothing.
//! 5. A report is a pure function of [`report::run`], so every format has the same content.
//! 6. Seed, run ID, scenario and the target's responses determine every byte that is sent.
//! 7. Every check can fail: a check of a target fails for at least one defect of the reference, and a check of Okta's
//!    behavior fails for at least one habit.
//! 8. Time, randomness and IDs are parameters. Only [`base`] reads a clock, and only [`cli`] reads the environment.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic))]

mod facade;

#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod base;
#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod check;
#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod cli;
#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod delivery;
#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod directory;
#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod events;
#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod http;
#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod model;
#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod okta;
#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod report;
#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod scim;
#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod server;
#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod sim;
#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod store;
#[cfg_attr(not(internal_docs), doc(hidden))]
pub mod wire;

pub use check::Profile;
pub use events::OnDeactivate;
pub use facade::{Check, Error, ScenarioRun, Serve, Server, check, run, serve};
pub use okta::ClientKind;
pub use report::{Client, Finding, Level, Run as Report, ScenarioReport, Verdict};
