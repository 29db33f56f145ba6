//! The width of the terminal, to which text is wrapped.

use std::io::IsTerminal as _;

pub(super) use crate::base::wrap;

/// The widest text, so that lines stay readable on a wide terminal.
const MAX_WIDTH: usize = 100;

/// Returns the width for text on stdout: that of the terminal, or `None` if stdout is not a terminal.
pub(super) fn stdout_width() -> Option<usize> {
    std::io::stdout().is_terminal().then(width)?
}

/// Returns the width for text on stderr.
pub(super) fn stderr_width() -> Option<usize> {
    std::io::stderr().is_terminal().then(width)?
}

fn width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0).min(MAX_WIDTH))
}
