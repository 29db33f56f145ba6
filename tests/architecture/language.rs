//! Rules for prose (docs/style.md): openings of item docs, and phrases that occur nowhere.

// Part of a test: a panic is a failure.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::source;

/// The maximum share of item docs that open with one of [`CLAUSES`], in percent.
const MAX_SHARE: usize = 5;
/// Words that open a nominal clause. An item doc opens with a verb or a noun instead: "Returns …", "The number of …".
const CLAUSES: [&str; 8] = ["What", "Who", "Whom", "Whoever", "How", "Whether", "Where", "Why"];

/// Phrases that do not occur in help, messages and docs, in lower case.
const FORBIDDEN: [&str; 5] = ["whoever", "nobody", "somebody", "is told", "stands at"];
/// Documents besides the sources, docs and features.
const DOCUMENTS: [&str; 3] = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"];

#[test]
fn item_docs_open_with_a_verb_or_a_noun() {
    let prose = read_sources(Path::new(env!("CARGO_MANIFEST_DIR")));
    let total: usize = prose.docs.values().map(|count| count.docs).sum();
    let clauses: usize = prose.docs.values().map(|count| count.clauses.len()).sum();
    assert!(total > 1_000, "the sources were not found");
    println!("{clauses} of {total} item docs open with {}", CLAUSES.join(", "));
    assert!(clauses * 100 <= total * MAX_SHARE, "{}", share(&prose, clauses, total));
}

#[test]
fn forbidden_phrases_occur_nowhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = read_sources(root).forbidden;
    for (file, text) in documents(root) {
        for (line, phrase) in
            text.lines().enumerate().flat_map(|(at, line)| phrases(line).map(move |found| (at, found)))
        {
            found.push(format!("{file}:{}: {phrase:?}", line + 1));
        }
    }
    // The style guide has to name them.
    found.retain(|place| !place.starts_with("docs/style.md:"));
    assert!(found.is_empty(), "\n{}\nname the actor instead, see docs/style.md\n", found.join("\n"));
}

/// Reads the prose of all sources except tests.
fn read_sources(root: &Path) -> Prose {
    let mut prose = Prose::default();
    for (file, text) in source::files(root, "src") {
        if !crate::sources().is_test(&source::module_of(&file)) {
            prose.add(&file, &text);
        }
    }
    prose
}

/// Lists the share of each module, and the docs to reword in the worst ones.
fn share(prose: &Prose, clauses: usize, total: usize) -> String {
    let mut modules: Vec<(&String, &Count)> = prose.docs.iter().collect();
    modules.sort_by_key(|(_, count)| std::cmp::Reverse(count.clauses.len()));
    let mut text =
        format!("\n{clauses} of {total} item docs open with a nominal clause, {MAX_SHARE} % is the maximum\n");
    for (module, count) in modules.iter().filter(|(_, count)| !count.clauses.is_empty()) {
        let _ = writeln!(text, "{module}: {} of {}", count.clauses.len(), count.docs);
        for doc in &count.clauses {
            let _ = writeln!(text, "    {doc}");
        }
    }
    text
}

fn documents(root: &Path) -> Vec<(String, String)> {
    let named = DOCUMENTS.iter().map(|name| (*name).to_owned());
    let entries = std::fs::read_dir(root.join("docs")).into_iter().flatten().filter_map(Result::ok);
    let docs = entries.map(|entry| format!("docs/{}", entry.file_name().to_string_lossy()));
    let markdown = named.chain(docs).filter(|name| Path::new(name).extension().is_some_and(|ext| ext == "md"));
    let markdown = markdown.chain(features(root));
    let mut read: Vec<(String, String)> =
        markdown.filter_map(|name| std::fs::read_to_string(root.join(&name)).ok().map(|text| (name, text))).collect();
    read.sort();
    read
}

fn features(root: &Path) -> Vec<String> {
    let folders = std::fs::read_dir(root.join("features")).into_iter().flatten().filter_map(Result::ok);
    let files =
        folders.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten().filter_map(Result::ok));
    let paths = files.map(|file| file.path());
    paths.filter_map(|path| Some(path.strip_prefix(root).ok()?.to_string_lossy().into_owned())).collect()
}

/// Returns the forbidden phrases in a text, as whole words in any letter case.
fn phrases(text: &str) -> impl Iterator<Item = &'static str> {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let text = format!(" {} ", words.join(" "));
    FORBIDDEN.into_iter().filter(move |phrase| text.contains(&format!(" {phrase} ")))
}

/// The item docs of one module.
#[derive(Default)]
struct Count {
    docs: usize,
    /// First lines that open with a clause, with their files.
    clauses: Vec<String>,
}

/// The prose of the sources.
#[derive(Default)]
struct Prose {
    /// Module below `src` -> its item docs.
    docs: BTreeMap<String, Count>,
    /// `file:line: "phrase"` for each doc comment or string literal with a forbidden phrase.
    forbidden: Vec<String>,
}

impl Prose {
    fn add(&mut self, file: &str, text: &str) {
        let parsed = syn::parse_file(text).unwrap_or_else(|e| panic!("{file} does not parse: {e}"));
        Reader { prose: self, file }.visit_file(&parsed);
    }

    fn first_line(&mut self, file: &str, line: &str) {
        let module = file.trim_start_matches("src/").split('/').next().unwrap_or_default().trim_end_matches(".rs");
        let count = self.docs.entry(module.to_owned()).or_default();
        count.docs += 1;
        let first = line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        if CLAUSES.contains(&first) {
            count.clauses.push(format!("{file}: {line}"));
        }
    }

    fn text(&mut self, file: &str, line: usize, text: &str) {
        self.forbidden.extend(phrases(text).map(|phrase| format!("{file}:{line}: {phrase:?}")));
    }
}

struct Reader<'a> {
    prose: &'a mut Prose,
    file: &'a str,
}

impl Reader<'_> {
    /// Reads the doc comments among the attributes of one item.
    fn docs(&mut self, attributes: &[syn::Attribute]) {
        let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some((text.span(), text.value())),
                _ => None,
            },
            _ => None,
        });
        let lines: Vec<_> = lines.collect();
        if let Some((_, first)) = lines.first() {
            self.prose.first_line(self.file, first.trim());
        }
        // A phrase may continue on the next line.
        for pair in 0..lines.len() {
            let two = lines.iter().skip(pair).take(2).map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" ");
            let second = lines.get(pair + 1).map_or("", |(_, text)| text);
            let alone: Vec<&str> = phrases(second).collect();
            for phrase in phrases(&two).filter(|phrase| !alone.contains(phrase)) {
                let line = lines.get(pair).map_or(0, |(span, _)| span.start().line);
                self.prose.forbidden.push(format!("{}:{line}: {phrase:?}", self.file));
            }
        }
    }

    /// Reads the string literals among the tokens of a macro call or an attribute.
    fn tokens(&mut self, tokens: TokenStream) {
        for tree in tokens {
            match tree {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                        self.prose.text(self.file, literal.span().start().line, &text.value());
                    }
                }
                _ => {}
            }
        }
    }
}

/// Visits the attributes of each kind of syntax that has docs.
macro_rules! visit_docs {
    ($($visit:ident: $node:ident),* $(,)?) => {
        $(fn $visit(&mut self, node: &'ast syn::$node) {
            self.docs(&node.attrs);
            visit::$visit(self, node);
        })*
    };
}

impl<'ast> Visit<'ast> for Reader<'_> {
    visit_docs! {
        visit_file: File,
        visit_item_const: ItemConst,
        visit_item_enum: ItemEnum,
        visit_item_fn: ItemFn,
        visit_item_mod: ItemMod,
        visit_item_static: ItemStatic,
        visit_item_struct: ItemStruct,
        visit_item_trait: ItemTrait,
        visit_item_type: ItemType,
        visit_impl_item_const: ImplItemConst,
        visit_impl_item_fn: ImplItemFn,
        visit_trait_item_const: TraitItemConst,
        visit_trait_item_fn: TraitItemFn,
        visit_field: Field,
        visit_variant: Variant,
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !source::is_test_only(source::attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.prose.text(self.file, text.span().start().line, &text.value());
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        // The sentences of features are not messages.
        if !call.path.is_ident("step") {
            self.tokens(call.tokens.clone());
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }
}

#[test]
fn planted_prose_is_found() {
    let mut prose = Prose::default();
    let text = r#"
        //! What this file is.
        /// How it goes.
        /// Somebody knows.
        struct A {
            /// Whether it holds; the reader is
            /// told so.
            flag: bool,
        }
        /// Returns it.
        #[error("nobody answers")]
        enum B {
            /// Whatever.
            C,
        }
        impl B {
            /// Why it is.
            fn f() { println!("it stands at {}", 1); step!("finds nobody"); let _ = "WHOEVER asks"; }
        }
        #[cfg(test)]
        mod tests {
            /// What a test needs.
            const X: &str = "nobody";
        }
    "#;
    prose.add("src/wire/x.rs", text);
    let count = prose.docs.get("wire").unwrap();
    assert_eq!((count.docs, count.clauses.len()), (6, 4), "{:?}", count.clauses);
    let mut found: Vec<&str> = prose.forbidden.iter().filter_map(|place| place.split('"').nth(1)).collect();
    found.sort_unstable();
    assert_eq!(found, ["is told", "nobody", "somebody", "stands at", "whoever"], "{:?}", prose.forbidden);
    assert_eq!(phrases("the nobody-1 of nobodys").collect::<Vec<_>>(), ["nobody"]);
}
