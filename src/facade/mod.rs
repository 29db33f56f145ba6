//! The public API of the library: check a SCIM server, start the reference, play a scenario.
//!
//! Each function returns a builder with the defaults of the command of the same name. Everything else in this crate is
//! visible for its own tests and benches only, and changes without notice. Start reading at [`check()`].

mod check;
mod error;
mod run;
mod serve;
mod tls;

pub use check::Check;
pub use error::Error;
pub use run::ScenarioRun;
pub use serve::{Serve, Server};

/// Prepares a check of the SCIM server at a base URL, as `scimulate check URL` does.
///
/// ```no_run
/// # fn main() -> Result<(), scimulate::Error> {
/// let report = scimulate::check("https://scim.example.com/v2").token("secret").tags("@oin").run_blocking()?;
/// assert!(report.is_success(), "{report}");
/// # Ok(())
/// # }
/// ```
pub fn check(url: impl Into<String>) -> Check {
    Check::new(url.into())
}

/// Prepares a reference server on a free port of the loopback, with a store that is deleted when it stops, as
/// `scimulate serve --ephemeral --listen 0` does.
///
/// ```
/// # fn main() -> Result<(), scimulate::Error> {
/// let server = scimulate::serve().token("secret").start()?;
/// assert!(server.scim_url().starts_with("http://127.0.0.1:"));
/// # Ok(())
/// # }
/// ```
pub fn serve() -> Serve {
    Serve::default()
}

/// Prepares a scenario, by file or by the name of one that ships, to be played against the SCIM server at a base URL,
/// as `scimulate run SCENARIO --url URL` does.
///
/// ```
/// # fn main() -> Result<(), scimulate::Error> {
/// let server = scimulate::serve().start()?;
/// let report = scimulate::run("joiner-mover-leaver", server.scim_url()).token(server.token()).run_blocking()?;
/// assert!(report.is_success(), "{report}");
/// # Ok(())
/// # }
/// ```
pub fn run(scenario: impl Into<String>, url: impl Into<String>) -> ScenarioRun {
    ScenarioRun::new(scenario.into(), url.into())
}
