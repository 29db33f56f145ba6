//! Errors in the environment and in the configuration file.

use std::ffi::OsString;
use std::path::PathBuf;

/// An error in a lower layer, with its origin.
#[derive(Debug, thiserror::Error)]
pub(super) enum LayerError {
    #[error("{}: {error}: --config expects a readable TOML file", file.display())]
    Unreadable { file: PathBuf, error: std::io::Error },
    #[error("{}:{line}: {error}", file.display())]
    File { file: PathBuf, line: usize, error: SettingError },
    #[error("{name}: {} is neither true nor false", value.display())]
    Switch { name: String, value: OsString },
}

/// An error in one setting of the configuration file.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum SettingError {
    #[error("{0}")]
    Syntax(String),
    #[error("`{name}` is not a table of a command; there are [{}]", tables.join("], ["))]
    UnknownTable { name: String, tables: Vec<String> },
    #[error("[{table}] has no setting `{name}`; there are: {}", known.join(", "))]
    UnknownSetting { table: String, name: String, known: Vec<String> },
    #[error("`{0}` is a switch: write `{0} = true` or `{0} = false`, without quotes")]
    Switch(String),
    #[error("`{name}` expects a string or a number, not this {found}: write `{name} = \"…\"`")]
    Type { name: String, found: String },
}
