//! The columns that a backend stores beside each document, so that lists and filters need not read documents.
//!
//! Which columns exist, how their values are normalized, and which attribute paths refer to them are rules that every
//! backend shares. Nothing here reads or writes a database. [`predicate`](super::predicate) compiles filters to
//! conditions on these columns.

use serde_json::Value;

use crate::scim::attr::{fold, get};
use crate::scim::resource::Kind;
use crate::scim::sort::{Comparison, SortBy};
use crate::scim::{AttrPath, Object, Schemas};

/// A column that a filter can refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The SCIM id.
    Id,
    /// The case-folded userName or displayName.
    Name,
    ExternalId,
    /// `active` of users.
    Active,
    /// `meta.created`, in whole milliseconds.
    Created,
    /// `meta.lastModified`, in whole milliseconds.
    LastModified,
    /// The ids of a group's members, or of the groups that a user is in, directly or through nested groups.
    Relation,
}

impl Column {
    /// Returns the column that holds exactly the values of a path.
    #[must_use]
    pub fn of(path: &AttrPath, kind: Kind, schemas: &Schemas) -> Option<Self> {
        if !path.schema.as_deref().is_none_or(|urn| urn.eq_ignore_ascii_case(kind.urn())) {
            return None;
        }
        let is = |wanted: &str| path.name.eq_ignore_ascii_case(wanted);
        let case_exact = schemas.find(kind, path).is_some_and(|attribute| attribute.case_exact);
        let sub = path.sub.as_deref().map(str::to_ascii_lowercase);
        match sub.as_deref() {
            None if is("id") => Some(Self::Id),
            None if is(name_of(kind)) && !case_exact => Some(Self::Name),
            None if is("externalId") && case_exact => Some(Self::ExternalId),
            None if is("active") && kind == Kind::User => Some(Self::Active),
            Some("created") if is("meta") => Some(Self::Created),
            Some("lastmodified") if is("meta") => Some(Self::LastModified),
            None | Some("value") if is(relation_of(kind)) => Some(Self::Relation),
            _ => None,
        }
    }
}

/// The attribute whose case-folded value is [`Column::Name`].
const fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "userName",
        Kind::Group => "displayName",
    }
}

/// The attribute whose values are [`Column::Relation`].
const fn relation_of(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "groups",
        Kind::Group => "members",
    }
}

/// The values that a document contributes to the columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnValues {
    pub external_id: Option<String>,
    /// Case-folded.
    pub name: Option<String>,
    pub active: Option<bool>,
}

impl ColumnValues {
    /// Extracts the values from a document.
    #[must_use]
    pub fn of(kind: Kind, document: &Object) -> Self {
        let text = |name| get(document, name).and_then(Value::as_str);
        Self {
            external_id: text("externalId").map(str::to_owned),
            name: text(name_of(kind)).map(fold),
            active: get(document, "active").and_then(Value::as_bool).filter(|_| kind == Kind::User),
        }
    }
}

/// The location of the value by which a resource is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortColumn {
    Id,
    Name,
    ExternalId,
    Created,
    LastModified,
    Version,
    /// `meta.location`: by resource type, then by id.
    Location,
    ResourceType,
    /// In the document itself; [`SortBy::key`] extracts it.
    Document,
    /// In the first member of a group, or in the oldest group of a user.
    Relation(RelationPart),
}

/// The sub-attribute of a relation by which resources are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationPart {
    Value,
    /// Case-folded.
    Display,
    Type,
    /// `$ref`; only of members.
    Ref,
}

impl SortColumn {
    /// Returns the column for a sort order.
    #[must_use]
    pub fn of(by: &SortBy, kind: Kind) -> Self {
        if by.extension.is_some() {
            return Self::Document;
        }
        match (by.name.as_str(), by.sub.as_deref(), by.comparison) {
            ("id", ..) => Self::Id,
            (column, None, Comparison::Folded) if column == name_of(kind) => Self::Name,
            ("externalId", None, Comparison::Exact) => Self::ExternalId,
            ("meta", Some("created"), _) => Self::Created,
            ("meta", Some("lastModified"), _) => Self::LastModified,
            ("meta", Some("version"), _) => Self::Version,
            ("meta", Some("location"), _) => Self::Location,
            ("meta", ..) => Self::ResourceType,
            (name, sub, _) if name == relation_of(kind) => Self::Relation(match sub {
                Some("display") => RelationPart::Display,
                Some("type") => RelationPart::Type,
                Some("$ref") if kind == Kind::Group => RelationPart::Ref,
                _ => RelationPart::Value,
            }),
            _ => Self::Document,
        }
    }

    /// Reports whether a resource can lack the value.
    #[must_use]
    pub const fn may_be_absent(self) -> bool {
        matches!(self, Self::ExternalId | Self::Document | Self::Relation(_))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::Sort;

    #[test]
    fn paths_refer_to_columns_in_any_letter_case_and_by_their_own_schema_only() {
        let of = |path: &str, kind| Column::of(&path.parse().unwrap(), kind, Schemas::standard());
        for (path, user, group) in [
            ("ID", Some(Column::Id), Some(Column::Id)),
            ("username", Some(Column::Name), None),
            ("displayName", None, Some(Column::Name)),
            ("externalId", Some(Column::ExternalId), Some(Column::ExternalId)),
            ("active", Some(Column::Active), None),
            ("META.Created", Some(Column::Created), Some(Column::Created)),
            ("meta.lastModified", Some(Column::LastModified), Some(Column::LastModified)),
            ("meta.version", None, None),
            ("groups", Some(Column::Relation), None),
            ("groups.value", Some(Column::Relation), None),
            ("groups.display", None, None),
            ("members.value", None, Some(Column::Relation)),
            ("urn:ietf:params:scim:schemas:core:2.0:User:userName", Some(Column::Name), None),
            ("urn:ietf:params:scim:schemas:core:2.0:Group:displayName", None, Some(Column::Name)),
            ("title", None, None),
        ] {
            assert_eq!((of(path, Kind::User), of(path, Kind::Group)), (user, group), "{path}");
        }
    }

    #[test]
    fn values_are_normalized_as_filters_compare_them() {
        let document = json!({"USERNAME": "STRAßE", "displayName": "X", "externalId": "Ab", "active": true});
        let Value::Object(document) = document else { unreachable!() };
        let external_id = Some("Ab".to_owned());
        let user =
            ColumnValues { external_id: external_id.clone(), name: Some("straße".to_owned()), active: Some(true) };
        assert_eq!(ColumnValues::of(Kind::User, &document), user);
        let group = ColumnValues { external_id, name: Some("x".to_owned()), active: None };
        assert_eq!(ColumnValues::of(Kind::Group, &document), group);
    }

    #[test]
    fn sort_orders_refer_to_columns() {
        let of = |by: &str, kind| {
            let sort = Sort::parse(Some(by), None, kind, Schemas::standard()).unwrap().unwrap();
            SortColumn::of(&sort.by, kind)
        };
        assert_eq!(of("userName", Kind::User), SortColumn::Name);
        assert_eq!(of("displayName", Kind::User), SortColumn::Document);
        assert_eq!(of("displayName", Kind::Group), SortColumn::Name);
        assert_eq!(of("meta.created", Kind::User), SortColumn::Created);
        assert_eq!(of("groups.display", Kind::User), SortColumn::Relation(RelationPart::Display));
        assert_eq!(of("members", Kind::Group), SortColumn::Relation(RelationPart::Value));
        assert!(of("title", Kind::User).may_be_absent() && !of("id", Kind::User).may_be_absent());
    }
}
