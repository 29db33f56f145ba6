//! Which failures are the same one seen again: one fault of a server shows in many scenarios, and is told once.

use crate::report::run::ScenarioReport;

/// What has one key together, keys in the order in which each was first seen.
pub(super) fn by_key<K: PartialEq, T>(items: impl Iterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<(K, Vec<T>)> {
    let mut kinds: Vec<(K, Vec<T>)> = Vec::new();
    for item in items {
        let key = key(&item);
        match kinds.iter_mut().find(|(have, _)| *have == key) {
            Some((_, alike)) => alike.push(item),
            None => kinds.push((key, vec![item])),
        }
    }
    kinds
}

/// Results by what their sentences say.
pub(super) fn together<'a>(results: impl Iterator<Item = &'a ScenarioReport>) -> Vec<Vec<&'a ScenarioReport>> {
    by_key(results, |result| kind(&result.sentence)).into_iter().map(|(_, alike)| alike).collect()
}

/// A sentence without what differs from scenario to scenario: ids, names, queries, counts and quoted values. A status
/// stays, for another status is another fault.
fn kind(sentence: &str) -> String {
    let mut kept: Vec<String> = Vec::new();
    let mut before = "";
    for word in sentence.split_whitespace() {
        kept.push(match (before, word) {
            ("answered", status) => status.to_owned(),
            ("user" | "group", _) => "…".to_owned(),
            (_, path) if path.starts_with('/') => endpoint(path),
            (_, word) if word.contains(|c: char| c.is_ascii_digit() || c == '"') => "…".to_owned(),
            (_, word) => word.to_owned(),
        });
        before = word;
    }
    kept.join(" ")
}

/// `/Users/ada` becomes `/Users/…`, `/Users?count=2` becomes `/Users`.
fn endpoint(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    match path.trim_start_matches('/').split_once('/') {
        Some((collection, _)) => format!("/{collection}/…"),
        None => path.to_owned(),
    }
}

/// The ids of results, one line for each feature: `okta/connect: save@aiw, save@oin`.
pub(super) fn by_feature(results: &[&ScenarioReport]) -> Vec<String> {
    let ids = results.iter().map(|result| result.id.rsplit_once('/').unwrap_or(("", &result.id)));
    let told = |(feature, ids): (&str, Vec<(&str, &str)>)| {
        let scenarios: Vec<&str> = ids.into_iter().map(|(_, scenario)| scenario).collect();
        format!("{feature}: {}", scenarios.join(", "))
    };
    by_key(ids, |(feature, _)| *feature).into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fault_seen_on_other_people_is_the_same_kind() {
        for (one, other) in [
            ("in the answer to PATCH /Users/ada active is true", "in the answer to PATCH /Users/ben active is true"),
            (
                "in the answer to GET /Users?startIndex=1&count=2 totalResults is \"12\"",
                "in the answer to GET /Users?startIndex=1&count=2 totalResults is \"14\"",
            ),
            ("provisioning of user ada failed: was [31]", "provisioning of user ben failed: was [32]"),
        ] {
            assert_eq!(kind(one), kind(other));
        }
    }

    #[test]
    fn another_status_endpoint_or_attribute_is_another_kind() {
        for (one, other) in [
            ("POST /Users was answered 200", "POST /Users was answered 500"),
            ("POST /Users was answered 200", "POST /Groups was answered 200"),
            ("GET /Users/ada was answered 500", "GET /Users?count=1 was answered 500"),
            ("in the answer to PUT /Users/ada active is true", "in the answer to PUT /Users/ada userName is true"),
        ] {
            assert_ne!(kind(one), kind(other));
        }
    }
}
