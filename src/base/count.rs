//! Numbers of things in sentences.

/// Returns a number with its noun, in the plural unless it is one.
///
/// ```
/// use scimulate::base::counted;
///
/// assert_eq!((counted(1, "request").as_str(), counted(2, "request").as_str()), ("1 request", "2 requests"));
/// ```
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
