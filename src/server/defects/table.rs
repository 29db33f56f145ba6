//! The table of defects, with one row for each. The rows are in one file for each family, for example `table/lists.rs`.

use super::row::Defect;

/// Finds a defect by name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Defect> {
    all().find(|defect| defect.name == name)
}

macro_rules! optional {
    () => {
        None
    };
    ($value:literal) => {
        Some($value)
    };
}

/// Edits the 401 of a request with this kind of credential.
macro_rules! refused {
    ($presented:ident, $edit:expr) => {
        Rewrite::Exchange(|up, parsed, request| {
            Box::pin(credentials::refused(up, parsed, request, (Presented::$presented, $edit)))
        })
    };
}

macro_rules! defects {
    ($($name:literal: $rewrite:expr, $breaks:literal, $source:literal,
        $(violates [$($requirement:literal),+])? $(tolerated $reason:literal)?;)*) => {
        &[
            $(Defect {
                name: $name,
                breaks: $breaks,
                source: $source,
                violates: &[$($($requirement),+)?],
                tolerated: optional!($($reason)?),
                rewrite: $rewrite,
            },)*
        ]
    };
}

// The rows use the macros above.
mod errors;
mod events;
mod groups;
mod lists;
mod users;

/// Returns all defects, family by family.
pub fn all() -> impl Iterator<Item = &'static Defect> {
    [lists::ROWS, errors::ROWS, users::ROWS, groups::ROWS, events::ROWS].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_defect_has_a_unique_name_a_description_and_a_source() {
        let names: HashSet<_> = all().map(|defect| defect.name).collect();
        assert_eq!(names.len(), all().count());
        for defect in all() {
            assert!(!defect.breaks.is_empty() && !defect.source.is_empty(), "{}", defect.name);
            assert!(defect.tolerated.is_some() || !defect.violates.is_empty(), "{} violates nothing", defect.name);
            assert!(defect.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
            assert!(std::ptr::eq(by_name(defect.name).unwrap(), defect));
        }
    }
}
