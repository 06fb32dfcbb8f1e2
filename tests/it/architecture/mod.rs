//! The shape of the crate: which module may use which, and what is kept out of it.

mod checks;
mod graph;
mod names;
mod planted;
mod reader;
mod rules;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use self::{
    checks::{Rules, broken, known, listed},
    reader::Source,
    rules::{LAYERS, WALLS},
};

/// The rules that this crate is held to.
const RULES: Rules = Rules { layers: LAYERS, walls: WALLS };

/// The sources of the crate, read once.
static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let mut sources: Vec<Source> =
        files().into_iter().map(|(path, text)| Source::read(&path, &text)).collect();
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    sources
});

#[test]
fn every_import_and_every_name_keeps_to_the_layers_and_the_walls() {
    let broken = broken(&SOURCES, &listed(&lib()), RULES);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_documentation_lists_all_modules_once() {
    let listed = listed(&lib());
    let once: BTreeSet<String> = listed.iter().cloned().collect();
    let lib = SOURCES.iter().find(|source| source.path == "lib.rs").unwrap();
    assert_eq!(once.len(), listed.len());
    assert_eq!(once, lib.children);
    assert_eq!(once, known());
}

#[test]
fn the_documentation_lists_each_module_above_those_that_it_imports() {
    let listed = listed(&lib());
    let module = |path: &str| path.split('/').next().unwrap_or(path).to_owned();
    let place = |path: &str| listed.iter().position(|of| *of == module(path));
    let mut wrong = BTreeSet::new();
    for (importer, imported) in LAYERS {
        for other in *imported {
            let is_apart = module(importer) != module(other);
            // `lib` and `main` are no modules.
            if let (Some(above), Some(below)) = (place(importer), place(other))
                && is_apart
                && above > below
            {
                wrong.insert(format!("{importer} is listed below {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_documentation_names_files_that_exist() {
    let text = lib();
    let named = text.lines().filter(|line| line.starts_with("//!"));
    let named = named.flat_map(|line| line.split('`').skip(1).step_by(2));
    let paths: Vec<&str> = named.filter(|name| name.contains('/') && !name.contains(' ')).collect();
    assert!(paths.len() > 10, "{paths:?}");
    let exists = |path: &&&str| {
        [root(), root().join("..")]
            .iter()
            .any(|folder| folder.join(path).exists() || folder.join(format!("{path}.rs")).exists())
    };
    let gone: Vec<&&str> = paths.iter().filter(|path| !exists(path)).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

/// The text of `src/lib.rs`.
fn lib() -> String {
    fs::read_to_string(root().join("lib.rs")).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All sources, each with its path below `src`.
fn files() -> Vec<(String, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![root()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(root()).unwrap().display().to_string();
                found.push((below, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}
