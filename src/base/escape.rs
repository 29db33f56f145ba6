//! Escapes text from elsewhere before it reaches a terminal, a log or a report. Pure.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns a text with control, bidirectional formatting and line-break characters as `\u{..}`. All others stay as they
/// are. Such characters could otherwise move the cursor, hide or reorder text, or forge lines of output.
///
/// ```
/// use scimulate::base::escape;
///
/// assert_eq!(escape("caf\u{e9} \u{1b}[2J\n\u{202e}evil"), "caf\u{e9} \\u{1b}[2J\\u{a}\\u{202e}evil");
/// ```
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_escaped(character) {
            let _ = write!(escaped, "{}", character.escape_unicode());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// Returns a text with each of its lines escaped, and without commands to a CI system: `::error::` at the beginning of a
/// line, `##[error]` and `##vso[` anywhere.
///
/// ```
/// use scimulate::base::escape_lines;
///
/// assert_eq!(escape_lines("a\u{7}\n  ::error::b"), "a\\u{7}\n  \\u{3a}:error::b");
/// ```
#[must_use]
pub fn escape_lines(text: &str) -> String {
    let line = |line: &str| {
        let escaped = escape(line).replace("##[", "\\u{23}#[").replace("##vso[", "\\u{23}#vso[");
        let start = escaped.trim_start();
        match start.strip_prefix(':').filter(|rest| rest.starts_with(':')) {
            Some(rest) => format!("{}\\u{{3a}}{rest}", " ".repeat(escaped.len() - start.len())),
            None => escaped,
        }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Returns true for the characters that [`escape`] replaces.
fn is_escaped(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            // Line and paragraph separators.
            '\u{2028}' | '\u{2029}'
            // Bidirectional marks, embeddings, overrides and isolates (Unicode annex 9).
            | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_that_could_forge_output_is_escaped() {
        for (character, shown) in [
            ('\0', "\\u{0}"),
            ('\t', "\\u{9}"),
            ('\r', "\\u{d}"),
            ('\u{7f}', "\\u{7f}"),
            ('\u{85}', "\\u{85}"),
            ('\u{9b}', "\\u{9b}"),
            ('\u{200f}', "\\u{200f}"),
            ('\u{2028}', "\\u{2028}"),
            ('\u{2066}', "\\u{2066}"),
        ] {
            assert_eq!(escape(&character.to_string()), shown);
        }
    }

    #[test]
    fn printable_text_is_borrowed_unchanged() {
        for text in ["", "plain", "\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{1f600} C:\\u{41}"] {
            assert!(matches!(escape(text), Cow::Borrowed(same) if same == text));
        }
    }
}
