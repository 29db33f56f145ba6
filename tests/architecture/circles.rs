//! Finds files that import each other in a circle.
//!
//! A file depends on another one if it mentions a path that is defined there. Re-exports are followed to the definition, so
//! a `mod.rs` that only declares and re-exports is in no circle. Tests are ignored.

// Part of a test: a panic is a failure.
#![allow(clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Kind, Mention, Resolved, Sources};

/// File -> file it depends on -> the first mention that shows it.
type Graph<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a Mention>>;

/// Files that depend on each other, and one circle through them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Circle {
    /// All files of the strongly connected component, in order.
    pub(crate) files: Vec<String>,
    /// The shortest circle from the first file back to itself: `file:line names path` for each step.
    pub(crate) steps: Vec<String>,
}

/// Returns every group of files in a circle.
pub(crate) fn circles(sources: &Sources) -> Vec<Circle> {
    let graph = graph(sources);
    let reach: BTreeMap<&str, BTreeSet<&str>> = graph.keys().map(|file| (*file, reachable(&graph, file))).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for file in graph.keys() {
        if !reach[file].contains(file) || !seen.insert(*file) {
            continue;
        }
        let component: Vec<&str> = reach[file]
            .iter()
            .copied()
            .filter(|other| reach.get(other).is_some_and(|back| back.contains(file)))
            .collect();
        seen.extend(&component);
        found.push(Circle {
            files: component.iter().map(|file| (*file).to_owned()).collect(),
            steps: shortest_circle(&graph, file),
        });
    }
    found
}

fn graph(sources: &Sources) -> Graph<'_> {
    let mut graph = Graph::new();
    for mention in &sources.mentions {
        if mention.in_test || sources.is_test(&mention.module) || mention.kind == Kind::ReExport {
            continue;
        }
        for path in paths(sources, mention) {
            let (module, file) = sources.module_on(&path);
            // The import of a module is no dependency yet; the paths through it are.
            let imports_module = module == path.as_slice() && mention.kind != Kind::Glob;
            if file != mention.file && !imports_module && !sources.is_test(module) {
                // The key lives as long as the sources: look the file's own name up.
                let (_, from) = sources.module_on(&mention.module);
                graph.entry(from).or_default().entry(file).or_insert(mention);
            }
        }
    }
    graph
}

/// Returns the absolute paths that a mention depends on, resolved to their definitions.
fn paths(sources: &Sources, mention: &Mention) -> Vec<Vec<String>> {
    let origin = |written: &[String]| {
        let local = sources.resolve(&mention.module, written).into_iter().rev().find_map(|resolved| match resolved {
            Resolved::Local(path) => Some(path),
            Resolved::External(_) => None,
        });
        local.into_iter().collect::<Vec<_>>()
    };
    let mut paths = origin(&mention.written);
    if mention.kind == Kind::Glob {
        let names: Vec<Vec<String>> = paths.iter().flat_map(|module| sources.names_in(module)).collect();
        let absolute = |path: &Vec<String>| [vec!["crate".to_owned()], path.clone()].concat();
        paths.extend(names.iter().flat_map(|path| origin(&absolute(path))).collect::<Vec<_>>());
    }
    paths
}

/// Returns the files that a file depends on, directly or not.
fn reachable<'a>(graph: &Graph<'a>, from: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&'a str> = graph.get(from).into_iter().flat_map(|next| next.keys().copied()).collect();
    while let Some(file) = open.pop() {
        if found.insert(file) {
            open.extend(graph.get(file).into_iter().flat_map(|next| next.keys().copied()));
        }
    }
    found
}

fn shortest_circle(graph: &Graph<'_>, start: &str) -> Vec<String> {
    let mut trails: Vec<(&str, Vec<String>)> = vec![(start, Vec::new())];
    let mut seen = BTreeSet::new();
    while !trails.is_empty() {
        let mut longer = Vec::new();
        for (file, trail) in &trails {
            for (next, mention) in graph.get(file).into_iter().flatten() {
                let step = format!("{}:{} names {}", mention.file, mention.line, mention.written.join("::"));
                let trail: Vec<String> = trail.iter().cloned().chain([step]).collect();
                if *next == start {
                    return trail;
                }
                if seen.insert(*next) {
                    longer.push((*next, trail));
                }
            }
        }
        trails = longer;
    }
    Vec::new()
}

fn circles_in(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let mut sources = Sources::default();
    for (file, text) in files {
        sources.add(file, text);
    }
    circles(&sources).into_iter().map(|circle| circle.files).collect()
}

#[test]
fn planted_circles_are_found_however_they_are_written() {
    let root = ("src/lib.rs", "pub mod a;");
    let parent = ("src/a/mod.rs", "mod left; mod right; pub use left::Left; pub use right::{Right, go};");
    let left = ("src/a/left.rs", "use super::right::Right; pub struct Left(Right);");
    for planted in [
        "use super::left::Left; pub struct Right; pub fn go(_: Left) {}",
        "use super::Left; pub struct Right; pub fn go(_: Left) {}",
        "use crate::a; pub struct Right; pub fn go(_: a::Left) {}",
        "use super::left; pub struct Right; pub fn go(_: left::Left) {}",
        "use super::left::*; pub struct Right; pub fn go(_: Left) {}",
        "use super::*; pub struct Right; pub fn go(_: Left) {}",
        "pub struct Right; pub fn go() { use crate::a::left::Left as innocent; drop(innocent) }",
        "pub struct Right; pub fn go() { println!(\"{}\", crate::a::Left::default()) }",
        "pub struct Right; #[serde(with = \"crate::a::left\")] pub struct S;",
        "pub struct Right; impl From<crate::a::Left> for Right {}",
        "pub struct Right; pub mod inner { pub fn go(_: super::super::left::Left) {} }",
    ] {
        let found = circles_in(&[root, parent, left, ("src/a/right.rs", planted)]);
        assert_eq!(found.len(), 1, "{planted}: {found:?}");
    }
}

#[test]
fn a_parent_that_uses_its_child_and_is_used_by_it_is_a_circle() {
    let child = ("src/a/b.rs", "use super::A; pub struct B(A);");
    let parent = ("src/a.rs", "mod b; pub struct A; pub fn f() -> b::B { todo() }");
    assert_eq!(circles_in(&[parent, child]), [["src/a.rs", "src/a/b.rs"]]);
}

#[test]
fn a_longer_circle_is_printed_step_by_step() {
    let mut sources = Sources::default();
    for (file, text) in [
        ("src/a.rs", "use crate::b::B; pub struct A(B);"),
        ("src/b.rs", "\nuse crate::c::C; pub struct B(C);"),
        ("src/c.rs", "pub struct C(crate::a::A);"),
        ("src/d.rs", "pub struct D(crate::a::A);"),
    ] {
        sources.add(file, text);
    }
    let found = circles(&sources);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].files, ["src/a.rs", "src/b.rs", "src/c.rs"]);
    let steps = ["src/a.rs:1 names crate::b::B", "src/b.rs:2 names crate::c::C", "src/c.rs:1 names crate::a::A"];
    assert_eq!(found[0].steps, steps);
}

#[test]
fn re_exports_module_imports_and_tests_make_no_circle() {
    let files = [
        ("src/lib.rs", "pub mod a; pub mod z; pub use z::Z;"),
        (
            "src/a/mod.rs",
            "pub mod left; pub mod right; pub use left::Left; pub use right::Right; #[cfg(test)] mod tests;",
        ),
        (
            "src/a/left.rs",
            "use super::Right; pub struct Left(Right); #[cfg(test)] mod tests { use super::super::tests::go; }",
        ),
        ("src/a/right.rs", "pub struct Right; #[cfg(test)] use super::left::Left; #[cfg(test)] fn f(_: Left) {}"),
        ("src/a/tests.rs", "use super::{Left, Right}; pub fn go(_: Left, _: Right) {}"),
        ("src/z.rs", "use crate::a::{self, Left}; pub struct Z(Left, a::right::Right);"),
    ];
    assert_eq!(circles_in(&files), Vec::<Vec<String>>::new());
}
