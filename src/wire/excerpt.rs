//! Excerpts of bodies for messages.

/// Returns the beginning of a body on one line, because a response may be a whole HTML page.
#[must_use]
pub fn excerpt(body: &[u8]) -> String {
    let words: Vec<_> = String::from_utf8_lossy(body).split_whitespace().map(str::to_owned).collect();
    truncate(&words.join(" "))
}

/// Truncates a text to 300 characters.
#[must_use]
pub fn truncate(text: &str) -> String {
    const MOST: usize = 300;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
