//! The lines of keys and values in a scenario file. Pure.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Nth(usize),
}

/// The path of a key or value, such as `app[0].mapping.title`. The default is the file as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KeyPath(Vec<Step>);

impl KeyPath {
    pub(super) fn of(key: &str) -> Self {
        Self(vec![Step::Key(key.to_owned())])
    }

    pub(super) fn key(&self, key: &str) -> Self {
        Self([self.0.as_slice(), &[Step::Key(key.to_owned())]].concat())
    }

    pub(super) fn nth(&self, nth: usize) -> Self {
        Self([self.0.as_slice(), &[Step::Nth(nth)]].concat())
    }

    /// Returns the last key.
    pub(super) fn last_key(&self) -> Option<&str> {
        self.keys().last()
    }

    /// Returns true if the path is that of a value in a list.
    pub(super) fn is_in_list(&self) -> bool {
        matches!(self.0.last(), Some(Step::Nth(_)))
    }

    /// Returns the path without its last step.
    pub(super) fn parent(&self) -> Self {
        Self(self.0.split_last().map_or_else(Vec::new, |(_, before)| before.to_vec()))
    }

    /// Returns the keys with dots between them.
    pub(super) fn dotted(&self) -> String {
        self.keys().collect::<Vec<_>>().join(".")
    }

    /// Returns the header of a section with this path, such as `[[app]]` or `[people.ada]`; `None` for the file as a whole.
    pub(super) fn header(&self) -> Option<String> {
        match self.0.last()? {
            Step::Nth(_) => Some(format!("[[{}]]", self.dotted())),
            Step::Key(_) => Some(format!("[{}]", self.dotted())),
        }
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Nth(_) => None,
        })
    }
}

/// A file with the places of its keys and values.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    /// `None` if the text is not TOML.
    root: Option<DeTable<'t>>,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, root: DeTable::parse(text).ok().map(Spanned::into_inner) }
    }

    pub(super) const fn is_toml(&self) -> bool {
        self.root.is_some()
    }

    /// Returns the line of a byte, from 1.
    pub(super) fn of_byte(&self, byte: usize) -> usize {
        self.text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1
    }

    /// Returns the text of the line of a byte.
    pub(super) fn text_of(&self, byte: usize) -> &'t str {
        self.text.lines().nth(self.of_byte(byte) - 1).unwrap_or_default()
    }

    /// Returns the line of the longest part of a path that is in the file.
    pub(super) fn line(&self, path: &KeyPath) -> usize {
        self.of_byte(self.resolve(path).0)
    }

    /// Returns the line of the first of these words that is a string or a key below a path.
    pub(super) fn line_of_word<'w>(&self, path: &KeyPath, words: impl IntoIterator<Item = &'w str>) -> Option<usize> {
        let (_, value) = self.resolve(path);
        let byte = words.into_iter().find_map(|word| find(value?, word))?;
        Some(self.of_byte(byte))
    }

    /// Returns the path of the key or value at a byte.
    pub(super) fn path_at(&self, byte: usize) -> KeyPath {
        let mut steps = Vec::new();
        if let Some(root) = &self.root {
            locate_in_table(root, byte, &mut steps);
        }
        KeyPath(steps)
    }

    /// Returns the position and the value of the longest part of a path that is in the file.
    fn resolve(&self, path: &KeyPath) -> (usize, Option<&Spanned<DeValue<'t>>>) {
        let (mut start, mut value): (usize, Option<&Spanned<DeValue<'t>>>) = (0, None);
        for (number, step) in path.0.iter().enumerate() {
            let next = match (step, value.map(Spanned::get_ref)) {
                (Step::Key(key), None) if number == 0 => self.root.as_ref().and_then(|root| entry(root, key)),
                (Step::Key(key), Some(DeValue::Table(table))) => entry(table, key),
                (Step::Nth(nth), Some(DeValue::Array(items))) => items.get(*nth).map(|item| (item.span().start, item)),
                _ => None,
            };
            let Some((begin, found)) = next else { break };
            (start, value) = (begin, Some(found));
        }
        (start, value)
    }
}

/// Returns the position of a key, and its value.
fn entry<'a, 't>(table: &'a DeTable<'t>, key: &str) -> Option<(usize, &'a Spanned<DeValue<'t>>)> {
    let (key, value) = table.iter().find(|(name, _)| name.get_ref() == key)?;
    Some((key.span().start, value))
}

/// Returns the position of a string, or else of a key.
fn find(value: &Spanned<DeValue<'_>>, word: &str) -> Option<usize> {
    match value.get_ref() {
        DeValue::String(text) if text == word => Some(value.span().start),
        DeValue::Array(items) => items.iter().find_map(|item| find(item, word)),
        DeValue::Table(table) => {
            let of_value = table.iter().find_map(|(_, value)| find(value, word));
            of_value.or_else(|| entry(table, word).map(|(begin, _)| begin))
        }
        _ => None,
    }
}

fn locate_in_table(table: &DeTable<'_>, byte: usize, steps: &mut Vec<Step>) -> bool {
    table.iter().any(|(key, value)| {
        steps.push(Step::Key(key.get_ref().to_string()));
        let is_here = key.span().contains(&byte) || locate_in_value(value, byte, steps);
        if !is_here {
            steps.pop();
        }
        is_here
    })
}

fn locate_in_value(value: &Spanned<DeValue<'_>>, byte: usize, steps: &mut Vec<Step>) -> bool {
    let is_inside = match value.get_ref() {
        DeValue::Table(table) => locate_in_table(table, byte, steps),
        DeValue::Array(items) => items.iter().enumerate().any(|(nth, item)| {
            steps.push(Step::Nth(nth));
            let is_here = locate_in_value(item, byte, steps);
            if !is_here {
                steps.pop();
            }
            is_here
        }),
        _ => false,
    };
    is_inside || value.span().contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "name = \"x\"\n[[app]]\nlabel = \"a\"\n[app.mapping]\ntitle = \"t\"\n[[app]]\nwithout = [\n  \"b\",\n]\n";

    #[test]
    fn a_path_has_the_line_of_its_last_step_that_is_there() {
        let lines = Lines::of(TEXT);
        let app = KeyPath::of("app");
        for (path, line) in [
            (KeyPath::of("name"), 1),
            (KeyPath::of("about"), 1),
            (app.nth(0).key("mapping").key("title"), 5),
            (app.nth(1), 6),
            (app.nth(1).key("label"), 6),
            (app.nth(1).key("without").nth(0), 8),
        ] {
            assert_eq!(lines.line(&path), line, "{path:?}");
        }
        assert_eq!(lines.line_of_word(&app, ["b"]), Some(8));
        assert_eq!(lines.line_of_word(&app, ["none", "mapping"]), Some(4));
        assert_eq!(lines.line_of_word(&app, ["none"]), None);
    }

    #[test]
    fn a_byte_has_a_path() {
        let lines = Lines::of(TEXT);
        let path = |word: &str| lines.path_at(TEXT.find(word).unwrap());
        assert_eq!(path("title"), KeyPath::of("app").nth(0).key("mapping").key("title"));
        assert_eq!(path("\"b\""), KeyPath::of("app").nth(1).key("without").nth(0));
        let app = KeyPath::of("app").nth(1);
        assert_eq!(
            (app.header().unwrap().as_str(), app.key("mapping").header().unwrap().as_str()),
            ("[[app]]", "[app.mapping]")
        );
    }
}
