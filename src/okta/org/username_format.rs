//! The format of application usernames.

use crate::okta::expression::{Expression, ExpressionError};

/// The format of an app's usernames (Sign On ▸ Application username format): one of Okta's formats, or an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsernameFormat(pub(super) Expression);

/// Okta's formats by their names in scenarios (MGMTAPI).
const FORMATS: [(&str, &str); 4] = [
    ("okta-username", "user.login"),
    ("okta-username-prefix", "String.substringBefore(user.login, \"@\")"),
    ("email", "user.email"),
    ("email-prefix", "String.substringBefore(user.email, \"@\")"),
];

impl Default for UsernameFormat {
    /// Returns the Okta username.
    fn default() -> Self {
        Self::parse("okta-username").expect("invariant: Okta's own format is valid")
    }
}

impl UsernameFormat {
    /// Returns the names of Okta's formats.
    #[must_use]
    pub fn names() -> [&'static str; 4] {
        FORMATS.map(|(name, _)| name)
    }

    /// Parses the name of a format, or an expression.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let expression = FORMATS.into_iter().find(|(name, _)| *name == text).map_or(text, |(_, expression)| expression);
        Expression::parse(expression).map(Self)
    }

    /// Returns the expression that makes the username.
    #[must_use]
    pub const fn expression(&self) -> &Expression {
        &self.0
    }

    pub(super) fn is_login(&self) -> bool {
        self.0.text() == "user.login"
    }
}
