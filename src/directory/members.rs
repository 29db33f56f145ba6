//! What a command does to the members of a group: from edits to deltas.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use super::command::Command;
use crate::base::limits;
use crate::scim::filter::{CompiledFilter, Evaluation};
use crate::scim::patch::MembersEdit;
use crate::scim::resource::{Kind, Member};
use crate::scim::{AttrPath, Filter, Rules, Schemas, ScimError, Work};

/// Which members a backend has to look up before [`resolve`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Ids that the command names, each once.
    pub named: Vec<String>,
    /// All present members as well: some edit depends on who is there.
    pub everyone: bool,
}

/// What the backend found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LoadedMembers {
    /// Those of the named ids that exist in the directory, with their kind; with `everyone`, all present members too.
    pub known: HashMap<String, Kind>,
    /// Present members in their order: all with `everyone`, else those that are named.
    pub present: Vec<Member>,
}

/// What changes among the members of a group. A member that is removed and added again in one command stays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Deltas {
    pub removed: Vec<(Member, Kind)>,
    pub added: Vec<(Member, Kind)>,
    /// Members that stay and got another `display`.
    pub shown: Vec<Member>,
    /// Ids that name nobody and were dropped.
    pub dropped: Vec<String>,
}

impl Deltas {
    /// Whether the group stays as it was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty() && self.shown.is_empty()
    }
}

/// The edits of a command, PUT and POST included.
fn edits(command: &Command) -> Vec<MembersEdit> {
    match command {
        Command::Create { kind: Kind::Group, members, .. } => vec![MembersEdit::Add(members.clone())],
        Command::Replace { kind: Kind::Group, members, .. } => vec![MembersEdit::Replace(members.clone())],
        Command::Patch { kind: Kind::Group, patch, .. } => patch.members.clone(),
        _ => Vec::new(),
    }
}

/// What [`resolve`] will need to know for this command.
#[must_use]
pub fn needs(command: &Command) -> Needs {
    let mut needs = Needs::default();
    let mut seen = HashSet::new();
    for edit in edits(command) {
        needs.everyone |= matches!(edit, MembersEdit::Replace(_) | MembersEdit::RemoveWhere(_));
        let named: Vec<String> = match edit {
            MembersEdit::Add(members) | MembersEdit::Replace(members) => {
                members.into_iter().map(|member| member.value).collect()
            }
            MembersEdit::Remove(ids) => ids,
            MembersEdit::RemoveWhere(_) => Vec::new(),
        };
        needs.named.extend(named.into_iter().filter(|id| seen.insert(id.clone())));
    }
    needs
}

/// The deltas of a command.
///
/// # Errors
/// 400 `invalidValue` for a group that would contain itself and, where the rules ask for it, for a member that names no
/// user or group of the directory; 400 `tooMany` for filters that would take too long.
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
            MembersEdit::Add(members) => state.add_all(members)?,
            MembersEdit::Remove(ids) => {
                for id in &ids {
                    state.remove(id);
                }
            }
            MembersEdit::RemoveWhere(filter) => {
                for id in state.selected(&filter, schemas, &mut work)? {
                    state.remove(&id);
                }
            }
            MembersEdit::Replace(members) => state.replace(members)?,
        }
    }
    Ok(state.deltas())
}

/// The members while the edits of one command are carried out.
struct State<'a> {
    group: Option<&'a str>,
    loaded: &'a LoadedMembers,
    rules: Rules,
    /// The present ones: their position in `loaded.present`.
    positions: HashMap<&'a str, usize>,
    /// Present ones that are removed.
    gone: HashSet<String>,
    /// New ones in order; `None` where one was removed again.
    fresh: Vec<Option<Member>>,
    fresh_positions: HashMap<String, usize>,
    /// New displays of present ones.
    shown: HashMap<String, Option<String>>,
    dropped: Vec<String>,
    /// The same, to tell whether one is among them.
    unknown: HashSet<String>,
}

impl<'a> State<'a> {
    fn new(group: Option<&'a str>, loaded: &'a LoadedMembers, rules: Rules) -> Self {
        let positions =
            loaded.present.iter().enumerate().map(|(position, member)| (member.value.as_str(), position)).collect();
        Self {
            group,
            loaded,
            rules,
            positions,
            gone: HashSet::new(),
            fresh: Vec::new(),
            fresh_positions: HashMap::new(),
            shown: HashMap::new(),
            dropped: Vec::new(),
            unknown: HashSet::new(),
        }
    }

    fn add_all(&mut self, members: Vec<Member>) -> Result<(), ScimError> {
        for member in members {
            let present = self.positions.contains_key(member.value.as_str());
            if present {
                self.gone.remove(&member.value);
            } else if self.may_join(&member.value)? && !self.fresh_positions.contains_key(&member.value) {
                self.fresh_positions.insert(member.value.clone(), self.fresh.len());
                self.fresh.push(Some(member));
            }
        }
        Ok(())
    }

    fn may_join(&mut self, id: &str) -> Result<bool, ScimError> {
        if self.group == Some(id) {
            return Err(ScimError::invalid_value(format!("members: the group {id} can't be a member of itself")));
        }
        if self.loaded.known.contains_key(id) {
            return Ok(true);
        }
        if !self.rules.drop_unknown_members {
            return Err(ScimError::invalid_value(format!("members: {id} is no user or group of this directory")));
        }
        if self.unknown.insert(id.to_owned()) {
            self.dropped.push(id.to_owned());
        }
        Ok(false)
    }

    fn remove(&mut self, id: &str) {
        if let Some(position) = self.fresh_positions.remove(id) {
            if let Some(slot) = self.fresh.get_mut(position) {
                *slot = None;
            }
        } else if self.positions.contains_key(id) {
            self.gone.insert(id.to_owned());
        }
    }

    fn replace(&mut self, members: Vec<Member>) -> Result<(), ScimError> {
        self.fresh.clear();
        self.fresh_positions.clear();
        self.gone = self.loaded.present.iter().map(|member| member.value.clone()).collect();
        for member in &members {
            if member.display.is_some() && self.positions.contains_key(member.value.as_str()) {
                self.shown.insert(member.value.clone(), member.display.clone());
            }
        }
        self.add_all(members)
    }

    /// Returns the ids of the current members that a filter over `value`, `display` and `type` selects.
    fn selected(&self, filter: &Filter, schemas: &Schemas, work: &mut Work) -> Result<Vec<String>, ScimError> {
        let members = schemas.find(Kind::Group, &AttrPath::named("members"));
        let filter = CompiledFilter::for_elements(filter, members);
        let mut evaluation = Evaluation::remembering();
        let staying = self.loaded.present.iter().filter(|member| !self.gone.contains(&member.value));
        let mut selected = Vec::new();
        // One object serves all members: only its values change.
        let mut element = json!({});
        for member in staying.chain(self.fresh.iter().flatten()) {
            let kind = self.loaded.known.get(&member.value).copied().unwrap_or(Kind::User);
            if let Some(object) = element.as_object_mut() {
                object.insert("value".to_owned(), member.value.clone().into());
                object.insert("type".to_owned(), kind.name().into());
                object.insert("display".to_owned(), member.display.clone().into());
            }
            if filter.matches_element(&element, &mut evaluation) {
                selected.push(member.value.clone());
            }
            work.spend(evaluation.take_steps())?;
        }
        Ok(selected)
    }

    fn deltas(self) -> Deltas {
        let kind = |id: &str| self.loaded.known.get(id).copied().unwrap_or(Kind::User);
        let mut deltas = Deltas { dropped: self.dropped, ..Deltas::default() };
        for member in &self.loaded.present {
            if self.gone.contains(&member.value) {
                deltas.removed.push((member.clone(), kind(&member.value)));
            } else if let Some(display) = self.shown.get(&member.value)
                && *display != member.display
            {
                deltas.shown.push(Member { value: member.value.clone(), display: display.clone() });
            }
        }
        deltas.added = self
            .fresh
            .into_iter()
            .flatten()
            .map(|member| {
                let kind = kind(&member.value);
                (member, kind)
            })
            .collect();
        deltas
    }
}
