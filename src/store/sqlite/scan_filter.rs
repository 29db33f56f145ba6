//! Judges documents by a filter, many in a row: most are passed over by what their bytes lack, and of the others no more is
//! built than the filter reads.

use std::cell::RefCell;

use rusqlite::{Connection, Row};
use serde_json::json;

use super::super::{Access, StoreError, UserGroup};
use super::members;
use super::read::RelationReader;
use super::rows::{at, corrupt, id_text};
use crate::base::clock::rfc3339;
use crate::scim::filter::{Prefilter, Reads};
use crate::scim::resource::Kind;
use crate::scim::{Filter, Object, Schemas};

/// What a client sees in a document and what is kept beside it.
const KEPT_APART: [&str; 4] = ["id", "meta", "members", "groups"];

/// A filter, prepared for many documents of one kind.
pub(super) struct ScanFilter<'a> {
    filter: &'a Filter,
    kind: Kind,
    schemas: &'a Schemas,
    prefilter: Prefilter,
    reads: Reads,
    /// Nothing is read that stands in the document itself.
    only_beside: bool,
    connection: &'a Connection,
    beside: RefCell<RelationReader<'a>>,
}

/// The columns that [`ScanFilter::holds`] reads, of a table called `r`.
pub(super) const SCAN_COLUMNS: &str = "r.row, r.id, r.version, r.created_at, r.last_modified, r.document";

impl<'a> ScanFilter<'a> {
    /// `many`: enough documents that preparing a search of their bytes is worth its while.
    pub(super) fn new(
        connection: &'a Connection,
        access: &'a Access,
        kind: Kind,
        filter: &'a Filter,
        many: bool,
    ) -> Self {
        let schemas = &access.schemas;
        let reads = filter.reads(kind, schemas);
        Self {
            filter,
            kind,
            schemas,
            prefilter: if many { filter.prefilter(kind, schemas, &KEPT_APART) } else { Prefilter::Always },
            only_beside: reads.are_among(&["id", "meta"]),
            reads,
            connection,
            beside: RefCell::new(RelationReader::new(connection)),
        }
    }

    /// Whether the resource of a row, with columns [`SCAN_COLUMNS`], satisfies the filter.
    pub(super) fn holds(&self, row: &Row<'_>) -> Result<bool, StoreError> {
        let mut document = Object::new();
        if !self.only_beside {
            let text = row.get_ref(5)?.as_str().map_err(corrupt)?;
            if !self.prefilter.may_match(text.as_bytes()) {
                return Ok(false);
            }
            document = self.reads.of(text).map_err(corrupt)?;
        }
        self.add(row, &mut document)?;
        Ok(self.filter.matches(&document, self.kind, self.schemas))
    }

    /// Adds what is kept beside the document, as a client sees it, but for `meta.location` and `$ref`, which are made
    /// when answering.
    fn add(&self, row: &Row<'_>, document: &mut Object) -> Result<(), StoreError> {
        if self.reads.has("id") {
            document.insert("id".to_owned(), id_text(row.get(1)?).into());
        }
        if self.reads.has("meta") {
            let version: i64 = row.get(2)?;
            let meta = json!({
                "resourceType": self.kind.name(),
                "created": rfc3339(at(row, 3)?),
                "lastModified": rfc3339(at(row, 4)?),
                "version": format!("W/\"{version}\""),
            });
            document.insert("meta".to_owned(), meta);
        }
        match self.kind {
            Kind::Group if self.reads.has("members") => {
                let members = members::all(self.connection, row.get(0)?)?;
                let members = members.iter().map(|(member, kind)| match &member.display {
                    Some(display) => json!({"value": member.value, "display": display, "type": kind.name()}),
                    None => json!({"value": member.value, "type": kind.name()}),
                });
                insert_some(document, "members", members.collect());
            }
            Kind::User if self.reads.has("groups") => {
                let groups = self.beside.borrow_mut().groups_of(row.get(0)?)?;
                let shown = |one: &UserGroup| json!({"value": one.group, "display": one.name, "type": one.type_name()});
                let groups = groups.iter().map(shown);
                insert_some(document, "groups", groups.collect());
            }
            _ => {}
        }
        Ok(())
    }
}

fn insert_some(document: &mut Object, name: &str, values: Vec<serde_json::Value>) {
    if !values.is_empty() {
        document.insert(name.to_owned(), values.into());
    }
}
