//! The parameters of a scenario: `[set]` names them with their values, `--set` changes a value, and `${name}` inserts it. Pure.

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use crate::base::nearest;

/// A mistake in the use of parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterMistake {
    #[error("there is no parameter `{name}`{}", nearest.as_ref().map_or_else(|| listed(known), |nearest| format!("; did you mean `{nearest}`?")))]
    Unknown { name: String, nearest: Option<String>, known: Vec<String> },
    #[error("the parameter `{name}` must be of type {expected}, as in [set], but it is {found:?}")]
    WrongType { name: String, expected: &'static str, found: String },
    #[error("the parameter `{name}` in [set] must be a string, a number, or true or false")]
    NotPlain { name: String },
}

fn listed(known: &[String]) -> String {
    match known {
        [] => ", because the scenario has no section [set]; add one with the parameter".to_owned(),
        known => format!("; [set] has {}", known.join(", ")),
    }
}

/// Inserts the values of parameters in a scenario. The lines of the text stay where they are. An error has the position in the
/// text, if it is there.
pub(super) fn insert(text: &str, given: &[(String, String)]) -> Result<String, (Option<usize>, ParameterMistake)> {
    // A text that is not TOML is reported by the parser.
    let mut set = match toml::from_str::<Table>(text).map(|mut file| file.remove("set")) {
        Ok(Some(Value::Table(set))) => set,
        Ok(None) => Table::new(),
        _ => return Ok(text.to_owned()),
    };
    if let Some((name, _)) = set.iter().find(|(_, value)| plain(value).is_none()) {
        return Err((key_in_set(text, name), ParameterMistake::NotPlain { name: name.clone() }));
    }
    for (name, value) in given {
        let known = unknown(name, &set);
        let old = set.get_mut(name).ok_or((None, known))?;
        *old = converted(name, value, old).map_err(|mistake| (None, mistake))?;
    }
    let (mut out, mut rest, mut at) = (String::with_capacity(text.len()), text, 0);
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else { break };
        let value = set.get(name).ok_or_else(|| (Some(at + before.len()), unknown(name, &set)))?;
        at = text.len() - tail.len();
        // A number or a switch takes the place of the whole string.
        match (before.strip_suffix('"'), tail.strip_prefix('"')) {
            (Some(before), Some(tail)) if !value.is_str() => {
                out.push_str(before);
                rest = tail;
                at += 1;
            }
            _ => {
                out.push_str(before);
                rest = tail;
            }
        }
        out.push_str(&plain(value).unwrap_or_default());
    }
    out.push_str(rest);
    Ok(out)
}

/// Returns the position of a key of `[set]`.
fn key_in_set(text: &str, name: &str) -> Option<usize> {
    let file = DeTable::parse(text).ok()?.into_inner();
    let DeValue::Table(set) = file.get("set")?.get_ref() else { return None };
    set.keys().find(|key| key.get_ref() == name).map(|key| key.span().start)
}

/// Returns a value as it is inserted.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.replace('\\', "\\\\").replace('"', "\\\"")),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => Some(value.to_string()),
        _ => None,
    }
}

/// Converts a value of the command line to the type of the value in the file.
fn converted(name: &str, text: &str, old: &Value) -> Result<Value, ParameterMistake> {
    let value = match old {
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Float(_) => text.parse().ok().map(Value::Float),
        Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
        _ => Some(Value::String(text.to_owned())).filter(|_| !text.contains(char::is_control)),
    };
    let (name, found) = (name.to_owned(), text.to_owned());
    value.ok_or(ParameterMistake::WrongType { name, expected: old.type_str(), found })
}

fn unknown(name: &str, set: &Table) -> ParameterMistake {
    let known: Vec<String> = set.keys().cloned().collect();
    let nearest = nearest(name, set.keys().map(String::as_str)).map(str::to_owned);
    ParameterMistake::Unknown { name: name.to_owned(), nearest, known }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "a = \"${word}.example.com\"\nb = \"${count}\"\nc = \"${count} people\"\n[set]\nword = \"x\\\"y\"\ncount = 3\n";

    #[test]
    fn values_are_inserted_and_can_be_changed() {
        let text = insert(TEXT, &[]).unwrap();
        assert!(text.starts_with("a = \"x\\\"y.example.com\"\nb = 3\nc = \"3 people\"\n"), "{text}");
        let given = [("count".to_owned(), "40".to_owned()), ("word".to_owned(), "z".to_owned())];
        assert!(insert(TEXT, &given).unwrap().starts_with("a = \"z.example.com\"\nb = 40\n"));
        assert_eq!(insert("a = 1\n", &[]).unwrap(), "a = 1\n");
    }

    #[test]
    fn a_mistake_names_the_parameter() {
        let given = |name: &str, value: &str| insert(TEXT, &[(name.to_owned(), value.to_owned())]).unwrap_err();
        assert!(given("cuont", "1").1.to_string().contains("did you mean `count`?"));
        assert!(given("count", "many").1.to_string().contains("must be of type integer"));
        let (at, mistake) = insert(&TEXT.replace("${word}", "${wrod}"), &[]).unwrap_err();
        assert_eq!((at, mistake.to_string().contains("did you mean `word`?")), (Some(5), true));
        let list = insert("a = 1\n[set]\nword = []\n", &[]).unwrap_err();
        assert!(list.1.to_string().contains("must be a string, a number"));
    }
}
