//! Groups results that show the same fault. One fault of a server fails many scenarios, but is printed once.

use crate::report::run::ScenarioReport;

/// Groups items by key. Keys are in the order of their first item.
pub(super) fn group_by_key<K: PartialEq, T>(items: impl Iterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<(K, Vec<T>)> {
    let mut groups: Vec<(K, Vec<T>)> = Vec::new();
    for item in items {
        let key = key(&item);
        match groups.iter_mut().find(|(have, _)| *have == key) {
            Some((_, group)) => group.push(item),
            None => groups.push((key, vec![item])),
        }
    }
    groups
}

/// Groups results by the kind of their sentence.
pub(super) fn group_by_kind<'a>(results: impl Iterator<Item = &'a ScenarioReport>) -> Vec<Vec<&'a ScenarioReport>> {
    group_by_key(results, |result| kind(&result.sentence)).into_iter().map(|(_, group)| group).collect()
}

/// Returns a sentence without the parts that differ between scenarios: IDs, names, queries, counts and quoted values. It
/// retains a status, because another status is another fault.
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

/// Replaces the ID and removes the query: `/Users/ada` becomes `/Users/…`, `/Users?count=2` becomes `/Users`.
fn endpoint(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    match path.trim_start_matches('/').split_once('/') {
        Some((collection, _)) => format!("/{collection}/…"),
        None => path.to_owned(),
    }
}

/// Lists the IDs of results, one line for each feature: `okta/connect: save@aiw, save@oin`.
pub(super) fn ids_by_feature(results: &[&ScenarioReport]) -> Vec<String> {
    let ids = results.iter().map(|result| result.id.rsplit_once('/').unwrap_or(("", &result.id)));
    let line = |(feature, ids): (&str, Vec<(&str, &str)>)| {
        let scenarios: Vec<&str> = ids.into_iter().map(|(_, scenario)| scenario).collect();
        format!("{feature}: {}", scenarios.join(", "))
    };
    group_by_key(ids, |(feature, _)| *feature).into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_fault_on_other_people_is_the_same_kind() {
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
    fn a_different_status_endpoint_or_attribute_is_a_different_kind() {
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
