//! The shape of the house, enforced: which room may lean on which (the picture is in the documentation of the crate),
//! which crate and which part of the standard library is named where, and how long a file may be.
//!
//! [`source`] reads the sources; the tables here say what is allowed; the last tests plant violations and see them found.

#[path = "architecture/source.rs"]
mod source;

use std::path::Path;

use source::{Mention, Place, Sources};

/// Room -> what it may lean on besides itself. A room that is not listed may not exist.
const ARROWS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("scim", &["base"]),
    ("events", &["base"]),
    ("report", &["base"]),
    ("directory", &["events", "scim", "base"]),
    ("store", &["directory", "events", "scim", "base"]),
    ("wire", &["scim", "base"]),
    ("server", &["store", "directory", "events", "scim", "base"]),
    ("okta", &["wire", "scim", "base"]),
    ("sim", &["okta", "wire", "events", "scim", "report", "base"]),
    ("check", &["sim", "okta", "wire", "events", "scim", "report", "base"]),
    ("cli", ALL),
    ("main", ALL),
];

const ALL: &[&str] =
    &["base", "scim", "events", "report", "directory", "store", "wire", "server", "okta", "sim", "check", "cli"];

/// What is named only in certain modules: (path of another crate, where it may stand, why).
const ONLY_IN: &[(&str, &[&str], &str)] = &[
    ("cucumber", &["check::engine"], "one place knows the Gherkin library"),
    ("rusqlite", &["store::sqlite"], "one place knows the database"),
    ("rusqlite_migration", &["store::sqlite"], "one place knows the database"),
    ("axum", &["server"], "the reference alone speaks HTTP as a server"),
    ("reqwest", &["wire"], "one client sends everything"),
    ("clap", &["cli", "main"], "arguments are read by the command line only"),
    ("anyhow", &["cli", "main"], "below the command line every layer has its own error type"),
    ("indicatif", &["cli"], "progress is shown by the command line only"),
    ("std::env", &["cli", "main"], "the environment is read by the command line only"),
    ("std::io::stdout", &["cli", "main"], "results are printed by the command line only"),
    ("std::process::exit", &["main", "cli::interrupt"], "everything else returns; who asks twice does not wait"),
    ("std::time::SystemTime", &["base::clock"], "time is a parameter"),
    ("jiff::Timestamp::now", &["base::clock"], "time is a parameter"),
    ("jiff::Zoned::now", &["base::clock"], "time is a parameter"),
    ("std::thread::sleep", &[], "nothing here waits by guessing"),
];

/// Modules that do no I/O, read no clock and write no log.
const PURE: &[&str] = &[
    "scim",
    "events",
    "directory",
    "report",
    "okta::plan",
    "okta::mapping",
    "okta::org",
    "store::columns",
    "store::predicate",
    "store::query",
    "store::steps",
];
/// What a pure module does not name.
const IMPURE: &[&str] = &[
    "tokio",
    "tokio_util",
    "hyper",
    "tracing",
    "rand::rngs::SysRng",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::io::stderr",
];
/// Macros that print, by their bare names.
const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

const LINES: usize = 500;

#[test]
fn every_arrow_points_the_right_way() {
    let verdict = judge(&sources(), &["src/"]);
    assert!(verdict.is_empty(), "\n{}\n", verdict.join("\n"));
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let long: Vec<String> = ["src", "tests", "benches", "examples"]
        .iter()
        .flat_map(|folder| source::files(root, folder))
        .filter(|(_, text)| text.lines().count() > LINES)
        .map(|(file, text)| format!("{file}: {} lines, {LINES} is the most: split it by subject", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "\n{}\n", long.join("\n"));
}

#[test]
fn no_test_is_switched_off_or_vague() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = Sources::default();
    for (file, text) in source::files(root, "tests") {
        tests.add(&file, &text);
    }
    let odd: Vec<String> = tests.oddities.iter().map(|(file, line, what)| format!("{file}:{line}: {what}")).collect();
    assert!(odd.is_empty(), "\n{}\n", odd.join("\n"));
}

#[test]
fn ci_runs_the_tests_that_the_readme_names() {
    let read = |name: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    let command = readme.lines().find(|line| line.starts_with("    cargo test")).unwrap();
    let command = command.split('#').next().unwrap().trim();
    assert!(ci.lines().any(|line| line == format!("step \"tests\" {command}")), "{command}");
}

fn sources() -> Sources {
    let mut sources = Sources::default();
    for (file, text) in source::files(Path::new(env!("CARGO_MANIFEST_DIR")), "src") {
        sources.add(&file, &text);
    }
    assert!(sources.mentions.len() > 100, "the sources were not found");
    sources
}

/// Every violation as one line: file, line, what, why.
fn judge(sources: &Sources, folders: &[&str]) -> Vec<String> {
    let mut found: Vec<String> =
        sources.oddities.iter().map(|(file, line, what)| format!("{file}:{line}: {what}")).collect();
    for mention in sources.mentions.iter().filter(|m| folders.iter().any(|folder| m.file.starts_with(folder))) {
        for place in sources.places(&mention.module, &mention.written) {
            let fault = match place {
                Place::Here(path) => arrow(mention, &path),
                Place::Elsewhere(path) => borrowed(mention, &path),
            };
            found.extend(
                fault.map(|why| format!("{}:{}: `{}`: {why}", mention.file, mention.line, mention.written.join("::"))),
            );
        }
    }
    found.dedup();
    found
}

/// A path into this crate against the table of arrows.
fn arrow(mention: &Mention, path: &[String]) -> Option<String> {
    let from = mention.module.first()?;
    let to = path.first().filter(|to| ALL.contains(&to.as_str()))?;
    let Some((_, allowed)) = ARROWS.iter().find(|(room, _)| room == from) else {
        return Some(format!("`{from}` is in no row of the table of arrows"));
    };
    let fine = from == to || allowed.contains(&to.as_str());
    (!fine).then(|| format!("`{from}` may not lean on `{to}`"))
}

/// A path out of this crate against the tables of what is named where.
fn borrowed(mention: &Mention, path: &[String]) -> Option<String> {
    let (module, path) = (mention.module.join("::"), path.join("::"));
    let lies_in = |rooms: &[&str]| rooms.iter().any(|room| is_or_is_below(&module, room));
    let misplaced = ONLY_IN.iter().find(|(name, rooms, _)| is_or_is_below(&path, name) && !lies_in(rooms));
    if let Some((name, rooms, why)) = misplaced {
        return Some(format!("`{name}` stands only in {rooms:?}: {why}"));
    }
    if mention.is_macro && PRINTING.contains(&path.as_str()) && !lies_in(&["cli", "main"]) {
        return Some("printing is for the command line".to_owned());
    }
    let impure = lies_in(PURE) && IMPURE.iter().any(|name| is_or_is_below(&path, name));
    impure.then(|| format!("`{module}` is pure"))
}

fn is_or_is_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// What the judge says of a house of a few files.
fn verdict_on(files: &[(&str, &str)]) -> Vec<String> {
    let mut sources = Sources::default();
    for (file, text) in files {
        sources.add(file, text);
    }
    judge(&sources, &["src/"])
}

#[test]
fn planted_arrows_are_found_however_they_are_written() {
    let server = ("src/server/mod.rs", "pub struct Reference; pub mod scim { pub fn go() {} }");
    for planted in [
        "use crate::server::Reference;",
        "use crate::{base, server};",
        "use crate::server as innocent; fn f() { innocent::scim::go() }",
        "use super::server::Reference;",
        "use self::super::server::Reference;",
        "fn f() { crate::server::scim::go() }",
        "fn f() -> Option<crate::server::Reference> { None }",
        "fn f() { println_all!(vec![crate::server::scim::go()]) }",
        "fn f() { use crate::server::*; go() }",
        "#[cfg(test)] mod tests { use super::super::server::Reference; }",
        "#[serde(with = \"crate::server::scim\")] struct S;",
        "struct S; impl From<crate::server::Reference> for S {}",
        "#[derive(Debug)] enum E { A(crate::server::Reference) }",
    ] {
        let verdict = verdict_on(&[server, ("src/check/mod.rs", planted)]);
        assert!(verdict.iter().any(|line| line.contains("`check` may not lean on `server`")), "{planted}: {verdict:?}");
    }
}

#[test]
fn a_re_export_does_not_launder_an_arrow() {
    let server = ("src/server/mod.rs", "mod inner; pub use inner::Reference;");
    let inner = ("src/server/inner.rs", "pub struct Reference;");
    let root = ("src/lib.rs", "pub mod server; pub mod check; pub mod cli; pub use server::Reference;");
    let named = verdict_on(&[server, inner, root, ("src/check/mod.rs", "fn f() -> crate::Reference {}")]);
    assert!(named[0].contains("`check` may not lean on `server`"), "{named:?}");

    let glob = ("src/lib.rs", "pub mod server; pub mod check; pub use server::*;");
    let starred = verdict_on(&[server, inner, glob, ("src/check/mod.rs", "fn f() -> crate::Reference {}")]);
    assert!(starred[0].contains("`check` may not lean on `server`"), "{starred:?}");
}

#[test]
fn misplaced_crates_and_impure_parts_are_found() {
    for (file, planted) in [
        ("src/check/steps/mod.rs", "use cucumber::given;"),
        ("src/sim/mod.rs", "fn f() { std::env::var(\"X\"); }"),
        ("src/sim/mod.rs", "use std::{env, fmt};"),
        ("src/sim/mod.rs", "use std::env as e; fn f() { e::args() }"),
        ("src/report/mod.rs", "fn f() { println!(\"x\") }"),
        ("src/report/mod.rs", "fn f() { std::io::stdout() }"),
        ("src/scim/filter/mod.rs", "use std::fs::File;"),
        ("src/okta/plan.rs", "fn f() { let now = std::time::Instant::now(); }"),
        ("src/directory/mod.rs", "fn f() { tracing::info!(\"x\") }"),
        ("src/server/mod.rs", "use jiff::Timestamp; fn f() { Timestamp::now() }"),
        ("src/store/mod.rs", "use rusqlite::Connection;"),
        ("src/cellar/mod.rs", "use crate::base::Seed;"),
        ("src/base/ids.rs", "#[test] #[ignore] fn slow() {}"),
    ] {
        let verdict = verdict_on(&[("src/base/mod.rs", "pub struct Seed;"), (file, planted)]);
        assert!(!verdict.is_empty(), "{file}: {planted}");
    }
}

#[test]
fn what_is_allowed_is_left_alone() {
    let files = [
        ("src/base/mod.rs", "pub mod clock; pub use clock::Clock;"),
        ("src/base/clock.rs", "use jiff::Timestamp; pub trait Clock {} fn f() { Timestamp::now() }"),
        ("src/wire/mod.rs", "use crate::base::Clock; pub struct Client; mod tests { use super::Client; }"),
        ("src/okta/mod.rs", "pub mod plan; use crate::wire::Client; use plan::Job;"),
        ("src/okta/plan.rs", "use std::time::Duration; use super::super::wire::Client; pub struct Job;"),
        ("src/check/engine/mod.rs", "use cucumber::World; use crate::okta::plan::Job;"),
        ("src/cli/mod.rs", "fn f() { println!(\"{:?}\", std::env::args()) }"),
        ("src/main.rs", "fn main() { scimulate::cli::f() }"),
    ];
    assert_eq!(verdict_on(&files), Vec::<String>::new());
}
