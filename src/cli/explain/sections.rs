//! An explanation as labeled paragraphs.

use std::fmt::Write as _;

use crate::base::wrap;

/// A title, and paragraphs with a label each.
#[derive(Debug)]
pub(super) struct Sections {
    title: String,
    paragraphs: Vec<(&'static str, String)>,
}

impl Sections {
    pub(super) fn new(kind: &str, name: &str) -> Self {
        Self { title: format!("{kind} {name}"), paragraphs: Vec::new() }
    }

    /// Adds a paragraph. Its line breaks become spaces, so that it is wrapped to the width of the terminal.
    pub(super) fn with(mut self, label: &'static str, text: &str) -> Self {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() {
            self.paragraphs.push((label, text));
        }
        self
    }

    /// Renders the paragraphs. A label that repeats the one before it is omitted.
    pub(super) fn render(&self, width: Option<usize>) -> String {
        let mut out = format!("{}\n", self.title);
        let mut before = "";
        for (label, text) in &self.paragraphs {
            let shown = if *label == before { "" } else { label };
            let _ = writeln!(out, "{}", wrap(text, &format!("  {shown:<10}"), width));
            before = label;
        }
        out
    }
}
