//! The kill matrix, docs/kill-matrix.md: the findings of a check for each defect of the reference. `benches/matrix.rs` writes
//! the page, and the tests read from it which results notice a defect. It uses nothing else of the tests, because the bench
//! includes this file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use scimulate::check::Requirement;
use scimulate::report::Level;
use scimulate::server::defects::{Defect, all};
use scimulate::{Check, Profile, Server};

/// Defects that yield no finding of level should or above although Okta minds them, or several, with the reason.
pub(crate) const OTHERWISE: &[(&str, &str)] = &[
    ("active-ignored", "deactivation, creation and the response without active are three needs"),
    ("create-inactive", "the events of users who are not active are others"),
    ("create-without-body", "the responses about users and about groups are two needs"),
    ("emails-not-kept", "the events of a changed address are missing too"),
    ("group-create-ignores-members", "the events of the members are missing too"),
    ("html-error", "errors with and without a credential are two needs"),
    ("names-not-kept", "the events of a changed name are missing too"),
    ("paging-ignored", "startIndex and count are two needs"),
    ("pathless-patch-refused", "the password PATCH is refused too, which the review asks for"),
    ("put-ignored", "a taken name and another letter case are not refused or stored either"),
    ("put-wipes-memberships", "the events of the lost memberships follow"),
    ("remove-member-empties-group", "with an add in the same request, either operation may be at fault"),
    ("username-change-ignored", "a taken name and another letter case are not refused or stored either"),
];

/// Requirements of level should or above that no defect violates, each with the reason. `tests/it/kill_matrix.rs` reads the
/// tests that a reason names.
pub(crate) const WITHOUT_DEFECT: &[(&str, &str)] = &[
    (
        "okta/no-error",
        "each error of Okta follows from a response that violates another requirement; a finding of this one says that the \
         harness lacks that requirement",
    ),
    ("okta/connection", "a defect cannot cut a connection: `connection::creates_that_are_always_cut_are_one_finding`"),
    (
        "okta/response-in-time",
        "a defect would need a minute for each response; the test runs in virtual time: \
         `connection::no_response_within_okta_s_limit_is_a_finding_and_the_route_is_not_used_again`",
    ),
    (
        "sim/requests",
        "it is about the simulated Okta, not about a server: \
         `features::every_agent_scenario_passes_and_fails_when_the_simulator_is_broken`",
    ),
];

/// A defect that violates more requirements than this proves none of them, apart from security and connection.
pub(crate) const PROVING: usize = 20;

/// One row: a defect and the findings of a whole check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// The findings of level should or above, in the order of the report, each with the number of its results.
    pub(crate) findings: Vec<(String, usize)>,
    pub(crate) notes: Vec<(String, usize)>,
    /// Results that show the first finding.
    pub(crate) results: Vec<String>,
}

/// The whole page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Matrix {
    pub(crate) rows: BTreeMap<String, Row>,
    /// Results that no defect makes fail.
    pub(crate) unbroken: BTreeSet<String>,
}

/// Returns the requirement of a finding's ID.
pub(crate) fn requirement_of(finding: &str) -> Requirement {
    Requirement::by_id(finding.split(':').next().unwrap()).unwrap()
}

/// Prepares a check of a reference that judges everything.
pub(crate) fn check(server: &Server) -> Check {
    Check::reference(server).seed(7).every_case().tags("@server").profile(Profile::All)
}

/// Checks a reference with each defect, two at a time: a run needs one thread, and its reference two.
pub(crate) fn runs<T: Send>(
    defects: &[&'static Defect],
    work: impl Fn(&'static Defect) -> T + Sync,
) -> BTreeMap<&'static str, T> {
    let (done, next) = (Mutex::new(BTreeMap::new()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(defect) = defects.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let result = work(defect);
                    done.lock().unwrap().insert(defect.name, result);
                }
            });
        }
    });
    done.into_inner().unwrap()
}

/// Starts a reference with a defect.
pub(crate) fn broken(defect: &Defect) -> Server {
    scimulate::serve().defect(defect.name).start().unwrap()
}

/// Returns the defects that a check can notice. A slow server takes minutes and violates nothing.
pub(crate) fn observable() -> Vec<&'static Defect> {
    all().filter(|defect| defect.name != "slow").collect()
}

/// Returns the path of the page.
pub(crate) fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kill-matrix.md")
}

impl Matrix {
    /// Reads the page. It is empty if the page does not exist yet.
    pub(crate) fn read() -> Self {
        let page = std::fs::read_to_string(file()).unwrap_or_default();
        let mut matrix = Self::default();
        for line in page.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            if let [name, _, findings, notes, results] = cells.as_slice() {
                let row = Row {
                    findings: counted(findings),
                    notes: counted(notes),
                    results: quoted(results).map(str::to_owned).collect(),
                };
                matrix.rows.insert(name.trim_matches('`').to_owned(), row);
            }
        }
        let unbroken = page.lines().filter_map(|line| line.strip_prefix("- `")?.strip_suffix('`'));
        matrix.unbroken = unbroken.map(str::to_owned).collect();
        matrix
    }

    /// Returns how many defects yield exactly one finding of level should or above, of how many that Okta minds.
    pub(crate) fn single(&self) -> (usize, usize) {
        let minded = observable().into_iter().filter(|defect| defect.tolerated.is_none());
        let rows: Vec<&Row> = minded.filter_map(|defect| self.rows.get(defect.name)).collect();
        (rows.iter().filter(|row| row.findings.len() == 1).count(), rows.len())
    }

    /// Returns the defects that violate a requirement and prove by that that a check notices it.
    pub(crate) fn proofs(&self, requirement: Requirement) -> Vec<&str> {
        let is_excepted = requirement.level() == Level::Security || requirement == Requirement::ConnectionKept;
        let proves = |row: &Row| {
            let violated: BTreeSet<Requirement> =
                row.findings.iter().chain(&row.notes).map(|(id, _)| requirement_of(id)).collect();
            violated.contains(&requirement) && (is_excepted || violated.len() <= PROVING)
        };
        self.rows.iter().filter(|(_, row)| proves(row)).map(|(name, _)| name.as_str()).collect()
    }

    /// Renders the page.
    pub(crate) fn page(&self) -> String {
        let (single, minded) = self.single();
        let mut page = String::from(
            "# Kill matrix\n\nA defect of the reference breaks one rule on purpose (`scimulate serve --defect NAME`). This page lists the \
             findings\nthat `scimulate check --profile all` reports for each. `cargo bench --bench matrix` writes it, \
             `cargo bench --bench matrix NAME...`\nwrites some rows anew, and the tests read from it which results notice a \
             defect.\n\n",
        );
        let _ = writeln!(
            page,
            "{single} of {minded} defects that Okta minds yield exactly one finding of level should or above.\n"
        );
        page.push_str("## Defects\n\n| defect | violates | findings (results) | notes (results) | noticed by |\n|---|---|---|---|---|\n");
        for defect in observable() {
            let Some(row) = self.rows.get(defect.name) else { continue };
            let reason = OTHERWISE.iter().find(|(name, _)| *name == defect.name).map(|(_, reason)| *reason);
            let mut violates: String =
                defect.violates.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
            if let Some(reason) = defect.tolerated {
                violates = format!("{violates} tolerated: {reason}");
            } else if let Some(reason) = reason {
                violates = format!("{violates}; {reason}");
            }
            let results = row.results.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
            let (findings, notes) = (list(&row.findings), list(&row.notes));
            let _ = writeln!(page, "| `{}` | {} | {findings} | {notes} | {results} |", defect.name, violates.trim());
        }
        let _ = writeln!(
            page,
            "\n## Requirements\n\nEach requirement of level should or above with the defects that violate it, or with the \
             reason why no defect can. A defect\nthat violates more than {PROVING} requirements would prove none of them, \
             apart from security and connection.\n"
        );
        page.push_str("| requirement | level | violated by |\n|---|---|---|\n");
        for requirement in Requirement::ALL.iter().filter(|requirement| requirement.level() >= Level::Should) {
            let names = self.proofs(*requirement).iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let reason = WITHOUT_DEFECT.iter().find(|(id, _)| *id == requirement.id()).map(|(_, reason)| *reason);
            let names = reason.map_or(names, |reason| format!("no defect: {reason}"));
            let _ = writeln!(page, "| `{}` | {} | {names} |", requirement.id(), requirement.level().as_str());
        }
        page.push_str("\n## Results that no defect makes fail\n\n");
        for id in &self.unbroken {
            let _ = writeln!(page, "- `{id}`");
        }
        page
    }
}

fn list(findings: &[(String, usize)]) -> String {
    findings.iter().map(|(id, results)| format!("`{id}` ({results})")).collect::<Vec<_>>().join(", ")
}

/// Parses a list of findings with the numbers of their results.
fn counted(cell: &str) -> Vec<(String, usize)> {
    let parse = |entry: &str| {
        let (id, results) = entry.split_once("` (")?;
        Some((id.trim_start_matches('`').to_owned(), results.trim_end_matches(')').parse().ok()?))
    };
    cell.split(", ").filter_map(parse).collect()
}

fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}
