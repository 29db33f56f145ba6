//! Reads the sources: which module mentions which path, and where a path leads once imports and re-exports are followed.

// Part of a test: a panic is a failure.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// The name of the package, by which `main.rs` reaches the library.
const PACKAGE: &str = "scimulate";
/// How many imports and re-exports one path may lead through.
const HOPS: usize = 16;

/// A path as it stands in a file.
pub(crate) struct Mention {
    /// The file, from the package's root.
    pub(crate) file: String,
    /// From 1.
    pub(crate) line: usize,
    /// The module that mentions it, from the crate's root.
    pub(crate) module: Vec<String>,
    /// The segments as written.
    pub(crate) written: Vec<String>,
    /// `name!`, for a macro call by its bare name.
    pub(crate) is_macro: bool,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Into this crate, from its root.
    Here(Vec<String>),
    /// Into another crate, the prelude, or a name of the module itself.
    Elsewhere(Vec<String>),
}

/// What a module brings into scope, and may hand on.
#[derive(Default)]
struct Scope {
    names: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
}

/// The sources, read.
#[derive(Default)]
pub(crate) struct Sources {
    modules: BTreeMap<Vec<String>, Scope>,
    pub(crate) mentions: Vec<Mention>,
    /// Attributes that hide or bend code, as (file, line, what).
    pub(crate) oddities: Vec<(String, usize, String)>,
}

impl Sources {
    /// Adds one file; `file` is its path below the package's root, for example `src/okta/plan.rs`.
    pub(crate) fn add(&mut self, file: &str, text: &str) {
        let parsed = syn::parse_file(text).unwrap_or_else(|e| panic!("{file} does not parse: {e}"));
        let module = module_of(file);
        self.modules.entry(module.clone()).or_default();
        Reader { sources: self, file, module }.visit_file(&parsed);
    }

    /// Where `written` leads when it stands in `module`: first as it is spelled, then behind imports and re-exports.
    pub(crate) fn places(&self, module: &[String], written: &[String]) -> Vec<Place> {
        let spelled = self.spelled(module, written, 0);
        let origin = match &spelled {
            Place::Here(path) => self.follow(path, 0),
            Place::Elsewhere(_) => spelled.clone(),
        };
        if origin == spelled { vec![spelled] } else { vec![spelled, origin] }
    }

    /// Makes a path absolute.
    fn spelled(&self, module: &[String], written: &[String], hops: usize) -> Place {
        let Some((first, rest)) = written.split_first() else { return Place::Elsewhere(Vec::new()) };
        let join = |base: &[String]| Place::Here(base.iter().chain(rest).cloned().collect());
        match first.as_str() {
            "crate" | "$crate" | PACKAGE => join(&[]),
            "self" if rest.first().is_some_and(|next| next == "super") => self.spelled(module, rest, hops),
            "self" => join(module),
            "super" => {
                let climb = written.iter().take_while(|segment| *segment == "super").count();
                let base = module.get(..module.len().saturating_sub(climb)).unwrap_or_default();
                Place::Here(base.iter().chain(&written[climb..]).cloned().collect())
            }
            name => {
                let child: Vec<String> = module.iter().cloned().chain([name.to_owned()]).collect();
                if self.modules.contains_key(&child) {
                    return join(&child);
                }
                match self.modules.get(module).and_then(|scope| scope.names.get(name)) {
                    Some(import) if hops < HOPS && import != written => {
                        let whole: Vec<String> = import.iter().chain(rest).cloned().collect();
                        self.spelled(module, &whole, hops + 1)
                    }
                    _ => Place::Elsewhere(written.to_vec()),
                }
            }
        }
    }

    /// Follows re-exports from an absolute path to where the thing is defined.
    fn follow(&self, path: &[String], hops: usize) -> Place {
        for depth in 0..path.len() {
            let (module, name, rest) = (&path[..depth], &path[depth], &path[depth + 1..]);
            if self.modules.contains_key(&path[..=depth]) || hops >= HOPS {
                continue;
            }
            let Some(scope) = self.modules.get(module) else { break };
            if let Some(import) = scope.names.get(name) {
                let whole: Vec<String> = import.iter().chain(rest).cloned().collect();
                return match self.spelled(module, &whole, hops + 1) {
                    Place::Here(next) if next != path => self.follow(&next, hops + 1),
                    place => place,
                };
            }
            for glob in &scope.globs {
                let Place::Here(target) = self.spelled(module, glob, hops + 1) else { continue };
                let next: Vec<String> = target.iter().cloned().chain(path[depth..].iter().cloned()).collect();
                let found = self.follow(&next, hops + 1);
                if found != Place::Here(next) {
                    return found;
                }
            }
            break;
        }
        Place::Here(path.to_vec())
    }
}

/// `src/a/b.rs` and `src/a/b/mod.rs` are the module `a::b`; `lib.rs` is the root, `main.rs` a module of its own.
fn module_of(file: &str) -> Vec<String> {
    let inner = file.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib")) {
        parts.pop();
    }
    parts
}

struct Reader<'a> {
    sources: &'a mut Sources,
    file: &'a str,
    module: Vec<String>,
}

impl Reader<'_> {
    fn mention(&mut self, written: Vec<String>, line: usize, is_macro: bool) {
        let (file, module) = (self.file.to_owned(), self.module.clone());
        self.sources.mentions.push(Mention { file, line, module, written, is_macro });
    }

    fn odd(&mut self, line: usize, what: &str) {
        self.sources.oddities.push((self.file.to_owned(), line, what.to_owned()));
    }

    /// One leaf of a `use` for each name that it brings.
    fn leaves(&mut self, tree: &syn::UseTree, prefix: &[String], line: usize) {
        let with = |name: String| prefix.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(inner) => self.leaves(&inner.tree, &with(inner.ident.to_string()), line),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.leaves(item, prefix, line)),
            syn::UseTree::Glob(_) => {
                self.scope().globs.push(prefix.to_vec());
                self.mention(prefix.to_vec(), line, false);
            }
            syn::UseTree::Name(name) if name.ident == "self" => {
                if let Some(last) = prefix.last() {
                    self.import(last.clone(), prefix.to_vec(), line);
                }
            }
            syn::UseTree::Name(name) => self.import(name.ident.to_string(), with(name.ident.to_string()), line),
            syn::UseTree::Rename(rename) => {
                let path = if rename.ident == "self" { prefix.to_vec() } else { with(rename.ident.to_string()) };
                self.import(rename.rename.to_string(), path, line);
            }
        }
    }

    fn scope(&mut self) -> &mut Scope {
        self.sources.modules.entry(self.module.clone()).or_default()
    }

    fn import(&mut self, name: String, path: Vec<String>, line: usize) {
        self.scope().names.insert(name, path.clone());
        self.mention(path, line, false);
    }

    /// Paths in the tokens of a macro call, which syn leaves unread; `a::b` in a string of an attribute too.
    fn tokens(&mut self, stream: TokenStream, strings: bool) {
        let mut path: Vec<String> = Vec::new();
        let (mut line, mut colons) = (0, 0);
        for tree in stream {
            match tree {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.flush(&mut path, line);
                    }
                    line = ident.span().start().line;
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Punct(punct) if punct.as_char() == '!' && path.len() == 1 => {
                    self.mention(std::mem::take(&mut path), line, true);
                }
                TokenTree::Group(group) => {
                    // `crate::{a, b}` inside a macro: the prefix is worth a mention by itself.
                    self.flush(&mut path, line);
                    colons = 0;
                    self.tokens(group.stream(), strings);
                }
                TokenTree::Literal(literal) => {
                    self.flush(&mut path, line);
                    let text = literal.to_string();
                    if strings && text.contains("::") {
                        let written = text.trim_matches('"').split("::").map(str::to_owned).collect();
                        self.mention(written, literal.span().start().line, false);
                    }
                }
                TokenTree::Punct(_) => {
                    self.flush(&mut path, line);
                    colons = 0;
                }
            }
        }
        self.flush(&mut path, line);
    }

    fn flush(&mut self, path: &mut Vec<String>, line: usize) {
        if path.len() > 1 {
            self.mention(std::mem::take(path), line, false);
        }
        path.clear();
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_none() {
            return visit::visit_item_mod(self, item);
        }
        self.module.push(item.ident.to_string());
        self.scope();
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.leaves(&item.tree, &[], item.span().start().line);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let written = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.mention(written, path.span().start().line, false);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name: Vec<String> = call.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let line = call.path.span().start().line;
        if name == ["include"] {
            self.odd(line, "include! hides code from its module");
        }
        self.mention(name, line, true);
        self.tokens(call.tokens.clone(), false);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let line = attribute.span().start().line;
        for (name, why) in [
            ("path", "#[path] puts a module where its name does not say"),
            ("ignore", "#[ignore] leaves a test unrun"),
            ("should_panic", "#[should_panic] does not say which panic"),
        ] {
            if attribute.path().is_ident(name) && (self.file.starts_with("src/") || name != "path") {
                self.odd(line, why);
            }
        }
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone(), true);
        }
    }
}

/// Every `.rs` file below `folder`, in order, as (path from the root, text).
pub(crate) fn files(root: &Path, folder: &str) -> Vec<(String, String)> {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(next) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&next) else { continue };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    let name = |path: &Path| path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
    found.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}
