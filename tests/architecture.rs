//! The import table of the design, enforced: which room may name which, and which crates. Layering by intention decays.
//!
//! Every path of every file is looked at, in `use` and inline. Unit tests inside the files are held to the same table, but
//! for `use super::*` and dev-dependencies.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use syn::visit::Visit;

/// Room, the rooms it may import, the crates it may name.
const TABLE: &[(&str, &[&str], &[&str])] = &[
    ("main", &["app", "cli"], &["clap", "color_eyre", "rustls"]),
    ("lib", &[], &[]),
    ("cli", &["domain", "input"], &["clap"]),
    ("config", &["cli", "domain", "input", "metrics", "terminal", "view"], &["serde", "toml", "directories"]),
    (
        "app",
        &[
            "cli", "cluster", "config", "diff", "domain", "input", "journal", "metrics", "session", "sim", "steer",
            "store", "systems", "terminal", "view",
        ],
        &[
            "crossterm",
            "futures",
            "jiff",
            "ratatui",
            "serde",
            "serde_json",
            "tokio",
            "tracing",
            "tracing_appender",
            "tracing_subscriber",
        ],
    ),
    ("tls", &[], &["rustls"]),
    ("cause", &[], &[]),
    ("terminal", &[], &["crossterm", "ratatui", "tokio"]),
    ("domain", &[], &["serde", "serde_json"]),
    ("wire", &["domain"], &["bytes", "jiff", "prost", "serde", "serde_json"]),
    ("systems", &["domain"], &["jiff", "serde_json"]),
    ("steer", &["domain", "systems"], &["jiff", "serde", "serde_json"]),
    ("judge", &["domain"], &[]),
    ("diff", &["domain"], &["serde_json", "similar"]),
    ("journal", &["domain"], &["hostname", "jiff", "serde", "serde_json"]),
    ("rules", &["domain"], &[]),
    ("store", &["domain", "judge", "rules", "systems"], &["serde"]),
    (
        "cluster",
        &["cause", "domain", "journal", "store", "tls", "wire"],
        &[
            "bytes",
            "futures",
            "http",
            "http_body",
            "http_body_util",
            "hyper",
            "hyper_util",
            "jiff",
            "k8s_openapi",
            "kube",
            "rustls",
            "serde",
            "serde_json",
            "tokio",
            "tower",
            "tracing",
        ],
    ),
    (
        "sim",
        &["domain", "systems"],
        &[
            "bytes",
            "futures",
            "http",
            "http_body",
            "http_body_util",
            "hyper",
            "hyper_util",
            "jiff",
            "json_patch",
            "k8s_openapi",
            "regex",
            "serde",
            "serde_json",
            "serde_saphyr",
            "tokio",
            "toml",
            "tower",
            "tracing",
        ],
    ),
    (
        "metrics",
        &["cause", "domain", "store", "tls"],
        &[
            "bytes",
            "futures",
            "http",
            "prometheus_http_query",
            "reqwest",
            "serde",
            "serde_json",
            "tokio",
            "toml",
            "tracing",
        ],
    ),
    ("input", &[], &["crossterm", "serde", "toml"]),
    ("session", &["domain", "input"], &["crossterm", "nucleo_matcher", "tui_textarea"]),
    (
        "view",
        &["domain", "input", "session"],
        &["anstyle_lossy", "ratatui", "serde", "toml", "unicode_segmentation", "unicode_width"],
    ),
];

/// Of these rooms, others may name only these parts.
const DOORS: &[(&str, &str, &str)] = &[
    ("cluster", "store", "Fact"),
    ("config", "metrics", "Settings"),
    ("config", "view", "theme"),
    ("metrics", "store", "Fact"),
];

/// No file is longer.
const LINES: usize = 400;

/// What one file names.
#[derive(Default)]
struct Named {
    rooms: BTreeSet<Vec<String>>,
    crates: BTreeSet<String>,
    globs: Vec<String>,
    casts: usize,
    colours: bool,
    is_test: bool,
}

impl Named {
    fn path(&mut self, segments: Vec<String>, is_use: bool) {
        match segments.first().map(String::as_str) {
            Some("crate" | "rolldeck") => {
                self.rooms.insert(segments.into_iter().skip(1).collect());
            }
            Some(first) if is_use && !matches!(first, "super" | "self" | "std" | "core") => {
                self.crates.insert(first.to_string());
            }
            // An inline path names a crate if it starts with one that some room of the table may name.
            Some(first) if segments.len() > 1 && CRATES.with(|known| known.contains(first)) => {
                self.crates.insert(first.to_string());
            }
            _ => {}
        }
    }

    fn tree(&mut self, prefix: &[String], tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                let longer: Vec<String> = prefix.iter().cloned().chain([path.ident.to_string()]).collect();
                self.tree(&longer, &path.tree);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(prefix, item)),
            syn::UseTree::Name(name) => {
                self.path(prefix.iter().cloned().chain([name.ident.to_string()]).collect(), true);
            }
            syn::UseTree::Rename(name) => {
                self.path(prefix.iter().cloned().chain([name.ident.to_string()]).collect(), true);
            }
            syn::UseTree::Glob(_) => {
                self.path(prefix.to_vec(), true);
                if !self.is_test {
                    self.globs.push(prefix.join("::"));
                }
            }
        }
    }
}

thread_local! {
    static TEST_ONLY: BTreeSet<PathBuf> = declared_for_tests();
    static CRATES: BTreeSet<&'static str> = TABLE.iter().flat_map(|(_, _, crates)| crates.iter().copied()).collect();
}

impl<'ast> Visit<'ast> for Named {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        self.colours |= segments.ends_with(&["Color".into(), "Rgb".into()]);
        self.path(segments, false);
        syn::visit::visit_path(self, path);
    }

    fn visit_expr_cast(&mut self, cast: &'ast syn::ExprCast) {
        let number = matches!(&*cast.ty, syn::Type::Path(to) if to.path.get_ident().is_some_and(is_number));
        self.casts += usize::from(!self.is_test && number);
        syn::visit::visit_expr_cast(self, cast);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let before = self.is_test;
        self.is_test |= item.attrs.iter().any(is_cfg_test);
        syn::visit::visit_item_mod(self, item);
        self.is_test = before;
    }
}

fn is_number(name: &syn::Ident) -> bool {
    let name = name.to_string();
    matches!(name.as_bytes().first(), Some(b'u' | b'i' | b'f'))
        && name[1..].chars().all(|c| c.is_ascii_digit() || "size".contains(c))
}

fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|ident| ident == "test")
}

fn files(under: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(under).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(files(&entry));
        } else if entry.extension().is_some_and(|ending| ending == "rs") {
            found.push(entry);
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The room of a file below `src/`.
fn room(file: &Path) -> String {
    let below = file.strip_prefix(root().join("src")).unwrap();
    let first = below.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_string()
}

/// Whether a file is compiled for tests only: it, or a folder it is in, was declared as `#[cfg(test)] mod NAME;`.
fn is_test_file(file: &Path) -> bool {
    let mut module = file.with_extension("");
    if module.file_name().is_some_and(|name| name == "mod") {
        module.pop();
    }
    module
        .ancestors()
        .take_while(|at| at.starts_with(root().join("src")))
        .any(|at| TEST_ONLY.with(|set| set.contains(at)))
}

/// The modules declared as `#[cfg(test)] mod NAME;`, as paths without an ending.
fn declared_for_tests() -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for file in files(&root().join("src")) {
        let inside = match file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).as_deref() {
            Some("mod" | "lib" | "main") => file.parent().unwrap().to_path_buf(),
            _ => file.with_extension(""),
        };
        for item in syn::parse_file(&fs::read_to_string(&file).unwrap()).unwrap().items {
            if let syn::Item::Mod(module) = item
                && module.content.is_none()
                && module.attrs.iter().any(is_cfg_test)
            {
                found.insert(inside.join(module.ident.to_string()));
            }
        }
    }
    found
}

fn read(file: &Path) -> (String, Named) {
    let text = fs::read_to_string(file).unwrap();
    let mut named = Named { is_test: is_test_file(file), ..Named::default() };
    named.visit_file(&syn::parse_file(&text).unwrap());
    (text, named)
}

/// What is wrong with one file, in sentences.
fn complaints(file: &Path) -> Vec<String> {
    let (text, named) = read(file);
    let (room, name) = (room(file), file.strip_prefix(root()).unwrap().display().to_string());
    let Some((_, rooms, crates)) = TABLE.iter().find(|(listed, ..)| *listed == room) else {
        return vec![format!("{name}: the room {room:?} is not in the table")];
    };
    let mut wrong = Vec::new();
    for path in &named.rooms {
        let Some(other) = path.first() else { continue };
        let exists = TABLE.iter().any(|(listed, ..)| listed == other);
        if exists && *other != room && !rooms.contains(&other.as_str()) {
            wrong.push(format!("{name}: {room} may not import {other}"));
        }
        for (from, to, only) in DOORS {
            if room == *from
                && other == to
                && path.get(1).is_some_and(|part| part != only && part != &only.to_lowercase())
            {
                wrong.push(format!("{name}: of {to}, {from} may name {only} only"));
            }
        }
    }
    if !named.is_test {
        let dev = ["proptest", "insta", "tempfile", "k8s_pb", "tower_test"];
        for other in named.crates.iter().filter(|c| !crates.contains(&c.as_str()) && !dev.contains(&c.as_str())) {
            if is_crate(other) {
                wrong.push(format!("{name}: {room} may not name the crate {other}"));
            }
        }
    }
    wrong.extend(named.globs.iter().map(|glob| format!("{name}: use {glob}::* hides what is imported")));
    if named.casts > 0 && !name.ends_with("domain/num.rs") {
        wrong.push(format!("{name}: a cast belongs in domain/num.rs, with a name that says what happens at the edges"));
    }
    // The picture reads colours; only themes choose them.
    if named.colours && !name.starts_with("src/view/theme") && name != "src/view/export/svg.rs" {
        wrong.push(format!("{name}: Color::Rgb belongs in the theme"));
    }
    if text.lines().count() > LINES {
        wrong.push(format!("{name}: {} lines; at {LINES} a room is redesigned", text.lines().count()));
    }
    if !named.is_test && !text.trim_start().starts_with("//!") {
        wrong.push(format!("{name}: opens with what it does and what it does not do"));
    }
    wrong
}

/// Whether a name is one of our dependencies (and not an item of the same file).
fn is_crate(name: &str) -> bool {
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let sections = ["dependencies", "dev-dependencies"];
    let named = |section: &&str| {
        manifest
            .get(*section)
            .and_then(|s| s.as_table())
            .is_some_and(|t| t.contains_key(&name.replace('_', "-")) || t.contains_key(name))
    };
    sections.iter().any(named)
}

#[test]
fn every_file_keeps_to_the_import_table() {
    let wrong: Vec<String> = files(&root().join("src")).iter().flat_map(|file| complaints(file)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn nothing_but_the_demo_command_knows_the_simulator() {
    let knows = |file: &PathBuf| read(file).1.rooms.iter().any(|path| path.first().is_some_and(|room| room == "sim"));
    let outside = files(&root().join("src")).into_iter().filter(|file| room(file) != "sim" && knows(file));
    assert_eq!(outside.collect::<Vec<_>>(), [root().join("src/app/demo.rs")]);
}

#[test]
fn tests_and_the_lab_suite_are_short_files_too() {
    let all = [root().join("tests"), root().join("lab")].into_iter().flat_map(|folder| files(&folder));
    let long: BTreeMap<String, usize> = all
        .map(|file| (file.display().to_string(), fs::read_to_string(&file).unwrap().lines().count()))
        .filter(|(_, lines)| *lines > LINES)
        .collect();
    assert!(long.is_empty(), "over {LINES} lines: {long:?}");
}

/// A table that accepts everything would pass the tests above: this one breaks a rule on purpose.
#[test]
fn a_broken_rule_is_noticed() {
    let named = |text: &str| {
        let mut named = Named::default();
        named.visit_file(&syn::parse_file(text).unwrap());
        named
    };
    assert!(named("use crate::store::Store;").rooms.contains(&vec!["store".to_string(), "Store".to_string()]));
    assert!(named("fn f() { crate::cluster::connect(); }").rooms.iter().any(|path| path[0] == "cluster"));
    assert!(named("fn f() { kube::Client::new(); }").crates.contains("kube"));
    assert!(named("use tokio::{sync, time as t};").crates.contains("tokio"));
    assert_eq!(named("use crate::domain::*;").globs, ["crate::domain"]);
    assert_eq!(named("fn f(x: u64) -> u8 { x as u8 }").casts, 1);
    assert!(named("fn f() -> Color { ratatui::style::Color::Rgb(1, 2, 3) }").colours);
}
