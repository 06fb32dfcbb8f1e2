//! Who may import whom. A new arrow is a design decision: it is added here first.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each place with what it may import from the crate, lowest first. The
/// longest path that fits a file is the one that counts.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("child", &[]),
    ("streams", &["model"]),
    ("secret", &["model", "child"]),
    ("net", &["model"]),
    ("login", &["model", "net"]),
    ("archive", &["model"]),
    ("git", &["model", "child"]),
    ("aci", &["model", "archive"]),
    ("recipe", &["model", "git", "net"]),
    ("keymap", &[]),
    ("config", &["model", "keymap"]),
    ("plan", &["model"]),
    ("run", &["model", "plan"]),
    ("ports", &["model"]),
    ("survey", &["model", "config", "ports", "git", "child", "recipe"]),
    ("browse", &["model", "ports"]),
    ("sweep", &["model", "ports"]),
    ("engine", &["model", "net", "plan", "run", "ports", "browse", "sweep"]),
    ("docker", &["model", "child", "net"]),
    ("store", &["model", "archive", "ports"]),
    ("registry", &["model", "net", "child"]),
    ("source", &["model", "ports", "archive", "aci", "store"]),
    ("sign", &["model", "ports", "net", "registry", "login"]),
    ("release_archive", &["model", "ports", "archive", "sign"]),
    ("sink", &["model", "ports", "net", "archive", "registry", "store", "docker"]),
    (
        "build",
        &[
            "model", "ports", "net", "git", "archive", "recipe", "docker", "registry", "store",
            "source",
        ],
    ),
    (
        "veea",
        &["model", "ports", "net", "recipe", "build", "store", "source", "sign", "release_archive"],
    ),
    ("journal", &["model", "plan", "run"]),
    ("batch", &["model", "plan", "run"]),
    ("tui", &["model", "keymap", "plan", "run", "browse"]),
    ("cli", &["model"]),
    ("error", &["model", "config", "plan", "run", "journal"]),
];

/// What sits above all layers and may import anything.
const ABOVE: &[&str] = &["app", "main", "lib"];

/// Crates that the pure middle must not know.
const IMPURE: &[&str] = &[
    "tokio",
    "reqwest",
    "bollard",
    "aws_sdk_s3",
    "ratatui",
    "std::fs",
    "std::net",
    "SystemTime::now",
    "Timestamp::now",
];

#[test]
fn modules_import_only_the_layers_below_them() {
    let mut broken = Vec::new();
    for (path, source) in sources() {
        let module = module_of(&path);
        if ABOVE.contains(&module.as_str()) {
            continue;
        }
        let allowed = LAYERS.iter().find(|(name, _)| *name == module).map(|(_, allowed)| *allowed);
        let Some(allowed) = allowed else {
            broken.push(format!("{} has no layer", path.display()));
            continue;
        };
        for import in imports(&source) {
            if import != module && !allowed.contains(&import.as_str()) {
                broken.push(format!("{} imports {import}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_the_shell_touches_the_terminal_and_the_clock() {
    for (path, source) in sources() {
        let text = path.display().to_string();
        if text.contains("/tui/") && !text.contains("/tui/shell/") {
            for world in ["std::io", "stdout", "execute!", "crossterm::terminal", "now()", "tokio"]
            {
                assert!(!code(&source).contains(world), "{text} knows {world}");
            }
        }
    }
}

#[test]
fn no_two_layers_import_each_other() {
    for (place, (module, allowed)) in LAYERS.iter().enumerate() {
        for import in *allowed {
            let below = LAYERS.iter().position(|(name, _)| name == import);
            assert!(
                below.is_some_and(|below| below < place),
                "{module} may import {import}, which is not below it"
            );
        }
    }
}

#[test]
fn the_nouns_the_plan_and_the_fold_touch_no_world() {
    for (path, source) in sources() {
        if ["model", "plan", "run"].contains(&module_of(&path).as_str()) {
            for impure in IMPURE {
                assert!(!code(&source).contains(impure), "{} knows {impure}", path.display());
            }
        }
    }
}

#[test]
fn an_import_is_seen_wherever_it_stands() {
    let source = "use crate::{a::B, c::{d, e::F}, g};\nuse crate::h::i;\nfn f() { crate::j::k() }";
    let found: Vec<String> = imports(source).into_iter().collect();
    assert_eq!(found, ["a", "c", "g", "h", "j"]);
}

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut folders) = (Vec::new(), vec![root]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                found.push((path, source));
            }
        }
    }
    found
}

/// The top-level module that a file belongs to.
fn module_of(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let first = path.strip_prefix(root).unwrap().components().next().unwrap();
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// A source without its comments.
fn code(source: &str) -> String {
    source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The top-level modules named after `crate::`, in groups too.
fn imports(source: &str) -> BTreeSet<String> {
    let code = code(source);
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => {
                found.insert(word(rest));
            }
            Some(group) => found.extend(heads(group)),
        }
    }
    found
}

/// The first word of each item of a group, up to the brace that closes it.
fn heads(group: &str) -> Vec<String> {
    let (mut depth, mut at_item, mut heads) = (0, true, Vec::new());
    for (place, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_item = true,
            c if at_item && c.is_alphabetic() => {
                heads.push(word(&group[place..]));
                at_item = false;
            }
            _ => {}
        }
    }
    heads
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}
