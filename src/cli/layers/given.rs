//! A value from a lower layer, and the settings that can have one.

use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command};

/// A value from the environment or the file.
pub(super) struct Given {
    pub(super) arg: Arg,
    pub(super) values: Vec<OsString>,
    /// `FILE:LINE`, or the name of the variable.
    pub(super) origin: String,
}

impl Given {
    /// Returns the arguments as a user would type them.
    pub(super) fn words(&self) -> Vec<OsString> {
        let Some(long) = self.arg.get_long() else { return self.values.clone() };
        let flag = OsString::from(format!("--{long}"));
        if matches!(self.arg.get_action(), ArgAction::SetTrue) {
            return self.values.iter().take(1).map(|_| flag.clone()).collect();
        }
        let with = |value: &OsString| [flag.as_os_str(), OsStr::new("="), value.as_os_str()].concat_os();
        self.values.iter().map(with).collect()
    }
}

trait ConcatOs {
    fn concat_os(self) -> OsString;
}

impl<const N: usize> ConcatOs for [&OsStr; N] {
    fn concat_os(self) -> OsString {
        self.iter().fold(OsString::new(), |mut whole, part| {
            whole.push(part);
            whole
        })
    }
}

/// Returns the name of a setting: the long flag, or the name of a positional argument.
pub(super) fn key(arg: &Arg) -> String {
    arg.get_long().map_or_else(|| arg.get_id().as_str().replace('_', "-"), str::to_owned)
}

/// Returns the arguments that environment and file can set.
pub(super) fn own_arguments(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| {
        let action = !matches!(arg.get_action(), ArgAction::Help | ArgAction::Version | ArgAction::HelpShort);
        action && !arg.is_global_set() && !matches!(arg.get_id().as_str(), "help" | "version")
    })
}
