//! Text wrapped to a width.

/// Wraps a text to a width. The first line begins with `first`, all others are indented as far. Without a width, the text
/// stays on one line. Styles have no width.
#[must_use]
pub fn wrap(text: &str, first: &str, width: Option<usize>) -> String {
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
