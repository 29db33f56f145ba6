//! Text for a terminal: wrapped to its width.

use std::io::IsTerminal as _;

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

/// Wraps a text to a width. The first line begins with `first`, all others are indented as far. Without a width, the text
/// stays on one line. Styles have no width.
pub(super) fn wrap(text: &str, first: &str, width: Option<usize>) -> String {
    let Some(width) = width else { return format!("{first}{text}") };
    let indent = " ".repeat(textwrap::core::display_width(first));
    let options = textwrap::Options::new(width.max(indent.len() + 20))
        .initial_indent(first)
        .subsequent_indent(&indent)
        // Break at spaces only, so that URLs and commands can be copied.
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::fill(text, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_lines_are_indented_like_the_first() {
        let text = "one two three four five six seven";
        assert_eq!(wrap(text, "  a: ", Some(25)), "  a: one two three four\n     five six seven");
        assert_eq!(wrap(text, "  ", None), format!("  {text}"));
        let long = "https://example.com/scim/v2/a/long/path";
        assert_eq!(wrap(long, "", Some(20)), long, "a word is never broken, so that it can be copied");
    }
}
