//! The parts that several strategies share: texts, JSON values, and a setter for keys.

use proptest::prelude::*;
use serde_json::Value;

/// Strings that are known to break servers.
const STRINGS: [&str; 16] = [
    "",
    " ",
    "\u{0}",
    "\u{7f}\u{1b}[31m",
    "\u{202e}abc",
    "\u{feff}",
    "😀",
    "👩‍👩‍👧",
    "İstanbul",
    "ß",
    "'; DROP TABLE users; --",
    "null",
    "%00%ff",
    "\\\"",
    "../../etc/passwd",
    "\u{10ffff}",
];

/// Generates any text, short and plain ones first.
pub fn text() -> BoxedStrategy<String> {
    let anything = prop::collection::vec(any::<char>(), 0..10).prop_map(|chars| chars.into_iter().collect::<String>());
    prop_oneof!["[a-z]{0,6}", prop::sample::select(&STRINGS[..]).prop_map(str::to_owned), "\\PC{0,16}", anything]
        .boxed()
}

/// Generates any JSON value.
pub fn json_value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
        prop::sample::select(&["true", "False", "0", "1"][..]).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
    .boxed()
}

/// Returns the object with a key set.
pub(super) fn with_key(mut document: Value, key: &str, value: impl Into<Value>) -> Value {
    if let Some(object) = document.as_object_mut() {
        object.insert(key.to_owned(), value.into());
    }
    document
}
