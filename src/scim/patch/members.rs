//! Parses operations on `members`.

use serde_json::Value;

use super::{MembersEdit, Op, Patch, Path};
use crate::scim::filter::Compare;
use crate::scim::resource::Kind;
use crate::scim::schema::{members_within_bound, parse_members};
use crate::scim::{AttrPath, Filter, Rules, Schemas, ScimError};

/// Parses one operation on `members`.
pub(super) fn edit(
    op: Op,
    path: &Path,
    value: Option<&Value>,
    schemas: &Schemas,
    rules: Rules,
    dropped: &mut Vec<String>,
) -> Result<MembersEdit, ScimError> {
    if path.attr.sub.is_some() || path.sub.is_some() || (path.filter.is_some() && op != Op::Remove) {
        return Err(ScimError::mutability(
            "the sub-attributes of a member are immutable; remove the member and add it again".to_owned(),
        ));
    }
    match (op, &path.filter, value) {
        (Op::Remove, Some(filter), _) => {
            let whole = Filter::Has(AttrPath::named("members"), Box::new(filter.clone()));
            whole.check(Kind::Group, schemas, Rules { keep_unknown: false, ..rules })?;
            let mut ids = Vec::new();
            Ok(if named_ids(filter, &mut ids) {
                MembersEdit::Remove(ids)
            } else {
                MembersEdit::RemoveWhere(filter.clone())
            })
        }
        (Op::Remove, None, None | Some(Value::Null)) => Ok(MembersEdit::Replace(Vec::new())),
        (Op::Remove, None, Some(value)) => {
            let members = parse_members(value, rules, dropped)?;
            Ok(MembersEdit::Remove(members.into_iter().map(|member| member.value).collect()))
        }
        (Op::Add, _, None | Some(Value::Null)) | (Op::Replace, _, None) => Err(ScimError::invalid_value(
            "the operation on members has no value; expected an array of members".to_owned(),
        )),
        (Op::Add, _, Some(value)) => Ok(MembersEdit::Add(parse_members(value, rules, dropped)?)),
        (Op::Replace, _, Some(value)) => Ok(MembersEdit::Replace(parse_members(value, rules, dropped)?)),
    }
}

/// Collects the IDs of a filter that consists only of `value eq "…"`, alone or joined by `or`; false for other filters.
fn named_ids(filter: &Filter, ids: &mut Vec<String>) -> bool {
    match filter {
        Filter::Or(left, right) => named_ids(left, ids) && named_ids(right, ids),
        Filter::Compare(path, Compare::Eq, Value::String(id)) if path.name.eq_ignore_ascii_case("value") => {
            ids.push(id.clone());
            true
        }
        _ => false,
    }
}

impl Patch {
    /// Adds an edit, and combines it with the previous one of the same kind.
    pub(super) fn push_members(&mut self, edit: MembersEdit, rules: Rules) -> Result<(), ScimError> {
        match (self.members.last_mut(), edit) {
            (Some(MembersEdit::Add(before)), MembersEdit::Add(more)) => before.extend(more),
            (Some(MembersEdit::Remove(before)), MembersEdit::Remove(more)) => before.extend(more),
            (_, edit) => self.members.push(edit),
        }
        let named: usize = self.members.iter().map(size).sum();
        members_within_bound(named, rules)
    }
}

fn size(edit: &MembersEdit) -> usize {
    match edit {
        MembersEdit::Add(members) | MembersEdit::Replace(members) => members.len(),
        MembersEdit::Remove(ids) => ids.len(),
        MembersEdit::RemoveWhere(_) => 1,
    }
}
