//! The part of the log that is printed.

/// The event at which printing begins, and the end.
#[derive(Debug)]
pub(super) struct Range {
    /// The ID of the event before the first one.
    pub(super) after: Option<String>,
    /// Leaves out the events that are already in the log.
    pub(super) new_only: bool,
    /// Goes on after the last event.
    pub(super) follow: bool,
}
