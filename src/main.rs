//! Parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Both the client and the reference speak TLS through this provider; a second install is no error worth telling.
    let _ = rustls::crypto::ring::default_provider().install_default();
    scimulate::cli::main(std::env::args_os())
}
