//! Flags over environment over configuration file over default.

use std::ffi::OsString;

use clap::Parser;

use super::Cli;

/// Parses the command line with the layers beneath it.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(arguments)
}
