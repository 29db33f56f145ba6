//! Compares the pages in docs/ with the code: requirement IDs, source keys and command-line flags.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use regex::Regex;
use scimulate::check::Requirement;
use scimulate::check::requirement::{Family, Source};
use scimulate::okta::habits;
use scimulate::server::defects;
use serde_json::Value;

use crate::support::matrix::Matrix;

fn page(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// Returns the texts of all files below a folder of the package.
fn texts(folder: &str) -> Vec<String> {
    let (mut texts, mut folders) = (Vec::new(), vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                texts.push(text);
            }
        }
    }
    texts
}

/// Runs the binary without the caller's environment and returns its standard output.
fn scimulate(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_scimulate")).args(words).env_clear().output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the first cells of all table rows of a page.
fn rows(page: &str) -> BTreeSet<String> {
    let cells = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    cells.map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn every_requirement_that_a_test_names_is_explained_and_no_other() {
    let single = Regex::new(r"\b([A-Z]{2,6})-([0-9]{3})\b").unwrap();
    let range = Regex::new(r"\b([A-Z]{2,6})-([0-9]{3}) to [A-Z]{2,6}-([0-9]{3})\b").unwrap();
    let mut named = BTreeSet::new();
    for text in ["src", "tests"].iter().flat_map(|folder| texts(folder)) {
        named.extend(single.find_iter(&text).map(|id| id.as_str().to_owned()));
        for found in range.captures_iter(&text) {
            let (first, last): (u32, u32) = (found[2].parse().unwrap(), found[3].parse().unwrap());
            named.extend((first..=last).map(|number| format!("{}-{number:03}", &found[1])));
        }
    }
    named.remove("SHA-256");
    let mut explained = rows(&page("docs/requirements.md"));
    explained.retain(|cell| single.is_match(cell));
    let missing: Vec<_> = named.difference(&explained).collect();
    let unused: Vec<_> = explained.difference(&named).collect();
    assert!(missing.is_empty(), "add to docs/requirements.md: {missing:?}");
    assert!(unused.is_empty(), "no test names these rows of docs/requirements.md: {unused:?}");
}

/// Writes the table anew if the environment says `INSTA_UPDATE=always`, as for snapshots.
#[test]
fn the_table_of_requirements_is_up_to_date() {
    let (begin, end) = ("<!-- requirements: begin -->\n", "<!-- requirements: end -->");
    let text = page("docs/requirements.md");
    let (head, rest) = text.split_once(begin).unwrap();
    let (have, tail) = rest.split_once(end).unwrap();
    let want = scimulate::check::requirement::page::render();
    if have != want && std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/requirements.md");
        std::fs::write(file, format!("{head}{begin}{want}{end}{tail}")).unwrap();
    } else {
        assert_eq!(have, want, "write it anew with INSTA_UPDATE=always");
    }
}

/// The rows come from `cargo bench --bench matrix`; the cells that repeat a table are compared with it.
#[test]
fn the_kill_matrix_matches_the_tables() {
    let matrix = Matrix::read();
    assert_eq!(page("docs/kill-matrix.md"), matrix.page(), "write it anew: cargo bench --bench matrix NAME...");
}

#[test]
fn every_source_key_that_the_code_prints_has_an_entry() {
    let entries = rows(&page("docs/sources.md"));
    let mut keys = BTreeSet::new();
    let key = Regex::new(r"\b[A-Z]{2}[A-Z0-9]*(?:-[A-Za-z0-9-]+)?\b").unwrap();
    let no_keys =
        ["GET", "PUT", "POST", "PATCH", "DELETE", "OIN", "AIW", "SCIM", "HTTP", "RFC", "JSON", "CRUD", "SPEC", "URL"];
    let mut collect = |text: &str| keys.extend(key.find_iter(text).map(|found| found.as_str().to_owned()));

    let habits: Value = serde_json::from_str(&scimulate(&["habits", "--json"])).unwrap();
    habits.as_array().unwrap().iter().for_each(|habit| collect(habit["source"].as_str().unwrap()));
    for (key, _) in habits::SOURCES {
        collect(key);
    }
    for feature in texts("features") {
        let Some((_, sources)) = feature.split_once("  Sources:") else { continue };
        collect(sources.split("\n\n").next().unwrap());
    }
    let okta = |source: &&Source| source.family == Family::Okta;
    for requirement in Requirement::ALL {
        requirement.row().sources.iter().filter(okta).for_each(|source| collect(source.place));
    }
    let in_brackets = Regex::new(r"\(([^)]*)\)").unwrap();
    for defect in defects::all() {
        let texts = [Some(defect.source), defect.tolerated];
        texts.iter().flatten().for_each(|text| in_brackets.captures_iter(text).for_each(|found| collect(&found[1])));
    }
    assert!(keys.len() > 30, "{keys:?}");

    let has_entry = |key: &String| {
        let without_number = key.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
        let without_topic = key.split('-').next().unwrap();
        [key.as_str(), without_number, without_topic].iter().any(|name| entries.contains(*name))
    };
    let missing: Vec<_> = keys.iter().filter(|key| !no_keys.contains(&key.as_str()) && !has_entry(key)).collect();
    assert!(missing.is_empty(), "add to docs/sources.md: {missing:?}");
}

#[test]
fn the_page_of_habits_is_up_to_date_and_names_what_shows_each() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/habits.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, habits::page()).unwrap();
    }
    assert!(page("docs/habits.md") == habits::page(), "run UPDATE_DOCS=1 cargo test --test it docs");
    for habit in habits::all() {
        let (file, name) = habit.shown_by.split_once(' ').unwrap();
        let text = page(file);
        let shows = if file.ends_with(".feature") {
            text.split_whitespace().any(|word| word.strip_prefix("@id:") == Some(name))
        } else {
            text.contains(&format!("fn {name}("))
        };
        assert!(shows, "{}: {file} has no {name}", habit.name);
    }
}

#[test]
fn every_note_that_a_defect_cites_has_an_entry() {
    let entries = rows(&page("docs/sources.md"));
    let mut cited = 0;
    for part in defects::all().flat_map(|defect| defect.source.split("; ")) {
        for note in notes(part) {
            assert!(entries.contains(&note), "docs/sources.md has no row {note:?}, cited as {part:?}");
            cited += 1;
        }
    }
    assert!(cited > 30, "{cited}");
    assert_eq!(
        notes("okta-traffic 5, 12 nos. 1, 2 (X1)"),
        ["okta-traffic 5", "okta-traffic 12 no. 1", "okta-traffic 12 no. 2"]
    );
}

/// Expands a citation: `okta-traffic 11.1 steps 4, 12` cites two rows. A part without a name continues `okta-traffic`.
fn notes(part: &str) -> Vec<String> {
    let part = part.split(" (").next().unwrap();
    if part.starts_with("RFC ") {
        return Vec::new();
    }
    let (name, citation) = match part.split_once(' ') {
        Some((name @ ("okta-traffic" | "workos-dsync"), rest)) => (name, rest),
        _ => ("okta-traffic", part),
    };
    let mut rows: Vec<String> = Vec::new();
    let mut series: Option<String> = None;
    for item in citation.split(", ") {
        let words: Vec<&str> = item.split(' ').collect();
        match (words.as_slice(), &series) {
            ([section, kind, number], _) => {
                let singular = format!("{name} {section} {}", kind.replace("nos.", "no.").replace("steps", "step"));
                rows.push(format!("{singular} {number}"));
                series = Some(singular);
            }
            ([number], Some(singular)) => rows.push(format!("{singular} {number}")),
            _ => rows.push(format!("{name} {item}")),
        }
    }
    rows
}

#[test]
fn the_command_line_reference_names_exactly_the_commands_and_flags_that_exist() {
    let page = page("docs/cli.md");
    let mut sections: BTreeMap<&str, &str> = BTreeMap::new();
    for section in page.split("\n## ").skip(1) {
        let (title, body) = section.split_once('\n').unwrap();
        sections.insert(title.trim(), body);
    }
    let target = flags(sections["Flags of every command with a target"], r"(?m)^\| `--([a-z0-9-]+)");
    assert!(target.contains("token"), "{target:?}");
    let mut titles: BTreeSet<String> =
        sections.keys().filter(|title| title.starts_with("scimulate ")).map(|title| (*title).to_owned()).collect();
    let mut commands: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(command) = commands.pop() {
        let mut words: Vec<&str> = command.iter().map(String::as_str).collect();
        words.push("--help");
        let help = scimulate(&words);
        let subcommands = subcommands(&help);
        if subcommands.is_empty() {
            let title = format!("scimulate {}", command.join(" "));
            let section =
                sections.get(title.as_str()).unwrap_or_else(|| panic!("docs/cli.md has no section {title:?}"));
            let mut documented = flags(section, r"(?m)^\| `--([a-z0-9-]+)");
            if section.contains("(#flags-of-every-command-with-a-target)") {
                documented.extend(target.iter().cloned());
            }
            let mut real = flags(&help, r"(?m)^(?:  -\w, |      )--([a-z0-9-]+)");
            real.retain(|flag| !["help", "version", "config"].contains(&flag.as_str()));
            assert_eq!(documented, real, "{title}: docs/cli.md (left) and --help (right) differ");
            titles.remove(&title);
        }
        commands.extend(subcommands.into_iter().map(|name| [command.as_slice(), &[name]].concat()));
    }
    assert!(titles.is_empty(), "docs/cli.md describes commands that do not exist: {titles:?}");
}

fn flags(text: &str, pattern: &str) -> BTreeSet<String> {
    Regex::new(pattern).unwrap().captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// Reads the names of the subcommands from a help text.
fn subcommands(help: &str) -> Vec<String> {
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let names = list.lines().take_while(|line| !line.is_empty()).filter(|line| line.starts_with("  "));
    let names = names.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_file_that_a_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let link = Regex::new(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)").unwrap();
    let roots = r"src|tests|docs|features|scenarios|snapshots|benches|examples|\.ci|\.cargo|\.config";
    let path = Regex::new(&format!(r"`((?:{roots})(?:/[A-Za-z0-9_.*-]+)*)`")).unwrap();
    let mut pages = vec![root.join("README.md"), root.join("CONTRIBUTING.md"), root.join("CHANGELOG.md")];
    pages.extend(std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    let mut found = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        let linked = link.captures_iter(&text).map(|link| page.parent().unwrap().join(&link[1]));
        // Of a pattern such as `tests/it/rfc_*.rs` only the folder is checked.
        let named = path.captures_iter(&text).map(|path| match path[1].split_once('*') {
            Some((before, _)) => root.join(before.rsplit_once('/').map_or("", |(folder, _)| folder)),
            None => root.join(&path[1]),
        });
        for file in linked.chain(named) {
            assert!(file.exists(), "{} names {}, which does not exist", page.display(), file.display());
            found += 1;
        }
    }
    assert!(found > 50, "{found}");
}

#[test]
fn the_guide_to_reports_names_known_requirements() {
    let ids = Regex::new(r"`((?:okta|oin|security|rfc)/[a-z-]+):[a-z-]+[^`]*`").unwrap();
    let guide = page("docs/reading-a-report.md");
    let named: BTreeSet<&str> = ids.captures_iter(&guide).map(|found| found.get(1).unwrap().as_str()).collect();
    assert!(named.len() >= 10, "{named:?}");
    let unknown: Vec<&str> = named.into_iter().filter(|id| Requirement::by_id(id).is_none()).collect();
    assert!(unknown.is_empty(), "docs/reading-a-report.md names unknown requirements: {unknown:?}");
}
