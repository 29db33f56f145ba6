//! External names: the place of a mapped value in the SCIM document.
//!
//! A name is a path of keys, `manager.value`. A step such as `^[type=='X']` selects an element of an array:
//! `roles.^[type=='X'].value` (KBROLES).

use serde_json::{Map, Value};

/// One step from an object or an array towards a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Into a key of an object.
    Key(String),
    /// Into an element of an array.
    Element(Selector),
}

/// The condition in `^[type=='X']`. `^[primary==true]` selects the primary element, or the first if none is primary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector {
    key: String,
    value: Value,
}

impl Selector {
    fn parse(text: &str) -> Option<Self> {
        let (key, value) = text.split_once("==")?;
        let value = match value.trim() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            // Some vendors leave the quotes out.
            text => text.trim_matches(['\'', '"']).into(),
        };
        let key = key.trim().to_owned();
        (!key.is_empty() && value.as_str() != Some("")).then_some(Self { key, value })
    }

    pub(super) fn is_primary(&self) -> bool {
        self.key == "primary" && self.value == Value::Bool(true)
    }

    fn selects(&self, element: &Value) -> bool {
        element.get(&self.key) == Some(&self.value)
    }

    /// Returns the position of the selected element. `claimed` are the selectors of all rows of the attribute. A primary
    /// element belongs to the row that selects it as such, whatever its type. The first element stands for a missing
    /// primary one, unless another row selects it.
    fn find(&self, elements: &[Value], claimed: &[&Self]) -> Option<usize> {
        let first = || {
            let free = |element: &Value| !claimed.iter().any(|other| other.selects(element));
            elements.iter().position(free).filter(|_| self.is_primary())
        };
        let taken = |element: &Value| claimed.iter().any(|other| other.is_primary() && other.selects(element));
        let own = |element: &Value| self.selects(element) && (self.is_primary() || !taken(element));
        elements.iter().position(own).or_else(first)
    }

    /// Returns a new element that this selector selects. `primary` or `type` is its first key (REF20, KBROLES).
    fn element(&self) -> Value {
        Value::Object(Map::from_iter([(self.key.clone(), self.value.clone())]))
    }

    /// Checks for an element without a value: what is left only describes one.
    fn is_bare(&self, element: &Value) -> bool {
        let describes = |key: &String| ["primary", "type", "display"].contains(&key.as_str()) || *key == self.key;
        element.as_object().is_some_and(|element| element.keys().all(describes))
    }
}

/// Parses an external name.
pub(super) fn steps(name: &str) -> Option<Vec<Step>> {
    let keys = |path: &str| path.split('.').map(|key| Step::Key(key.to_owned())).collect::<Vec<_>>();
    let steps = match name.split_once(".^[") {
        None => keys(name),
        Some((attribute, rest)) => {
            let (condition, tail) = rest.split_once("].")?;
            let selector = Selector::parse(condition)?;
            let mut steps = keys(attribute);
            steps.push(Step::Element(selector));
            steps.extend(keys(tail));
            steps
        }
    };
    let wrong = |step: &Step| matches!(step, Step::Key(key) if key.is_empty() || key.contains(['^', '[', ']']));
    (!steps.iter().any(wrong)).then_some(steps)
}

/// Returns the node at the end of the steps. `claimed` are the elements of other rows.
pub(super) fn found<'a>(node: &'a Value, steps: &[Step], claimed: &[&Selector]) -> Option<&'a Value> {
    match steps.split_first() {
        None => Some(node),
        Some((Step::Key(key), rest)) => found(node.get(key)?, rest, claimed),
        Some((Step::Element(selector), rest)) => {
            let elements = node.as_array()?;
            found(elements.get(selector.find(elements, claimed)?)?, rest, claimed)
        }
    }
}

/// Changes the node at the end of the steps; `None` is a node that does not exist. Returns the edited node, or `None` if
/// nothing is left of it. All that the steps do not lead to survives. `claimed` are the elements of other rows.
pub(super) fn edited(
    node: Option<Value>,
    steps: &[Step],
    claimed: &[&Selector],
    change: &dyn Fn(Option<Value>) -> Option<Value>,
) -> Option<Value> {
    match (steps.split_first(), node) {
        (None, node) => change(node),
        (Some((Step::Key(key), rest)), Some(Value::Object(mut object))) => {
            let inner = object.get_mut(key).map(Value::take);
            match edited(inner, rest, claimed, change) {
                Some(inner) => object.insert(key.clone(), inner),
                None => object.shift_remove(key),
            };
            (!object.is_empty()).then_some(Value::Object(object))
        }
        (Some((Step::Element(selector), rest)), Some(Value::Array(mut elements))) => {
            let at = selector.find(&elements, claimed).unwrap_or(elements.len());
            let old = elements.get_mut(at).map_or_else(|| selector.element(), Value::take);
            let element = edited(Some(old), rest, claimed, change).filter(|element| !selector.is_bare(element));
            let end = (at + 1).min(elements.len());
            elements.splice(at..end, element);
            (!elements.is_empty()).then_some(Value::Array(elements))
        }
        // A node of another type is replaced if there is something to set, and otherwise left alone.
        (Some((Step::Key(_), _)), other) => edited(Some(Value::Object(Map::new())), steps, claimed, change).or(other),
        (Some((Step::Element(_), _)), other) => {
            edited(Some(Value::Array(Vec::new())), steps, claimed, change).or(other)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn edit(node: Value, name: &str, value: Option<&str>) -> Value {
        edited(Some(node), &steps(name).unwrap(), &[], &|_| value.map(Value::from)).unwrap_or_default()
    }

    #[test]
    fn a_name_leads_to_a_key_or_an_element() {
        assert_eq!(edit(json!({}), "manager.value", Some("1")), json!({"manager": {"value": "1"}}));
        for name in ["roles.^[type=='a.b'].value", "roles.^[type==a.b].value", "roles.^[type == \"a.b\"].value"] {
            assert_eq!(edit(json!({}), name, Some("x")).to_string(), r#"{"roles":[{"type":"a.b","value":"x"}]}"#);
        }
        for name in
            ["", "a..b", "roles.^[type=='X']", "roles.^[type].value", "roles[type eq \"X\"].value", "r.^[=='X'].v"]
        {
            assert_eq!(steps(name), None, "{name}");
        }
    }

    #[test]
    fn an_edit_changes_the_selected_element_and_keeps_the_rest() {
        let roles = json!({"roles": [{"type": "Y", "value": "y"}, {"type": "X", "value": "x", "display": "Ex"}]});
        let set = edit(roles.clone(), "roles.^[type=='X'].value", Some("new"));
        assert_eq!(
            set,
            json!({"roles": [{"type": "Y", "value": "y"}, {"type": "X", "value": "new", "display": "Ex"}]})
        );
        let removed = edit(roles.clone(), "roles.^[type=='X'].value", None);
        assert_eq!(removed, json!({"roles": [{"type": "Y", "value": "y"}]}));
        assert_eq!(edit(removed, "roles.^[type=='Y'].value", None), Value::Null);
        assert_eq!(edit(roles.clone(), "roles.^[type=='Z'].value", None), roles);
        let first = edit(roles, "roles.^[primary==true].value", Some("p"));
        assert_eq!(first["roles"][0], json!({"type": "Y", "value": "p"}));
    }

    #[test]
    fn a_value_of_another_type_is_replaced_but_not_removed() {
        let odd = json!({"name": "Ada", "emails": {"value": "a"}});
        assert_eq!(edit(odd.clone(), "name.givenName", None), odd);
        assert_eq!(edit(odd.clone(), "emails.^[primary==true].value", None), odd);
        assert_eq!(edit(odd.clone(), "name.givenName", Some("A"))["name"], json!({"givenName": "A"}));
        let emails = edit(odd, "emails.^[primary==true].value", Some("a"));
        assert_eq!(emails["emails"], json!([{"primary": true, "value": "a"}]));
    }
}
