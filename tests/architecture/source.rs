//! Parses the sources: collects the paths that each module mentions, and resolves them through imports and re-exports.

// Part of a test: a panic is a failure.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// The name of the package, which `main.rs` uses to refer to the library.
const PACKAGE: &str = "scimulate";
/// The number of imports and re-exports that the resolution of one path may follow.
const HOPS: usize = 16;

/// A path as written in a file.
pub(crate) struct Mention {
    /// The file, relative to the root of the package.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The module that mentions the path, from the root of the crate.
    pub(crate) module: Vec<String>,
    /// The segments as written.
    pub(crate) written: Vec<String>,
    pub(crate) kind: Kind,
    /// True inside `#[cfg(test)]`.
    pub(crate) in_test: bool,
}

/// The syntax in which a path occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A path in code, or a private import.
    Path,
    /// An import with a visibility, which passes the name on.
    ReExport,
    /// An import of everything, or a path in a string of an attribute such as `serde(with = …)`.
    Glob,
    /// The name of a macro call.
    MacroCall,
}

/// The destination of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// A path into this crate, from its root.
    Local(Vec<String>),
    /// A path into another crate or the prelude, or a name of the module itself.
    External(Vec<String>),
}

/// The imports of a module.
#[derive(Default)]
struct Scope {
    file: String,
    names: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
}

/// The parsed sources.
#[derive(Default)]
pub(crate) struct Sources {
    modules: BTreeMap<Vec<String>, Scope>,
    /// Modules that are declared `#[cfg(test)] mod name;`.
    test_modules: BTreeSet<Vec<String>>,
    pub(crate) mentions: Vec<Mention>,
    /// Forbidden attributes and macros, as (file, line, reason).
    pub(crate) forbidden: Vec<(String, usize, String)>,
}

impl Sources {
    /// Adds a file. `file` is its path relative to the root of the package, for example `src/okta/plan.rs`.
    pub(crate) fn add(&mut self, file: &str, text: &str) {
        let parsed = syn::parse_file(text).unwrap_or_else(|e| panic!("{file} does not parse: {e}"));
        let module = module_of(file);
        let mut reader = Reader { sources: self, file, module, test_depth: 0 };
        reader.scope();
        reader.visit_file(&parsed);
    }

    /// Resolves `written` inside `module`: first to the absolute path as spelled, then through re-exports to the defining
    /// module. Returns both if they differ.
    pub(crate) fn resolve(&self, module: &[String], written: &[String]) -> Vec<Resolved> {
        let absolute = self.absolute(module, written, 0);
        let origin = match &absolute {
            Resolved::Local(path) => self.follow(path, 0),
            Resolved::External(_) => absolute.clone(),
        };
        if origin == absolute { vec![absolute] } else { vec![absolute, origin] }
    }

    /// Returns true if a module is compiled for tests only.
    pub(crate) fn is_test(&self, module: &[String]) -> bool {
        (1..=module.len()).any(|depth| self.test_modules.contains(&module[..depth]))
    }

    /// Returns the innermost module on a path, with its file.
    pub(crate) fn module_on(&self, path: &[String]) -> (&[String], &str) {
        let modules = (0..=path.len()).rev().filter_map(|depth| self.modules.get_key_value(&path[..depth]));
        modules.map(|(module, scope)| (module.as_slice(), scope.file.as_str())).next().unwrap_or((&[], ""))
    }

    /// Returns the names that a module imports, as paths below that module.
    pub(crate) fn names_in(&self, module: &[String]) -> Vec<Vec<String>> {
        let names = self.modules.get(module).into_iter().flat_map(|scope| scope.names.keys());
        names.map(|name| module.iter().cloned().chain([name.clone()]).collect()).collect()
    }

    /// Makes a path absolute.
    fn absolute(&self, module: &[String], written: &[String], hops: usize) -> Resolved {
        let Some((first, rest)) = written.split_first() else { return Resolved::External(Vec::new()) };
        let join = |base: &[String]| Resolved::Local(base.iter().chain(rest).cloned().collect());
        match first.as_str() {
            "crate" | "$crate" | PACKAGE => join(&[]),
            "self" if rest.first().is_some_and(|next| next == "super") => self.absolute(module, rest, hops),
            "self" => join(module),
            "super" => {
                let climb = written.iter().take_while(|segment| *segment == "super").count();
                let base = module.get(..module.len().saturating_sub(climb)).unwrap_or_default();
                Resolved::Local(base.iter().chain(&written[climb..]).cloned().collect())
            }
            name => {
                let child: Vec<String> = module.iter().cloned().chain([name.to_owned()]).collect();
                if self.modules.contains_key(&child) {
                    return join(&child);
                }
                match self.modules.get(module).and_then(|scope| scope.names.get(name)) {
                    Some(import) if hops < HOPS && import != written => {
                        let whole: Vec<String> = import.iter().chain(rest).cloned().collect();
                        self.absolute(module, &whole, hops + 1)
                    }
                    _ => Resolved::External(written.to_vec()),
                }
            }
        }
    }

    /// Follows re-exports from an absolute path to the definition.
    fn follow(&self, path: &[String], hops: usize) -> Resolved {
        for depth in 0..path.len() {
            let (module, name, rest) = (&path[..depth], &path[depth], &path[depth + 1..]);
            if self.modules.contains_key(&path[..=depth]) || hops >= HOPS {
                continue;
            }
            let Some(scope) = self.modules.get(module) else { break };
            if let Some(import) = scope.names.get(name) {
                let whole: Vec<String> = import.iter().chain(rest).cloned().collect();
                return match self.absolute(module, &whole, hops + 1) {
                    Resolved::Local(next) if next != path => self.follow(&next, hops + 1),
                    end => end,
                };
            }
            for glob in &scope.globs {
                let Resolved::Local(target) = self.absolute(module, glob, hops + 1) else { continue };
                let next: Vec<String> = target.iter().cloned().chain(path[depth..].iter().cloned()).collect();
                let found = self.follow(&next, hops + 1);
                if found != Resolved::Local(next) {
                    return found;
                }
            }
            break;
        }
        Resolved::Local(path.to_vec())
    }
}

/// Returns the module of a file: `a::b` for `src/a/b.rs` and `src/a/b/mod.rs`. `lib.rs` is the root; `main.rs` counts as a
/// module `main`.
pub(crate) fn module_of(file: &str) -> Vec<String> {
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
    /// The number of enclosing items with `#[cfg(test)]`.
    test_depth: usize,
}

impl Reader<'_> {
    fn mention(&mut self, written: Vec<String>, line: usize, kind: Kind) {
        let (file, module) = (self.file.to_owned(), self.module.clone());
        let in_test = self.test_depth > 0;
        self.sources.mentions.push(Mention { file, line, module, written, kind, in_test });
    }

    fn forbid(&mut self, line: usize, reason: &str) {
        self.sources.forbidden.push((self.file.to_owned(), line, reason.to_owned()));
    }

    /// Visits every name that a `use` imports.
    fn leaves(&mut self, tree: &syn::UseTree, prefix: &[String], line: usize, kind: Kind) {
        let with = |name: String| prefix.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(inner) => self.leaves(&inner.tree, &with(inner.ident.to_string()), line, kind),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.leaves(item, prefix, line, kind)),
            syn::UseTree::Glob(_) => {
                self.scope().globs.push(prefix.to_vec());
                self.mention(prefix.to_vec(), line, Kind::Glob);
            }
            syn::UseTree::Name(name) if name.ident == "self" => {
                if let Some(last) = prefix.last() {
                    self.import(last.clone(), prefix.to_vec(), line, kind);
                }
            }
            syn::UseTree::Name(name) => self.import(name.ident.to_string(), with(name.ident.to_string()), line, kind),
            syn::UseTree::Rename(rename) => {
                let path = if rename.ident == "self" { prefix.to_vec() } else { with(rename.ident.to_string()) };
                self.import(rename.rename.to_string(), path, line, kind);
            }
        }
    }

    fn scope(&mut self) -> &mut Scope {
        let scope = self.sources.modules.entry(self.module.clone()).or_default();
        self.file.clone_into(&mut scope.file);
        scope
    }

    fn import(&mut self, name: String, path: Vec<String>, line: usize, kind: Kind) {
        self.scope().names.insert(name, path.clone());
        self.mention(path, line, kind);
    }

    /// Collects the paths in the tokens of a macro call, which syn does not parse, and `a::b` in strings of attributes.
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
                    self.mention(std::mem::take(&mut path), line, Kind::MacroCall);
                }
                TokenTree::Group(group) => {
                    // In `crate::{a, b}` inside a macro the prefix is a mention by itself.
                    self.flush(&mut path, line);
                    colons = 0;
                    self.tokens(group.stream(), strings);
                }
                TokenTree::Literal(literal) => {
                    self.flush(&mut path, line);
                    let text = literal.to_string();
                    if strings && text.contains("::") {
                        let written = text.trim_matches('"').split("::").map(str::to_owned).collect();
                        self.mention(written, literal.span().start().line, Kind::Glob);
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
            self.mention(std::mem::take(path), line, Kind::Path);
        }
        path.clear();
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let test = is_test_only(attributes(item));
        self.test_depth += usize::from(test);
        visit::visit_item(self, item);
        self.test_depth -= usize::from(test);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if self.test_depth > 0 {
            let module = self.module.iter().cloned().chain([item.ident.to_string()]).collect();
            self.sources.test_modules.insert(module);
        }
        if item.content.is_none() {
            return visit::visit_item_mod(self, item);
        }
        self.module.push(item.ident.to_string());
        self.scope();
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let kind = if matches!(item.vis, syn::Visibility::Inherited) { Kind::Path } else { Kind::ReExport };
        self.leaves(&item.tree, &[], item.span().start().line, kind);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let written = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.mention(written, path.span().start().line, Kind::Path);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name: Vec<String> = call.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let line = call.path.span().start().line;
        if name == ["include"] {
            self.forbid(line, "include! hides code from the module tree");
        }
        self.mention(name, line, Kind::MacroCall);
        self.tokens(call.tokens.clone(), false);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let line = attribute.span().start().line;
        for (name, why) in [
            ("path", "#[path] moves a module away from its name"),
            ("ignore", "#[ignore] disables a test"),
            ("should_panic", "#[should_panic] accepts any panic"),
        ] {
            if attribute.path().is_ident(name) && (self.file.starts_with("src/") || name != "path") {
                self.forbid(line, why);
            }
        }
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone(), true);
        }
    }
}

/// Returns true for `#[cfg(test)]` and `#[cfg(all(test, …))]`.
pub(crate) fn is_test_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => {
            let text = list.tokens.to_string();
            text == "test" || text.starts_with("all (test")
        }
        _ => false,
    })
}

/// Returns the attributes of an item.
pub(crate) fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Returns every `.rs` file below `folder` in order, as pairs of path relative to the root and text.
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
