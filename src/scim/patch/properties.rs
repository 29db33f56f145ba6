//! Property tests: paths, PATCH compared with a simple model, and repeated requests.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::scim::filter::tests as filters;
use crate::scim::message::PATCH_OP;
use crate::scim::resource::Kind;
use crate::scim::schema::tests::{any_body, any_json};
use crate::scim::schema::{ENTERPRISE, USER};
use crate::scim::{Mode, Object, Schemas};

fn run(document: &Object, operations: &Value, mode: Mode) -> Result<Object, crate::scim::ScimError> {
    let body =
        Object::from_iter([("schemas".to_owned(), json!([PATCH_OP])), ("Operations".to_owned(), operations.clone())]);
    let patch = Patch::parse(&body, Kind::User, "u1", Schemas::standard(), mode.into())?;
    patch.apply(document, Kind::User, Schemas::standard(), mode.into())
}

/// An attribute with one string value: its path, and the keys that lead to it.
#[derive(Debug, Clone, Copy)]
struct Slot {
    path: &'static str,
    keys: &'static [&'static str],
}

const SLOTS: [Slot; 6] = [
    Slot { path: "title", keys: &["title"] },
    Slot { path: "NICKNAME", keys: &["nickName"] },
    Slot { path: "name.givenName", keys: &["name", "givenName"] },
    Slot { path: "Name.familyname", keys: &["name", "familyName"] },
    Slot {
        path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        keys: &[ENTERPRISE, "department"],
    },
    Slot {
        path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:manager.value",
        keys: &[ENTERPRISE, "manager", "value"],
    },
];

/// Sets or removes a single value, as a model of an operation.
fn set(object: &mut Object, keys: &[&str], value: Option<&str>) {
    let [key, rest @ ..] = keys else { return };
    if rest.is_empty() {
        match value {
            Some(value) => {
                object.insert((*key).to_owned(), value.into());
            }
            None => {
                object.shift_remove(*key);
            }
        }
        return;
    }
    if !object.contains_key(*key) {
        object.insert((*key).to_owned(), json!({}));
    }
    let inner = object[*key].as_object_mut().unwrap();
    set(inner, rest, value);
    if inner.is_empty() {
        object.shift_remove(*key);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Slot(Slot, Op, String),
    /// Adds an e-mail of a type.
    Add(String, String),
    /// Changes the value of those of a type.
    Change(String, String),
    /// Removes those of a type.
    Drop(String),
}

fn step() -> impl Strategy<Value = Step> {
    let slot = (
        proptest::sample::select(SLOTS.as_slice()),
        proptest::sample::select([Op::Add, Op::Replace, Op::Remove].as_slice()),
        "[a-z]{1,3}",
    );
    let kind = || proptest::sample::select(["work", "home", "other"].as_slice()).prop_map(str::to_owned);
    prop_oneof![
        3 => slot.prop_map(|(slot, op, value)| Step::Slot(slot, op, value)),
        1 => (kind(), "[ab]").prop_map(|(kind, value)| Step::Add(kind, value)),
        1 => (kind(), "[ab]").prop_map(|(kind, value)| Step::Change(kind, value)),
        1 => kind().prop_map(Step::Drop),
    ]
}

impl Step {
    fn operation(&self) -> Value {
        let word = |op: Op| match op {
            Op::Add => "add",
            Op::Replace => "replace",
            Op::Remove => "remove",
        };
        match self {
            Self::Slot(slot, Op::Remove, _) => json!({"op": "remove", "path": slot.path}),
            Self::Slot(slot, op, value) => json!({"op": word(*op), "path": slot.path, "value": value}),
            Self::Add(kind, value) => json!({"op": "add", "path": "emails", "value": [{"type": kind, "value": value}]}),
            Self::Change(kind, value) => {
                json!({"op": "replace", "path": format!("emails[type eq \"{kind}\"].value"), "value": value})
            }
            Self::Drop(kind) => json!({"op": "remove", "path": format!("emails[type eq \"{kind}\"]")}),
        }
    }
}

/// The model: single values, and e-mails as a list of pairs.
#[derive(Debug, Default)]
struct Model {
    slots: Object,
    emails: Vec<(String, String)>,
}

impl Model {
    fn take(&mut self, step: &Step) -> bool {
        match step {
            Step::Slot(slot, op, value) => {
                set(&mut self.slots, slot.keys, (*op != Op::Remove).then_some(value.as_str()));
                true
            }
            Step::Add(kind, value) => {
                let pair = (kind.clone(), value.clone());
                if !self.emails.contains(&pair) {
                    self.emails.push(pair);
                }
                true
            }
            Step::Change(kind, value) => {
                let mut found = false;
                for pair in self.emails.iter_mut().filter(|pair| pair.0 == *kind) {
                    pair.1.clone_from(value);
                    found = true;
                }
                // Equal pairs are merged.
                let mut seen = std::collections::HashSet::new();
                self.emails.retain(|pair| seen.insert(pair.clone()));
                found
            }
            Step::Drop(kind) => {
                let before = self.emails.len();
                self.emails.retain(|pair| pair.0 != *kind);
                self.emails.len() < before
            }
        }
    }

    fn document(&self) -> Value {
        let mut document = self.slots.clone();
        document.insert("userName".to_owned(), "ada".into());
        let mut urns = vec![USER];
        urns.extend(document.contains_key(ENTERPRISE).then_some(ENTERPRISE));
        document.insert("schemas".to_owned(), urns.into());
        if !self.emails.is_empty() {
            let emails = self.emails.iter().map(|(kind, value)| json!({"type": kind, "value": value})).collect();
            document.insert("emails".to_owned(), Value::Array(emails));
        }
        Value::Object(document)
    }
}

fn start() -> Object {
    json!({"schemas": [USER], "userName": "ada"}).as_object().unwrap().clone()
}

proptest! {
    #[test]
    fn a_printed_path_parses_to_itself(
        name in filters::name(),
        filter in proptest::option::of(filters::value_filter()),
        sub in proptest::option::of(filters::name()),
        urn in any::<bool>(),
    ) {
        let schema = urn.then(|| ENTERPRISE.to_owned());
        let path = if filter.is_some() {
            Path { attr: AttrPath { schema, name, sub: None }, filter, sub }
        } else {
            Path { attr: AttrPath { schema, name, sub }, filter, sub: None }
        };
        prop_assert_eq!(path.to_string().parse::<Path>().unwrap(), path);
    }

    #[test]
    fn any_path_is_parsed_without_panic(text in "[a-zé$.:/\\[\\]() \"0]{0,24}|(emails|\\[|type eq \"x\"|\\]|\\.value|urn:a:){0,6}") {
        if let Ok(path) = text.parse::<Path>() {
            prop_assert_eq!(path.to_string().parse::<Path>().unwrap(), path);
        }
    }

    #[test]
    fn one_request_and_many_requests_agree_with_the_model(steps in prop::collection::vec(step(), 1..8)) {
        let mut model = Model::default();
        let mut singly = start();
        let mut good = Vec::new();
        for step in &steps {
            let result = run(&singly, &json!([step.operation()]), Mode::Strict);
            if model.take(step) {
                singly = result.unwrap();
                good.push(step.operation());
            } else {
                prop_assert_eq!(result.unwrap_err().scim_type, Some(crate::scim::ScimType::NoTarget));
            }
            prop_assert_eq!(Value::Object(singly.clone()), model.document());
        }
        if good.len() == steps.len() {
            let at_once = run(&start(), &Value::Array(good), Mode::Strict).unwrap();
            prop_assert_eq!(Value::Object(at_once), model.document());
        } else {
            let all: Vec<Value> = steps.iter().map(Step::operation).collect();
            prop_assert!(run(&start(), &Value::Array(all), Mode::Strict).is_err());
        }
    }

    #[test]
    fn repeating_a_request_changes_nothing(before in any_body(), value in any_body(), strict in any::<bool>()) {
        let mode = if strict { Mode::Strict } else { Mode::Lenient };
        let Ok(before) = Schemas::standard().accept(Kind::User, before, mode.into()) else { return Ok(()) };
        for op in ["replace", "add"] {
            let operations = json!([{"op": op, "value": value.clone()}]);
            if let Ok(once) = run(&before.document, &operations, mode) {
                prop_assert_eq!(&run(&once, &operations, mode).unwrap(), &once);
            }
        }
    }

    #[test]
    fn the_result_of_a_patch_is_an_acceptable_document(
        before in any_body(),
        paths in prop::collection::vec(
            (
                proptest::sample::select(vec![
                    "", "userName", "name", "name.givenName", "emails", "emails.value", "emails[type eq \"a\"]",
                    "emails[value pr].primary", "emails[not (type pr)].type", "photos", "schemas", "active", "password",
                    ENTERPRISE,
                    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "roles", "externalId",
                ]),
                proptest::sample::select(vec!["add", "replace", "remove"]),
                any_json(),
            ),
            1..4,
        ),
        strict in any::<bool>(),
    ) {
        let mode = if strict { Mode::Strict } else { Mode::Lenient };
        let Ok(before) = Schemas::standard().accept(Kind::User, before, mode.into()) else { return Ok(()) };
        let operations: Vec<Value> = paths
            .into_iter()
            .map(|(path, op, value)| {
                if path.is_empty() { json!({"op": op, "value": value}) } else { json!({"op": op, "path": path, "value": value}) }
            })
            .collect();
        if let Ok(after) = run(&before.document, &Value::Array(operations), mode) {
            let again = Schemas::standard().accept(Kind::User, after.clone(), mode.into()).unwrap();
            prop_assert_eq!(again.document, after);
            prop_assert!(!again.password_set);
        }
    }
}
