//! The binary: runs the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Client and reference share this TLS provider. Installing it twice is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    scimulate::cli::main(std::env::args_os())
}
