//! Evaluates a filter on many documents in a row. Most documents are excluded by a search of their bytes; of the others,
//! only the attributes that the filter reads are parsed.

use std::cell::RefCell;

use rusqlite::{Connection, Row};
use serde_json::json;

use super::super::{Access, StoreError, UserGroup};
use super::plan::ListPlan;
use super::relations::{self, RelationReader};
use super::rows::{at, corrupt, id_text};
use crate::base::clock::rfc3339;
use crate::scim::Object;
use crate::scim::filter::{CompiledFilter, Prefilter, Reads};
use crate::scim::resource::Kind;

/// The attributes that clients see in a document but that are stored in columns and other tables.
const OUTSIDE_DOCUMENT: [&str; 4] = ["id", "meta", "members", "groups"];

/// The resources that a filter is evaluated on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Candidates {
    /// All of them satisfy the filter, so that only those on the page are read.
    Exact,
    /// So few that preparing a search would take longer than parsing them.
    Few,
    Many,
}

/// A filter, prepared for many documents of one kind.
pub(super) struct ScanFilter<'a> {
    filter: CompiledFilter,
    kind: Kind,
    prefilter: Prefilter,
    reads: Reads,
    /// The filter reads nothing from the document itself.
    only_columns: bool,
    connection: &'a Connection,
    relations: RefCell<RelationReader<'a>>,
}

/// The columns that [`ScanFilter::matches`] reads, of a table called `r`.
pub(super) const SCAN_COLUMNS: &str = "r.row, r.id, r.version, r.created_at, r.last_modified, r.document";

impl<'a> ScanFilter<'a> {
    /// Prepares the filter of a plan; `None` if there is nothing to evaluate.
    pub(super) fn of(
        connection: &'a Connection,
        access: &'a Access,
        plan: &'a ListPlan,
        candidates: Candidates,
    ) -> Option<Self> {
        let filter = plan.filter.as_ref().filter(|_| candidates != Candidates::Exact)?;
        let (kind, schemas) = (plan.kind, &*access.schemas);
        let reads = filter.reads(kind, schemas);
        let prefilter = match candidates {
            Candidates::Many => filter.prefilter(kind, schemas, &OUTSIDE_DOCUMENT),
            Candidates::Few | Candidates::Exact => Prefilter::Always,
        };
        Some(Self {
            filter: CompiledFilter::new(filter, kind, schemas),
            kind,
            prefilter,
            only_columns: reads.are_among(&["id", "meta"]),
            reads,
            connection,
            relations: RefCell::new(RelationReader::new(connection)),
        })
    }

    /// Reports whether the resource of a row with columns [`SCAN_COLUMNS`] satisfies the filter.
    pub(super) fn matches(&self, row: &Row<'_>) -> Result<bool, StoreError> {
        let mut document = Object::new();
        if !self.only_columns {
            let text = row.get_ref(5)?.as_str().map_err(corrupt)?;
            if !self.prefilter.may_match(text.as_bytes()) {
                return Ok(false);
            }
            document = self.reads.of(text).map_err(corrupt)?;
        }
        self.add(row, &mut document)?;
        Ok(self.filter.matches(&document))
    }

    /// Adds what is stored outside the document, as a client sees it, except `meta.location` and `$ref`, which are
    /// made when responding.
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
                let members = relations::members(self.connection, row.get(0)?, None)?;
                let members = members.iter().map(|(member, kind)| match &member.display {
                    Some(display) => json!({"value": member.value, "display": display, "type": kind.name()}),
                    None => json!({"value": member.value, "type": kind.name()}),
                });
                insert_unless_empty(document, "members", members.collect());
            }
            Kind::User if self.reads.has("groups") => {
                let groups = self.relations.borrow_mut().groups_of(row.get(0)?, None)?;
                let shown = |one: &UserGroup| json!({"value": one.group, "display": one.name, "type": one.type_name()});
                insert_unless_empty(document, "groups", groups.iter().map(shown).collect());
            }
            _ => {}
        }
        Ok(())
    }
}

fn insert_unless_empty(document: &mut Object, name: &str, values: Vec<serde_json::Value>) {
    if !values.is_empty() {
        document.insert(name.to_owned(), values.into());
    }
}

/// Reports whether the resource at a row satisfies a filter, if there is one.
pub(super) fn satisfies(
    filter: Option<&ScanFilter<'_>>,
    connection: &Connection,
    row: i64,
) -> Result<bool, StoreError> {
    let Some(filter) = filter else { return Ok(true) };
    let mut find = connection.prepare_cached(&format!("SELECT {SCAN_COLUMNS} FROM resource r WHERE r.row = ?1"))?;
    let mut found = find.query([row])?;
    found.next()?.map_or(Ok(false), |found| filter.matches(found))
}
