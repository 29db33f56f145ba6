//! `attributes` and `excludedAttributes` (RFC 7644 section 3.9).

use std::collections::HashSet;

use serde_json::Value;

use super::resource::Kind;
use super::schema::{Attribute, Returned};
use super::{AttrPath, Object, Schemas, ScimError};
use crate::base::limits;

/// Which attributes an answer carries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Projection {
    /// All that are returned by default.
    #[default]
    Default,
    /// Only these, and those that are always returned.
    Only(Vec<AttrPath>),
    /// All but these.
    Without(Vec<AttrPath>),
}

impl Projection {
    /// From the two comma-separated parameters. Spaces and repetitions do no harm, and an empty list is none.
    ///
    /// # Errors
    /// 400 `invalidValue` when both are given or a path is malformed.
    pub fn parse(attributes: Option<&str>, excluded: Option<&str>) -> Result<Self, ScimError> {
        let (only, without) = (paths("attributes", attributes)?, paths("excludedAttributes", excluded)?);
        match (only.is_empty(), without.is_empty()) {
            (true, true) => Ok(Self::Default),
            (false, true) => Ok(Self::Only(only)),
            (true, false) => Ok(Self::Without(without)),
            (false, false) => {
                Err(ScimError::invalid_value("attributes and excludedAttributes exclude each other; send one of them"))
            }
        }
    }

    /// Whether a top-level attribute is needed at all: a group is read without its members where it isn't.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        let of_core = |path: &AttrPath| path.schema.as_deref().is_none_or(is_core);
        match self {
            Self::Default => true,
            Self::Only(paths) => paths
                .iter()
                .any(|path| path.name.eq_ignore_ascii_case(name) && of_core(path) || is_core(&path.to_string())),
            Self::Without(paths) => {
                !paths.iter().any(|path| path.name.eq_ignore_ascii_case(name) && path.sub.is_none() && of_core(path))
            }
        }
    }

    /// Takes out what is not to be shown: what is never returned in any case, what is returned on request unless it was
    /// named, and what the parameters leave out. `id`, `schemas` and all else that is always returned stays.
    ///
    /// `written` are the paths that the request itself assigned: what is returned on request stays where they name it,
    /// too (RFC 7643 section 7).
    pub fn apply(&self, document: &mut Object, kind: Kind, schemas: &Schemas, written: &[AttrPath]) {
        document.retain(|key, value| {
            if let Some(extension) = schemas.extension(kind, key) {
                let inside = |path: &AttrPath| path.schema.as_deref().is_some_and(|urn| urn.eq_ignore_ascii_case(key));
                let scope = self.scope(inside, |path| path.spells(&extension.id), written);
                return value.as_object_mut().is_some_and(|object| {
                    object.retain(|key, value| scope.keeps(key, value, extension.attribute(key)));
                    !object.is_empty()
                });
            }
            let inside =
                |path: &AttrPath| path.schema.as_deref().is_none_or(|urn| urn.eq_ignore_ascii_case(kind.urn()));
            // An extension that no schema knows is named by its URN.
            let scope = self.scope(inside, |path| path.spells(kind.urn()) || path.spells(key), written);
            scope.keeps(key, value, schemas.top(kind, key))
        });
    }

    /// The paths that concern one container: the document, or the object of an extension.
    fn scope<'a>(
        &'a self,
        inside: impl Fn(&AttrPath) -> bool,
        whole: impl Fn(&AttrPath) -> bool,
        written: &'a [AttrPath],
    ) -> Scope<'a> {
        let (paths, only) = match self {
            Self::Default => (&[][..], false),
            Self::Only(paths) => (paths.as_slice(), true),
            Self::Without(paths) => (paths.as_slice(), false),
        };
        let of_scope = |paths: &'a [AttrPath]| paths.iter().filter(|path| inside(path)).collect();
        // Whoever says what to show is shown that alone.
        let written = if only { Vec::new() } else { of_scope(written) };
        Scope { only, whole: paths.iter().any(whole), paths: of_scope(paths), written }
    }
}

struct Scope<'a> {
    only: bool,
    /// The container itself was named.
    whole: bool,
    paths: Vec<&'a AttrPath>,
    written: Vec<&'a AttrPath>,
}

impl Scope<'_> {
    fn keeps(&self, key: &str, value: &mut Value, attribute: Option<&Attribute>) -> bool {
        let returned = attribute.map_or(Returned::Default, |attribute| attribute.returned);
        let of_key = || self.paths.iter().filter(|path| path.name.eq_ignore_ascii_case(key));
        let whole = self.whole || of_key().any(|path| path.sub.is_none());
        let subs: Vec<&str> = of_key().filter_map(|path| path.sub.as_deref()).collect();
        let stays = match returned {
            Returned::Never => return false,
            Returned::Always => true,
            Returned::Request | Returned::Default if self.only => whole || !subs.is_empty(),
            Returned::Request => !whole && self.written.iter().any(|path| path.name.eq_ignore_ascii_case(key)),
            Returned::Default => !whole,
        };
        if !stays {
            return false;
        }
        let only_subs = self.only && !whole && returned != Returned::Always;
        let plain = attribute
            .is_none_or(|attribute| attribute.sub_attributes.iter().all(|sub| sub.returned == Returned::Default));
        if plain && !only_subs && (self.only || subs.is_empty()) {
            return true;
        }
        let name = key;
        let values = value.as_array().is_some_and(|values| !values.is_empty());
        each_object(value, &mut |object| {
            object.retain(|key, _| {
                let returned =
                    attribute.and_then(|attribute| attribute.sub(key)).map_or(Returned::Default, |sub| sub.returned);
                let named = subs.iter().any(|sub| sub.eq_ignore_ascii_case(key));
                match returned {
                    Returned::Never => false,
                    Returned::Always => true,
                    Returned::Request if self.only => named,
                    Returned::Request => !named && self.wrote_part(name, key),
                    Returned::Default if only_subs => named,
                    Returned::Default => self.only || !named,
                }
            });
        });
        // Where nothing is left of any value, the attribute is not shown at all.
        let nothing_left = values && value.as_array().is_some_and(Vec::is_empty);
        !nothing_left && !is_empty_object(value)
    }

    /// Whether the request assigned this part, by itself or with the whole.
    fn wrote_part(&self, name: &str, part: &str) -> bool {
        let whole_or_part = |path: &AttrPath| path.sub.as_deref().is_none_or(|sub| sub.eq_ignore_ascii_case(part));
        self.written.iter().any(|path| path.name.eq_ignore_ascii_case(name) && whole_or_part(path))
    }
}

/// The object, or each object of the array.
fn each_object(value: &mut Value, f: &mut impl FnMut(&mut Object)) {
    match value {
        Value::Object(object) => f(object),
        Value::Array(elements) => {
            for element in elements.iter_mut() {
                if let Value::Object(object) = element {
                    f(object);
                }
            }
            elements.retain(|element| !is_empty_object(element));
        }
        _ => {}
    }
}

/// Whether projection left nothing but the shell.
fn is_empty_object(value: &Value) -> bool {
    value.as_object().is_some_and(Object::is_empty)
}

fn is_core(urn: &str) -> bool {
    urn.eq_ignore_ascii_case(super::schema::USER) || urn.eq_ignore_ascii_case(super::schema::GROUP)
}

/// Parses a comma-separated list of attribute paths, each once.
fn paths(parameter: &str, list: Option<&str>) -> Result<Vec<AttrPath>, ScimError> {
    let names = list.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut seen = HashSet::new();
    let mut paths = Vec::new();
    for name in names.filter(|name| seen.insert(name.to_ascii_lowercase())) {
        if paths.len() >= limits::PROJECTION_NAMES {
            let most = limits::PROJECTION_NAMES;
            return Err(ScimError::invalid_value(format!("{parameter} lists more than {most} names")));
        }
        let path = name
            .parse()
            .map_err(|error: ScimError| ScimError::invalid_value(format!("{parameter}: {}", error.detail)))?;
        paths.push(path);
    }
    Ok(paths)
}

#[cfg(test)]
mod tests;
