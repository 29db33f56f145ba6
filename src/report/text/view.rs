//! The form of a report for a terminal: amount of detail, width and colors.

use anstyle::{AnsiColor, Style};

use crate::report::verdict::Verdict;

/// The amount of detail, and the width to which text is wrapped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct View {
    pub detail: Detail,
    /// The width of the terminal; without one, a paragraph stays on one line.
    pub width: Option<usize>,
}

/// The amount of detail in a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// Only the conclusion and the exit code.
    Result,
    /// Findings with their decisive exchange, and a summary.
    #[default]
    Findings,
    /// All exchanges of the findings, and every result.
    All,
}

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

/// Returns the color of a verdict.
#[must_use]
pub fn style(verdict: Verdict) -> Style {
    let color = match verdict {
        Verdict::Passed => AnsiColor::Green,
        Verdict::Deviation => AnsiColor::Red,
        Verdict::Weak | Verdict::Inconclusive | Verdict::Blocked => AnsiColor::Yellow,
        Verdict::Note | Verdict::NotSupported | Verdict::NotObserved | Verdict::Skipped => AnsiColor::Cyan,
    };
    color.on_default()
}
