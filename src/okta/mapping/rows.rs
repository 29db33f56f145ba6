//! The rows of an attribute mapping.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::place::{Selector, Step, edited, found, steps};
use super::profile::{AppProfile, Profile, ProfileValue};
use crate::base::did_you_mean;
use crate::okta::habits::{CoreCustom, Habits};
use crate::scim::schema::{ENTERPRISE, USER};

/// A JSON object whose keys keep their order on the wire.
pub type Document = Map<String, Value>;

/// A mapping that Okta rejects, or a profile that does not fit the mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    #[error("there is no mapping row {name:?}; {}", other_rows(name, known))]
    UnknownRow { name: String, known: Vec<String> },
    #[error("`groups` cannot be the name of a custom attribute, because it is a core attribute; choose another name")]
    ReservedName,
    #[error("{name:?} is not an external name; write `a`, `a.b` or `a.^[type=='X'].b`")]
    InvalidName { name: String },
    #[error(
        "`{attribute}` is a list, but the mapping row {row:?} takes one value; write a string, or map the list with a custom row"
    )]
    List { attribute: String, row: String },
}

fn other_rows(name: &str, known: &[String]) -> String {
    did_you_mean(name, known.iter().map(String::as_str), &format!("there are {}", known.join(", ")))
}

/// The requests that a row applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ApplyOn {
    Create,
    #[default]
    CreateAndUpdate,
}

/// One row: an attribute of the Okta profile and its place in the SCIM document.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    /// The row's name in scenarios and in the attribute list of the Admin Console: `givenName`, `emails.type`, `department`.
    name: String,
    /// The attribute of the Okta profile; `None` if an expression has the value, or if an administrator deleted the mapping
    /// of the row.
    source: Option<String>,
    /// True if an expression has the value.
    computed: bool,
    /// The external namespace, a URN.
    namespace: String,
    /// The steps of the external name.
    steps: Vec<Step>,
    custom: bool,
    apply: ApplyOn,
    /// True if the lists of all assigned groups are combined; false if the group with the highest priority wins.
    combines_groups: bool,
}

impl Row {
    fn template(name: &str, source: &str, namespace: &str, external: &str) -> Self {
        Self {
            name: name.to_owned(),
            source: Some(source.to_owned()),
            computed: false,
            namespace: namespace.to_owned(),
            steps: steps(external).expect("invariant: the names of the template are valid"),
            custom: false,
            apply: ApplyOn::default(),
            combines_groups: false,
        }
    }

    fn is_mapped(&self) -> bool {
        self.source.is_some() || self.computed
    }

    /// Returns true if a document for a person contains the row: if it is mapped, or if an assignment sets it.
    fn is_in_use(&self, person: &AppProfile<'_>) -> bool {
        self.is_mapped() || person.is_managed(&self.name)
    }

    /// Returns true if a create or an update of a person sends the row.
    fn applies(&self, person: &AppProfile<'_>, updating: bool) -> bool {
        (self.is_mapped() && (!updating || self.apply == ApplyOn::CreateAndUpdate)) || person.is_managed(&self.name)
    }

    /// Returns true if the row takes a list of strings.
    fn takes_lists(&self) -> bool {
        self.custom && self.selector().is_none()
    }

    fn value(&self, person: &AppProfile<'_>, habits: &Habits) -> Option<Value> {
        person.value(&self.name, self.source.as_deref(), habits)
    }

    /// Returns the value of the row in a user document.
    fn read(&self, user: &Value, claimed: &[&Selector]) -> Option<ProfileValue> {
        let at_top = (self.namespace == USER).then_some(user);
        let below = user.get(&self.namespace).filter(|_| self.custom || self.namespace != USER);
        let value = below.into_iter().chain(at_top).find_map(|node| found(node, &self.steps, claimed))?;
        let value = ProfileValue::deserialize(value).ok()?;
        (!value.is_empty() && (!value.is_list() || self.takes_lists())).then_some(value)
    }

    /// Returns the attribute of the namespace that contains the value.
    fn attribute(&self) -> Option<&str> {
        self.steps.iter().find_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Element(_) => None,
        })
    }

    /// Splits the steps into those to an element of an array, if there is one, and the rest.
    fn split(&self) -> (&[Step], &[Step]) {
        let after = self.steps.iter().position(|step| matches!(step, Step::Element(_))).map_or(0, |at| at + 1);
        self.steps.split_at_checked(after).unwrap_or_default()
    }

    fn selector(&self) -> Option<&Selector> {
        match self.split().0.last() {
            Some(Step::Element(selector)) => Some(selector),
            _ => None,
        }
    }

    /// Checks for a value in the same element of an array as that of another row.
    fn shares_element(&self, other: &Self) -> bool {
        self.selector().is_some() && self.namespace == other.namespace && self.split().0 == other.split().0
    }

    /// Checks for a value at the top level of the document. Core attributes are there; where a custom one goes is a habit,
    /// but Okta changes what the server returned at the top level in that place (inferred).
    fn is_at_top(&self, document: &Document, habits: &Habits) -> bool {
        let custom_at_top = || {
            habits.core_custom == CoreCustom::Top
                || (!document.contains_key(USER) && self.attribute().is_some_and(|name| document.contains_key(name)))
        };
        self.namespace == USER && (!self.custom || custom_at_top())
    }
}

/// A custom attribute: its external name in its external namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CustomRow {
    /// The attribute of the Okta profile.
    pub source: String,
    /// The external name. A dot makes a nested object, and `roles.^[type=='X'].value` an element of an array.
    pub name: String,
    /// The external namespace, a URN.
    pub namespace: String,
    /// The requests that contain the attribute.
    #[serde(default)]
    pub apply: ApplyOn,
    /// Combine values across groups: a person gets the lists of all groups that assign the app, not only that of the group
    /// with the highest priority (HELP).
    #[serde(default)]
    pub combine_groups: bool,
}

/// The attribute mapping of an app. `userName` is not a row: the application username format sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Shared, because each job has a copy of its app's mapping.
    rows: Arc<Vec<Row>>,
}

/// The core rows of Okta's SCIM template, in order: name, profile attribute and external name (ROSTR's list before pruning,
/// and the additional name parts of WORKOSSPEC).
const CORE_ROWS: [(&str, &str, &str); 22] = [
    ("givenName", "firstName", "name.givenName"),
    ("familyName", "lastName", "name.familyName"),
    ("middleName", "middleName", "name.middleName"),
    ("honorificPrefix", "honorificPrefix", "name.honorificPrefix"),
    ("honorificSuffix", "honorificSuffix", "name.honorificSuffix"),
    ("emails.value", "email", "emails.^[primary==true].value"),
    ("emails.type", "emailType", "emails.^[primary==true].type"),
    ("displayName", "displayName", "displayName"),
    ("locale", "locale", "locale"),
    ("nickName", "nickName", "nickName"),
    ("profileUrl", "profileUrl", "profileUrl"),
    ("title", "title", "title"),
    ("userType", "userType", "userType"),
    ("preferredLanguage", "preferredLanguage", "preferredLanguage"),
    ("timezone", "timezone", "timezone"),
    ("phoneNumbers.value", "primaryPhone", "phoneNumbers.^[primary==true].value"),
    ("phoneNumbers.type", "primaryPhoneType", "phoneNumbers.^[primary==true].type"),
    ("addresses.streetAddress", "streetAddress", "addresses.^[primary==true].streetAddress"),
    ("addresses.locality", "city", "addresses.^[primary==true].locality"),
    ("addresses.region", "state", "addresses.^[primary==true].region"),
    ("addresses.postalCode", "zipCode", "addresses.^[primary==true].postalCode"),
    ("addresses.country", "countryCode", "addresses.^[primary==true].country"),
];

/// The rows of the enterprise extension: name, which is also the external name, and profile attribute.
const ENTERPRISE_ROWS: [(&str, &str); 7] = [
    ("employeeNumber", "employeeNumber"),
    ("costCenter", "costCenter"),
    ("organization", "organization"),
    ("division", "division"),
    ("department", "department"),
    ("manager.value", "managerId"),
    ("manager.displayName", "manager"),
];

impl Default for Mapping {
    /// Returns the rows of Okta's SCIM template.
    fn default() -> Self {
        let core = CORE_ROWS.into_iter().map(|(name, source, external)| Row::template(name, source, USER, external));
        let enterprise =
            ENTERPRISE_ROWS.into_iter().map(|(name, source)| Row::template(name, source, ENTERPRISE, name));
        Self { rows: Arc::new(core.chain(enterprise).collect()) }
    }
}

impl Mapping {
    /// Deletes rows by name, as an administrator does under Attribute Mappings.
    ///
    /// # Errors
    /// A row does not exist.
    pub fn without(mut self, names: &[impl AsRef<str>]) -> Result<Self, MappingError> {
        for name in names.iter().map(AsRef::as_ref) {
            let error = self.unknown_row(name);
            let row = Arc::make_mut(&mut self.rows).iter_mut().find(|row| row.name == name && row.is_mapped());
            let row = row.ok_or(error)?;
            (row.source, row.computed) = (None, false);
        }
        Ok(self)
    }

    /// Gives a row to an expression.
    ///
    /// # Errors
    /// The row does not exist.
    pub(in crate::okta) fn compute(&mut self, name: &str) -> Result<(), MappingError> {
        let known = self.rows.iter().map(|row| row.name.clone()).collect();
        let row = Arc::make_mut(&mut self.rows).iter_mut().find(|row| row.name == name);
        let row = row.ok_or_else(|| MappingError::UnknownRow { name: name.to_owned(), known })?;
        (row.source, row.computed) = (None, true);
        Ok(())
    }

    /// Returns true if a row takes a list of strings.
    pub(in crate::okta) fn takes_lists(&self, name: &str) -> bool {
        self.rows.iter().any(|row| row.name == name && row.takes_lists())
    }

    /// Makes rows apply to creates only.
    ///
    /// # Errors
    /// As [`Mapping::without`].
    pub fn create_only(mut self, names: &[impl AsRef<str>]) -> Result<Self, MappingError> {
        for name in names.iter().map(AsRef::as_ref) {
            let error = self.unknown_row(name);
            let row = Arc::make_mut(&mut self.rows).iter_mut().find(|row| row.name == name && row.is_mapped());
            row.ok_or(error)?.apply = ApplyOn::Create;
        }
        Ok(self)
    }

    /// Adds a custom attribute.
    ///
    /// # Errors
    /// The name is not an external name, or it is `groups`, which Okta forbids because it collides with the core attribute
    /// (FAQ).
    pub fn with(mut self, custom: CustomRow) -> Result<Self, MappingError> {
        if custom.name == "groups" {
            return Err(MappingError::ReservedName);
        }
        let CustomRow { source, name, namespace, apply, combine_groups: combines_groups } = custom;
        let steps = steps(&name).ok_or_else(|| MappingError::InvalidName { name: name.clone() })?;
        let (source, computed) = (Some(source), false);
        Arc::make_mut(&mut self.rows).push(Row {
            steps,
            name,
            source,
            computed,
            namespace,
            custom: true,
            apply,
            combines_groups,
        });
        Ok(self)
    }

    fn unknown_row(&self, name: &str) -> MappingError {
        MappingError::UnknownRow {
            name: name.to_owned(),
            known: self.rows.iter().filter(|row| row.is_mapped()).map(|row| row.name.clone()).collect(),
        }
    }

    /// Checks the values that an assignment sets: each has the name of a row, which needs no mapping, and is a list only
    /// where the row takes one.
    ///
    /// # Errors
    /// A row does not exist, or it takes one value.
    pub fn check_assigned(&self, values: &Profile) -> Result<(), MappingError> {
        for (name, value) in values {
            let row = self.rows.iter().find(|row| row.name == *name).ok_or_else(|| MappingError::UnknownRow {
                name: name.clone(),
                known: self.rows.iter().map(|row| row.name.clone()).collect(),
            })?;
            if value.is_list() && !row.takes_lists() {
                return Err(MappingError::List { attribute: name.clone(), row: name.clone() });
            }
        }
        Ok(())
    }

    /// Returns true if the lists of all groups are combined in a row.
    pub(in crate::okta) fn combines_groups(&self, name: &str) -> bool {
        self.rows.iter().any(|row| row.name == name && row.combines_groups)
    }

    /// Returns true if updates push a row with another value than the given one.
    pub(in crate::okta) fn contradicts<'a>(
        &self,
        name: &str,
        value: &ProfileValue,
        person: impl Into<AppProfile<'a>>,
    ) -> bool {
        let person = person.into();
        let pushes = |row: &&Row| row.name == name && row.is_mapped() && row.apply == ApplyOn::CreateAndUpdate;
        let value = serde_json::json!(value);
        self.rows.iter().filter(pushes).any(|row| row.value(&person, &Habits::default()) != Some(value.clone()))
    }

    /// Checks that a profile has a list only where each mapped row takes one: a custom row that selects no element.
    ///
    /// # Errors
    /// A row, or the application username, takes one value.
    pub fn check(&self, profile: &Profile) -> Result<(), MappingError> {
        let rows = self.rows.iter().filter(|row| !row.takes_lists());
        let rows = rows.filter_map(|row| Some((row.source.as_deref()?, row.name.as_str())));
        let is_list = |(source, _): &(&str, &str)| profile.get(*source).is_some_and(ProfileValue::is_list);
        match rows.chain([("login", "userName")]).find(is_list) {
            Some((source, row)) => Err(MappingError::List { attribute: source.to_owned(), row: row.to_owned() }),
            None => Ok(()),
        }
    }

    /// Returns the mapped attributes of a profile, without `schemas`, in wire order.
    #[must_use]
    pub fn attributes<'a>(&self, person: impl Into<AppProfile<'a>>, habits: &Habits, updating: bool) -> Document {
        let mut document = Document::new();
        self.write(&mut document, &person.into(), habits, updating);
        document
    }

    /// Returns true if an update of a profile changes an attribute that the rows send.
    #[must_use]
    pub fn changes<'a>(
        &self,
        before: impl Into<AppProfile<'a>>,
        after: impl Into<AppProfile<'a>>,
        habits: &Habits,
    ) -> bool {
        let (before, after) = (before.into(), after.into());
        let differs = |row: &&Row| row.applies(&after, true) && row.value(&before, habits) != row.value(&after, habits);
        let differing: Vec<&Row> = self.rows.iter().filter(differs).collect();
        // A value in an element of a list depends on other rows, and a custom row can have the same place as another one.
        let is_seen = |row: &&Row| row.selector().is_none() && self.rows.iter().all(|row| !row.custom);
        let documents_differ = || self.attributes(before, habits, true) != self.attributes(after, habits, true);
        !differing.is_empty() && (differing.iter().any(is_seen) || documents_differ())
    }

    /// Returns the Okta profile that the rows make of a user document, read backwards. Rows with an expression and values of
    /// another type than the attribute's are left out.
    #[must_use]
    pub fn profile_of(&self, user: &Value) -> Profile {
        let mut profile = Profile::new();
        for row in self.rows.iter() {
            let Some(source) = &row.source else { continue };
            if let Some(value) = row.read(user, &self.claimed(row)) {
                profile.entry(source.clone()).or_insert(value);
            }
        }
        profile
    }

    /// Returns the selectors of all rows of the same attribute.
    fn claimed(&self, row: &Row) -> Vec<&Selector> {
        let same = |other: &&Row| other.namespace == row.namespace && other.attribute() == row.attribute();
        self.rows.iter().filter(same).filter_map(Row::selector).collect()
    }

    /// Returns the attributes of the Okta profile that the rows send.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(|row| row.source.as_deref())
    }

    /// Sets the mapped attributes of a profile in a document and removes those that are mapped but unset, first at the top
    /// level, then under URNs.
    pub(super) fn write(&self, document: &mut Document, person: &AppProfile<'_>, habits: &Habits, updating: bool) {
        let used: Vec<&Row> = self.rows.iter().filter(|row| row.is_in_use(person)).collect();
        let (top, namespaced): (Vec<&Row>, Vec<&Row>) = used
            .iter()
            .filter(|row| row.applies(person, updating))
            .partition(|row| row.is_at_top(document, habits) || shares_template(&used, row));
        for (rows, at_top) in [(top, true), (namespaced, false)] {
            for rows in by_element(&rows) {
                write_element(&used, &rows, at_top, document, &|row| row.value(person, habits));
            }
        }
    }

    /// Iterates over the multi-valued attributes of the template that updates manage.
    pub(super) fn managed_arrays(&self) -> impl Iterator<Item = &str> {
        let managed = |row: &&Row| !row.custom && row.is_mapped() && row.apply == ApplyOn::CreateAndUpdate;
        self.rows.iter().filter(managed).filter(|row| row.selector().is_some()).filter_map(Row::attribute)
    }

    /// Iterates over the URNs of the rows that are sent for a person.
    pub(super) fn namespaces(&self, person: &AppProfile<'_>) -> impl Iterator<Item = &str> {
        self.rows.iter().filter(|row| row.is_in_use(person)).map(|row| row.namespace.as_str())
    }
}

/// Returns true if a custom row has the attribute of a template row. Both write one attribute, at the top level.
fn shares_template(used: &[&Row], row: &Row) -> bool {
    let is_twin =
        |other: &&Row| !other.custom && other.namespace == row.namespace && other.attribute() == row.attribute();
    row.namespace == USER && used.iter().any(is_twin)
}

/// Writes the rows that share an element, or one row without an element. `used` are all rows that are sent.
fn write_element(
    used: &[&Row],
    rows: &[&Row],
    at_top: bool,
    document: &mut Document,
    value: &dyn Fn(&Row) -> Option<Value>,
) {
    let Some(first) = rows.first() else { return };
    let urn = (!at_top).then(|| Step::Key(first.namespace.clone()));
    let to_element: Vec<Step> = urn.into_iter().chain(first.split().0.iter().cloned()).collect();
    let same_attribute = |row: &&&Row| row.namespace == first.namespace && row.attribute() == first.attribute();
    let claimed: Vec<&Selector> = used.iter().filter(same_attribute).filter_map(|row| row.selector()).collect();
    let change = |node| rows.iter().fold(node, |node, row| edited(node, row.split().1, &claimed, &|_| value(row)));
    let whole = Value::Object(std::mem::take(document));
    if let Some(Value::Object(whole)) = edited(Some(whole), &to_element, &claimed, &change) {
        *document = whole;
    }
}

/// Groups the rows that share an element, which is edited as a whole.
fn by_element<'a>(rows: &[&'a Row]) -> Vec<Vec<&'a Row>> {
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|group| group.iter().any(|other| row.shares_element(other))) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

pub(super) fn put(object: &mut Document, key: &str, value: Value) {
    object.insert(key.to_owned(), value);
}
