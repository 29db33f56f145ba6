//! Membership changes: from the edits of a command to deltas.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::command::Command;
use crate::base::limits;
use crate::scim::filter::{CompiledFilter, Evaluation};
use crate::scim::patch::MembersEdit;
use crate::scim::resource::{Kind, Member};
use crate::scim::{AttrPath, Filter, Object, Rules, Schemas, ScimError, Work};

/// The members that a backend must load before [`resolve`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// IDs that the command names, without duplicates.
    pub named: Vec<String>,
    /// Set if all present members are needed too, because an edit depends on them.
    pub everyone: bool,
}

/// The members that a backend loaded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LoadedMembers {
    /// The kind of each named ID that exists in the directory.
    pub known: HashMap<String, Kind>,
    /// Present members in group order: all of them if [`Needs::everyone`] is set, else those that are named.
    pub present: Vec<(Member, Kind)>,
}

/// The membership changes of a command. A member that the command removes and adds again is not among them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Deltas {
    /// Members that leave, in group order.
    pub removed: Vec<(Member, Kind)>,
    /// Members that join, in the order of the request.
    pub added: Vec<(Member, Kind)>,
    /// Members that stay and get another `display`.
    pub redisplayed: Vec<Member>,
    /// Unknown IDs that were dropped (lenient mode).
    pub dropped: Vec<String>,
}

impl Deltas {
    /// Returns whether the members of the group stay exactly as they were.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty() && self.redisplayed.is_empty()
    }
}

/// An edit of a command, borrowed from it.
enum Edit<'a> {
    Add(&'a [Member]),
    Remove(&'a [String]),
    RemoveWhere(&'a Filter),
    Replace(&'a [Member]),
}

/// Returns the edits of a command. POST adds members, PUT replaces them.
fn edits(command: &Command) -> Vec<Edit<'_>> {
    match command {
        Command::Create { kind: Kind::Group, members, .. } => vec![Edit::Add(members)],
        Command::Replace { kind: Kind::Group, members, .. } => vec![Edit::Replace(members)],
        Command::Patch { kind: Kind::Group, patch, .. } => {
            let edits = patch.members.iter().map(|edit| match edit {
                MembersEdit::Add(members) => Edit::Add(members),
                MembersEdit::Remove(ids) => Edit::Remove(ids),
                MembersEdit::RemoveWhere(filter) => Edit::RemoveWhere(filter),
                MembersEdit::Replace(members) => Edit::Replace(members),
            });
            edits.collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the members that [`resolve`] needs for a command.
#[must_use]
pub fn needs(command: &Command) -> Needs {
    let mut needs = Needs::default();
    let mut seen = HashSet::new();
    for edit in edits(command) {
        needs.everyone |= matches!(edit, Edit::Replace(_) | Edit::RemoveWhere(_));
        let mut name = |id: &str| {
            if seen.insert(id.to_owned()) {
                needs.named.push(id.to_owned());
            }
        };
        match edit {
            Edit::Add(members) | Edit::Replace(members) => members.iter().for_each(|member| name(&member.value)),
            Edit::Remove(ids) => ids.iter().for_each(|id| name(id)),
            Edit::RemoveWhere(_) => {}
        }
    }
    needs
}

/// Returns the membership changes of a command.
///
/// # Errors
/// 400 `invalidValue` if the group would contain itself or, where the rules forbid it, if a member is not a user or group
/// of the directory. 400 `tooMany` if the member filters would take too long.
pub fn resolve(
    command: &Command,
    loaded: &LoadedMembers,
    rules: Rules,
    schemas: &Schemas,
) -> Result<Deltas, ScimError> {
    let mut state = State::new(command.id(), loaded, rules);
    let mut work = Work::up_to(limits::COMPARISONS);
    for edit in edits(command) {
        match edit {
            Edit::Add(members) => state.add_all(members)?,
            Edit::Remove(ids) => ids.iter().for_each(|id| state.remove(id)),
            Edit::RemoveWhere(filter) => {
                for id in state.selected(filter, schemas, &mut work)? {
                    state.remove(&id);
                }
            }
            Edit::Replace(members) => state.replace(members)?,
        }
    }
    Ok(state.deltas())
}

/// The members of a group while the edits of a command are applied.
struct State<'a> {
    group: Option<&'a str>,
    loaded: &'a LoadedMembers,
    rules: Rules,
    /// The index of each present member in `loaded.present`.
    positions: HashMap<&'a str, usize>,
    /// Marks the present members that were removed, by index.
    gone: Vec<bool>,
    /// New members in order; `None` where one was removed again.
    fresh: Vec<Option<(Member, Kind)>>,
    /// The index of each new member in `fresh`.
    fresh_positions: HashMap<String, usize>,
    /// New displays of present members.
    displays: HashMap<usize, Option<String>>,
    dropped: Vec<String>,
    /// The same IDs as in `dropped`, for lookups.
    unknown: HashSet<String>,
}

impl<'a> State<'a> {
    fn new(group: Option<&'a str>, loaded: &'a LoadedMembers, rules: Rules) -> Self {
        let positions = loaded.present.iter().enumerate().map(|(at, (member, _))| (member.value.as_str(), at));
        Self {
            group,
            loaded,
            rules,
            positions: positions.collect(),
            gone: vec![false; loaded.present.len()],
            fresh: Vec::new(),
            fresh_positions: HashMap::new(),
            displays: HashMap::new(),
            dropped: Vec::new(),
            unknown: HashSet::new(),
        }
    }

    fn mark(&mut self, at: usize, gone: bool) {
        if let Some(mark) = self.gone.get_mut(at) {
            *mark = gone;
        }
    }

    fn add_all(&mut self, members: &[Member]) -> Result<(), ScimError> {
        for member in members {
            if let Some(at) = self.positions.get(member.value.as_str()) {
                self.mark(*at, false);
            } else if let Some(kind) = self.kind_of_new(&member.value)?
                && !self.fresh_positions.contains_key(&member.value)
            {
                self.fresh_positions.insert(member.value.clone(), self.fresh.len());
                self.fresh.push(Some((member.clone(), kind)));
            }
        }
        Ok(())
    }

    /// Returns the kind of a new member; `None` if it does not exist and is dropped.
    fn kind_of_new(&mut self, id: &str) -> Result<Option<Kind>, ScimError> {
        if self.group == Some(id) {
            return Err(ScimError::invalid_value(format!("members: group {id} cannot be a member of itself")));
        }
        if let Some(kind) = self.loaded.known.get(id) {
            return Ok(Some(*kind));
        }
        if !self.rules.drop_unknown_members {
            return Err(ScimError::invalid_value(format!("members: {id} is not a user or group of this directory")));
        }
        if self.unknown.insert(id.to_owned()) {
            self.dropped.push(id.to_owned());
        }
        Ok(None)
    }

    fn remove(&mut self, id: &str) {
        if let Some(at) = self.fresh_positions.remove(id) {
            if let Some(slot) = self.fresh.get_mut(at) {
                *slot = None;
            }
        } else if let Some(at) = self.positions.get(id) {
            self.mark(*at, true);
        }
    }

    fn replace(&mut self, members: &[Member]) -> Result<(), ScimError> {
        self.fresh.clear();
        self.fresh_positions.clear();
        self.gone.fill(true);
        for member in members.iter().filter(|member| member.display.is_some()) {
            if let Some(at) = self.positions.get(member.value.as_str()) {
                self.displays.insert(*at, member.display.clone());
            }
        }
        self.add_all(members)
    }

    /// Returns the IDs of the members at this point that match a filter over `value`, `display` and `type`.
    fn selected(&self, filter: &Filter, schemas: &Schemas, work: &mut Work) -> Result<Vec<String>, ScimError> {
        let members = schemas.find(Kind::Group, &AttrPath::named("members"));
        let filter = CompiledFilter::for_elements(filter, members);
        let mut evaluation = Evaluation::remembering();
        let staying = self.loaded.present.iter().zip(&self.gone).filter(|(_, gone)| !**gone).map(|(member, _)| member);
        let mut selected = Vec::new();
        // One object serves all members, and keeps the memory of its texts: that halves the time of a comparison.
        let mut element = json!({"value": null, "type": null, "display": null});
        for (member, kind) in staying.chain(self.fresh.iter().flatten()) {
            if let Some(object) = element.as_object_mut() {
                set_text(object, "value", Some(&member.value));
                set_text(object, "type", Some(kind.name()));
                set_text(object, "display", member.display.as_deref());
            }
            if filter.matches_element(&element, &mut evaluation) {
                selected.push(member.value.clone());
            }
            work.spend(evaluation.take_steps())?;
        }
        Ok(selected)
    }

    fn deltas(self) -> Deltas {
        let mut deltas = Deltas { dropped: self.dropped, ..Deltas::default() };
        for (at, ((member, kind), gone)) in self.loaded.present.iter().zip(&self.gone).enumerate() {
            if *gone {
                deltas.removed.push((member.clone(), *kind));
            } else if let Some(display) = self.displays.get(&at)
                && *display != member.display
            {
                deltas.redisplayed.push(Member { value: member.value.clone(), display: display.clone() });
            }
        }
        deltas.added = self.fresh.into_iter().flatten().collect();
        deltas
    }
}

/// Sets an attribute that the object already has.
fn set_text(object: &mut Object, key: &str, text: Option<&str>) {
    match (object.get_mut(key), text) {
        (Some(Value::String(present)), Some(text)) => {
            present.clear();
            present.push_str(text);
        }
        (Some(present), text) => *present = text.map_or(Value::Null, Value::from),
        (None, _) => {}
    }
}
