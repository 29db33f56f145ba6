//! The excerpts of docs/reading-a-report.md are those of real runs. `UPDATE_DOCS=1 cargo test --test it report_guide` writes
//! them.

use std::path::Path;

use regex::{Captures, Regex};
use scimulate::report::text::{View, details};

use crate::support::harness::{check_of, reference, report_of};

/// The findings of the page, each with a defect, and an expression for the scenarios that show it.
const SHOWN: [(&str, &str, &str); 10] = [
    ("okta/pathless-patch:changed@oin", "pathless-patch-ignored", "okta/(deactivate/unassign|group-forms/.*)@oin"),
    ("okta/deactivated:changed:user", "deactivation-ignored", "okta/deactivate/unassign@oin"),
    ("okta/lookup-matches:extra:user", "username-filter-ignored", "okta/create/new@oin"),
    ("okta/lookup-finds:missing:user", "lookup-finds-nothing", "okta/reactivate/reassign@oin"),
    ("okta/lookup-inactive:missing:user", "inactive-hidden-from-lookup", "okta/deactivate/still-found@oin"),
    ("okta/create-accepted:wrong-status:user", "unknown-manager-refused", "okta/attributes/create"),
    ("okta/list-resources:missing", "empty-list-without-resources", "okta/create/new@oin"),
    ("okta/list-total:changed", "total-is-page-size", "okta/import/page"),
    ("okta/patch-add-members:changed:group@oin", "add-members-replaces", "okta/push-groups/add@oin"),
    ("security/password-returned:extra:user", "password-returned", "okta/create/new@oin"),
];
/// The lines of a finding that the page has.
const LINES: [&str; 6] = ["problem", "request", "response", "then", "expected", "actual"];
/// The longest line of an excerpt, in characters.
const LONGEST: usize = 150;

/// Returns the lines of a finding, with numbers in place of IDs.
fn excerpt(finding: &str, defect: &str, scenarios: &str) -> String {
    let server = reference(&[defect]);
    let only = format!("^{scenarios}$");
    let run = report_of(check_of(&server).name(only).run_id("RUN").concurrency(1).events_from(None));
    let found: Vec<&str> = run.findings().iter().map(|finding| finding.id.as_str()).collect();
    let Some(shown) = run.findings().iter().find(|one| one.id == finding) else {
        panic!("{defect} in {scenarios} shows {found:?}, not {finding}")
    };
    let text = anstream::adapter::strip_str(&details(shown, View::default())).to_string();
    let ids = Regex::new(r"\b[0-9A-HJKMNP-TV-Z]{26}\b").unwrap();
    let mut seen: Vec<String> = Vec::new();
    let text = ids.replace_all(&text, |id: &Captures<'_>| {
        let known = seen.iter().position(|known| *known == id[0]);
        let at = known.unwrap_or_else(|| {
            seen.push(id[0].to_owned());
            seen.len() - 1
        });
        format!("ID-{}", at + 1)
    });
    let text = text.replace(server.scim_url(), "");
    let lines = text.lines().filter(|line| LINES.iter().any(|label| line.trim_start().starts_with(label)));
    let short = |line: &str| {
        let cut: String = line.trim_start().chars().take(LONGEST).collect();
        if cut.len() < line.trim_start().len() { format!("{cut}…\n") } else { format!("{cut}\n") }
    };
    lines.map(short).collect()
}

#[test]
fn the_excerpts_of_the_guide_are_those_of_runs() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reading-a-report.md");
    let mut page = std::fs::read_to_string(&file).unwrap();
    let block = Regex::new("```text\n(?s:.*?)```\n").unwrap();
    for (finding, defect, scenario) in SHOWN {
        let heading = format!("### `{finding}`\n");
        let start = page.find(&heading).unwrap_or_else(|| panic!("no section {finding}")) + heading.len();
        let end = page[start..].find("\n### ").map_or(page.len(), |length| start + length);
        let section = page[start..end].to_owned();
        let shown = format!("```text\n{}```\n", excerpt(finding, defect, scenario));
        if std::env::var_os("UPDATE_DOCS").is_some() {
            let new = block.replace(&section, regex::NoExpand(&shown)).into_owned();
            page.replace_range(start..end, &new);
        } else {
            assert!(
                section.contains(&shown),
                "UPDATE_DOCS=1 cargo test --test it report_guide\n{finding}\n{shown}\n{section}"
            );
        }
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, page).unwrap();
    }
}
