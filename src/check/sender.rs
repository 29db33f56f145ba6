//! The sender of a request: the simulated Okta, or the harness that sets up and reads state.

/// The sender of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    Okta,
    Harness,
}

impl Sender {
    /// Returns the name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Harness => "harness",
        }
    }
}
