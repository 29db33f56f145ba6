//! `attributes` and `excludedAttributes` (RFC 7644 section 3.9).

use std::collections::HashSet;

use serde_json::Value;

use super::resource::Kind;
use super::schema::{Attribute, Returned};
use super::{AttrPath, Object, Schemas, ScimError};
use crate::base::limits;

/// The attributes that a response contains.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Projection {
    /// All attributes that are returned by default.
    #[default]
    Default,
    /// Only these attributes, and those that are always returned.
    Only(Vec<AttrPath>),
    /// All attributes except these.
    Without(Vec<AttrPath>),
}

impl Projection {
    /// Parses the two comma-separated parameters. Spaces and repetitions are ignored, and an empty list is the same as none.
    ///
    /// # Errors
    /// 400 `invalidValue` if both are present, a path is malformed, or a list is longer than
    /// [`limits::PROJECTION_NAMES`].
    pub fn parse(attributes: Option<&str>, excluded: Option<&str>) -> Result<Self, ScimError> {
        let (only, without) = (paths("attributes", attributes)?, paths("excludedAttributes", excluded)?);
        match (only.is_empty(), without.is_empty()) {
            (true, true) => Ok(Self::Default),
            (false, true) => Ok(Self::Only(only)),
            (true, false) => Ok(Self::Without(without)),
            (false, false) => Err(ScimError::invalid_value(
                "attributes and excludedAttributes are mutually exclusive; send only one of them",
            )),
        }
    }

    /// Returns true if the response may contain a top-level attribute. A group is read without its members if not.
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

    /// Removes attributes that are never returned, those returned on request unless they were named, and those that the
    /// parameters exclude. `id`, `schemas` and other attributes that are always returned stay.
    ///
    /// `written` contains the paths that the request itself assigned. Attributes that are returned on request stay if
    /// they are among them (RFC 7643 section 7).
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
            // An extension that has no schema is named by its URN.
            let scope = self.scope(inside, |path| path.spells(kind.urn()) || path.spells(key), written);
            scope.keeps(key, value, schemas.top(kind, key))
        });
    }

    /// Selects the paths that apply to one container: the document, or the object of an extension.
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
        // `attributes` overrides what the request wrote.
        let written = if only { Vec::new() } else { of_scope(written) };
        Scope { only, whole: paths.iter().any(whole), paths: of_scope(paths), written }
    }
}

struct Scope<'a> {
    only: bool,
    /// The parameters name the container itself.
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
                    Returned::Request => !named && self.wrote_sub_attribute(name, key),
                    Returned::Default if only_subs => named,
                    Returned::Default => self.only || !named,
                }
            });
        });
        // An attribute without any value left is omitted.
        let nothing_left = values && value.as_array().is_some_and(Vec::is_empty);
        !nothing_left && !is_empty_object(value)
    }

    /// Returns true if the request assigned this sub-attribute, on its own or with the whole attribute.
    fn wrote_sub_attribute(&self, name: &str, part: &str) -> bool {
        let whole_or_part = |path: &AttrPath| path.sub.as_deref().is_none_or(|sub| sub.eq_ignore_ascii_case(part));
        self.written.iter().any(|path| path.name.eq_ignore_ascii_case(name) && whole_or_part(path))
    }
}

/// Calls `f` with the object, or with each object in the array.
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

/// Returns true for an object without attributes.
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
