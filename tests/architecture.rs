//! The architecture, enforced: the dependencies between modules, the crates and parts of the standard library that each
//! module may name, circles between files, and the length of files.
//!
//! [`source`] parses the sources, and the tables here say what is allowed. Further tests plant violations and assert that
//! they are found. [`language`] holds the rules for prose.

#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/language.rs"]
mod language;
#[path = "architecture/source.rs"]
mod source;

use std::path::Path;
use std::sync::LazyLock;

use source::{Kind, Mention, Resolved, Sources};

/// Module -> the modules that it may depend on. A module without a row may not exist; a module of a row may be absent.
const DEPENDENCIES: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("scim", &["base"]),
    ("events", &["base"]),
    ("report", &["base"]),
    ("http", &["base"]),
    ("directory", &["events", "scim", "base"]),
    ("store", &["directory", "events", "scim", "base"]),
    ("delivery", &["store", "directory", "events", "base"]),
    ("wire", &["scim", "base"]),
    ("server", &["http", "delivery", "store", "directory", "events", "scim", "base"]),
    ("okta", &["wire", "scim", "base"]),
    ("model", &["scim", "base"]),
    ("sim", &["okta", "wire", "model", "report", "scim", "base"]),
    ("check", &["sim", "okta", "wire", "model", "events", "scim", "report", "base"]),
    ("facade", &["check", "sim", "okta", "server", "wire", "report", "events", "scim", "base"]),
    ("cli", ALL),
    ("main", ALL),
];

const ALL: &[&str] = &[
    "base",
    "scim",
    "events",
    "report",
    "http",
    "directory",
    "store",
    "delivery",
    "wire",
    "server",
    "okta",
    "model",
    "check::effort",
    "wire::concurrency",
    "sim",
    "check",
    "facade",
    "cli",
];

/// Paths that only certain modules may name: (path outside of this crate, modules, reason).
const ONLY_IN: &[(&str, &[&str], &str)] = &[
    ("cucumber", &["check::engine"], "one module knows the Gherkin library"),
    ("rusqlite", &["store::sqlite"], "one module knows the database"),
    ("rusqlite_migration", &["store::sqlite"], "one module knows the database"),
    ("axum", &["http", "server"], "one kit serves HTTP, and the reference builds on it"),
    (
        "hyper",
        &["http", "server", "wire::transport", "delivery::reuse"],
        "one kit serves HTTP; the clients only look at the type of an error",
    ),
    (
        "hyper_util",
        &["http", "delivery::reuse"],
        "one kit serves HTTP; a client only looks at the connection of an error",
    ),
    ("ring", &["events", "delivery::tokens"], "one module signs tokens, and one has the randomness for it"),
    ("reqwest", &["wire", "delivery"], "every request leaves through these modules"),
    ("clap", &["cli", "main"], "only the command line parses arguments"),
    ("anyhow", &["cli", "main"], "below the command line every module has typed errors"),
    ("indicatif", &["cli"], "only the command line shows progress"),
    ("std::env", &["cli", "main"], "only the command line reads the environment"),
    ("std::io::stdout", &["cli", "main"], "only the command line prints results"),
    ("std::process::exit", &["main", "cli::interrupt"], "everything else returns; a second Ctrl-C ends at once"),
    ("std::time::SystemTime", &["base::clock"], "time is a parameter"),
    ("jiff::Timestamp::now", &["base::clock"], "time is a parameter"),
    ("jiff::Zoned::now", &["base::clock"], "time is a parameter"),
    ("std::thread::sleep", &[], "nothing waits by guessing a duration"),
];

/// Modules that do no I/O, read no clock and write no log.
const PURE: &[&str] = &[
    "scim",
    "events",
    "directory",
    "report",
    "model",
    "okta::plan",
    "okta::mapping",
    "okta::expression",
    "okta::org",
    "store::columns",
    "store::objects",
    "store::predicate",
    "store::query",
    "store::steps",
];
/// Paths that a pure module may not name.
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

/// The maximum number of lines of a file.
const MAX_LINES: usize = 500;

#[test]
fn modules_depend_only_on_the_modules_in_the_table() {
    let violations = violations(sources());
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let faults: Vec<String> = circles::circles(sources())
        .iter()
        .map(|circle| format!("{} import each other:\n    {}", circle.files.join(", "), circle.steps.join("\n    ")))
        .collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let long: Vec<String> = ["src", "tests", "benches", "examples"]
        .iter()
        .flat_map(|folder| source::files(root, folder))
        .filter(|(_, text)| text.lines().count() > MAX_LINES)
        .map(|(file, text)| {
            format!("{file}: {} lines, the maximum is {MAX_LINES}: split it by subject", text.lines().count())
        })
        .collect();
    assert!(long.is_empty(), "\n{}\n", long.join("\n"));
}

#[test]
fn no_test_is_disabled_or_vague() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = Sources::default();
    for (file, text) in source::files(root, "tests") {
        tests.add(&file, &text);
    }
    let faults = forbidden_attributes(&tests);
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn ci_runs_the_tests_that_the_readme_names() {
    let read = |name: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    let command = readme.lines().find(|line| line.starts_with("    cargo test")).unwrap();
    let command = command.split('#').next().unwrap().trim();
    assert!(ci.lines().any(|line| line == format!("step \"tests\" {command}")), "{command}");
}

/// The parsed sources of this crate, shared by all tests.
fn sources() -> &'static Sources {
    static SOURCES: LazyLock<Sources> = LazyLock::new(|| {
        let mut sources = Sources::default();
        for (file, text) in source::files(Path::new(env!("CARGO_MANIFEST_DIR")), "src") {
            sources.add(&file, &text);
        }
        assert!(sources.mentions.len() > 100, "the sources were not found");
        sources
    });
    &SOURCES
}

/// Returns every violation as one line: file, line, path, reason.
fn violations(sources: &Sources) -> Vec<String> {
    let mut found = forbidden_attributes(sources);
    for mention in &sources.mentions {
        for resolved in sources.resolve(&mention.module, &mention.written) {
            let reason = match resolved {
                Resolved::Local(path) => forbidden_dependency(mention, &path),
                Resolved::External(path) => forbidden_name(mention, &path),
            };
            found.extend(
                reason.map(|why| format!("{}:{}: `{}`: {why}", mention.file, mention.line, mention.written.join("::"))),
            );
        }
    }
    found.dedup();
    found
}

fn forbidden_attributes(sources: &Sources) -> Vec<String> {
    sources.forbidden.iter().map(|(file, line, reason)| format!("{file}:{line}: {reason}")).collect()
}

/// Checks a path into this crate against the table of dependencies.
fn forbidden_dependency(mention: &Mention, path: &[String]) -> Option<String> {
    let from = mention.module.first()?;
    let to = path.first().filter(|to| ALL.contains(&to.as_str()))?;
    let Some((_, allowed)) = DEPENDENCIES.iter().find(|(module, _)| module == from) else {
        return Some(format!("`{from}` has no row in the table of dependencies"));
    };
    let fine = from == to || allowed.contains(&to.as_str());
    (!fine).then(|| format!("`{from}` may not depend on `{to}`"))
}

/// Checks a path out of this crate against the tables of restricted names.
fn forbidden_name(mention: &Mention, path: &[String]) -> Option<String> {
    let (module, path) = (mention.module.join("::"), path.join("::"));
    let lies_in = |modules: &[&str]| modules.iter().any(|root| is_or_is_below(&module, root));
    let misplaced = ONLY_IN.iter().find(|(name, modules, _)| is_or_is_below(&path, name) && !lies_in(modules));
    if let Some((name, modules, why)) = misplaced {
        return Some(format!("only {modules:?} may name `{name}`: {why}"));
    }
    if mention.kind == Kind::MacroCall && PRINTING.contains(&path.as_str()) && !lies_in(&["cli", "main"]) {
        return Some("only the command line prints".to_owned());
    }
    let impure = lies_in(PURE) && IMPURE.iter().any(|name| is_or_is_below(&path, name));
    impure.then(|| format!("`{module}` is pure"))
}

fn is_or_is_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Returns the violations in a crate of a few files.
fn violations_in(files: &[(&str, &str)]) -> Vec<String> {
    let mut sources = Sources::default();
    for (file, text) in files {
        sources.add(file, text);
    }
    violations(&sources)
}

#[test]
fn planted_dependencies_are_found_however_they_are_written() {
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
        let found = violations_in(&[server, ("src/check/mod.rs", planted)]);
        assert!(found.iter().any(|line| line.contains("`check` may not depend on `server`")), "{planted}: {found:?}");
    }
}

#[test]
fn a_re_export_does_not_hide_a_dependency() {
    let server = ("src/server/mod.rs", "mod inner; pub use inner::Reference;");
    let inner = ("src/server/inner.rs", "pub struct Reference;");
    let root = ("src/lib.rs", "pub mod server; pub mod check; pub mod cli; pub use server::Reference;");
    let named = violations_in(&[server, inner, root, ("src/check/mod.rs", "fn f() -> crate::Reference {}")]);
    assert!(named[0].contains("`check` may not depend on `server`"), "{named:?}");

    let glob = ("src/lib.rs", "pub mod server; pub mod check; pub use server::*;");
    let starred = violations_in(&[server, inner, glob, ("src/check/mod.rs", "fn f() -> crate::Reference {}")]);
    assert!(starred[0].contains("`check` may not depend on `server`"), "{starred:?}");
}

#[test]
fn misplaced_names_and_impure_modules_are_found() {
    for (file, planted) in [
        ("src/check/steps/mod.rs", "use cucumber::given;"),
        ("src/sim/mod.rs", "fn f() { std::env::var(\"X\"); }"),
        ("src/sim/mod.rs", "use std::{env, fmt};"),
        ("src/sim/mod.rs", "use std::env as e; fn f() { e::args() }"),
        ("src/report/mod.rs", "fn f() { println!(\"x\") }"),
        ("src/http/mod.rs", "use crate::scim::Kind;"),
        ("src/report/mod.rs", "fn f() { std::io::stdout() }"),
        ("src/scim/filter/mod.rs", "use std::fs::File;"),
        ("src/okta/plan.rs", "fn f() { let now = std::time::Instant::now(); }"),
        ("src/directory/mod.rs", "fn f() { tracing::info!(\"x\") }"),
        ("src/server/mod.rs", "use jiff::Timestamp; fn f() { Timestamp::now() }"),
        ("src/store/mod.rs", "use rusqlite::Connection;"),
        ("src/cellar/mod.rs", "use crate::base::Seed;"),
        ("src/base/ids.rs", "#[test] #[ignore] fn slow() {}"),
    ] {
        let found = violations_in(&[("src/base/mod.rs", "pub struct Seed;"), (file, planted)]);
        assert!(!found.is_empty(), "{file}: {planted}");
    }
}

#[test]
fn allowed_paths_are_accepted() {
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
    assert_eq!(violations_in(&files), Vec::<String>::new());
}
