//! Violations that are planted among the sources of the crate: each is found.

use std::sync::LazyLock;

use super::{
    RULES, SOURCES,
    checks::{broken, listed},
    lib,
    reader::Source,
};

/// What is wrong without them.
static BEFORE: LazyLock<Vec<String>> = LazyLock::new(|| broken(&SOURCES, &listed(&lib()), RULES));

/// What is wrong once files are among the sources, besides what is wrong anyway.
fn found(planted: &[(&str, &str)]) -> Vec<String> {
    let list = listed(&lib());
    let before = &*BEFORE;
    let mut sources = SOURCES.clone();
    sources.extend(planted.iter().map(|(path, text)| Source::read(path, text)));
    let mut after = broken(&sources, &list, RULES);
    after.retain(|line| !before.contains(line));
    after
}

/// Whether one line is found, which says all of `words`.
fn is_found(planted: &[(&str, &str)], words: &[&str]) -> bool {
    let found = found(planted);
    found.iter().any(|line| words.iter().all(|word| line.contains(word)))
}

#[test]
fn a_wall_within_the_top_floor_is_held() {
    let planted = [("app/wiring/planted.rs", "use crate::{app::{ops::run::{self, Task}}};")];
    assert!(is_found(&planted, &["app/wiring/planted.rs", "app/ops"]));
    let planted = [(
        "app/ops/planted.rs",
        "use super::super::{verbs::{report}}; fn f() { report::run_plan() }",
    )];
    assert!(is_found(&planted, &["app/ops/planted.rs", "app/verbs"]));
}

#[test]
fn an_import_in_a_group_of_the_standard_library_is_found() {
    let planted = [("plan/planted.rs", "use std::{collections::BTreeMap, fs::{self}};")];
    assert!(is_found(&planted, &["plan/planted.rs", "std::fs"]));
    let planted = [("plan/planted.rs", "use std::{fmt, io::{self, Write}};")];
    assert!(is_found(&planted, &["plan/planted.rs", "std::io::Write"]));
}

#[test]
fn the_environment_is_found_where_nothing_is_imported() {
    let planted = [("model/planted.rs", "fn f() { std::env::var(\"HOME\").ok(); }")];
    assert!(is_found(&planted, &["model/planted.rs", "std::env::var"]));
}

#[test]
fn a_process_is_found_by_another_name() {
    let text = "use std::process::Command as Order; fn f() { Order::new(\"sh\"); }";
    assert!(is_found(&[("run/planted.rs", text)], &["run/planted.rs", "std::process::Command"]));
}

#[test]
fn the_clock_is_found_however_it_is_read() {
    let clocks = [
        "use std::time::Instant; fn f() { Instant::now(); }",
        "use jiff::{self as time}; fn f() { time::Timestamp::now(); }",
        "fn f() -> fn() -> jiff::ZonedDateTime { jiff::ZonedDateTime::now }",
        "use std::time; fn f() { assert!(time::SystemTime::now() > x); }",
    ];
    for clock in clocks {
        assert!(is_found(&[("plan/planted.rs", clock)], &["plan/planted.rs", "::now"]), "{clock}");
    }
    let planted = [("sign/planted.rs", "fn f() { crate::net::Clock::system().now(); }")];
    assert!(is_found(&planted, &["sign/planted.rs", "Clock::system"]));
    let planted = [("tui/update/planted.rs", clocks[0])];
    assert!(is_found(&planted, &["tui/update/planted.rs", "Instant::now"]));
}

#[test]
fn the_command_line_is_found_in_what_every_face_uses() {
    let planted = [("app/ops/planted.rs", "use clap::Args;")];
    assert!(is_found(&planted, &["app/ops/planted.rs", "clap"]));
    let planted = [("app/ops/planted.rs", "use crate::cli::GlobalArgs;")];
    assert!(is_found(&planted, &["app/ops/planted.rs", "cli"]));
}

#[test]
fn standard_output_is_found_in_what_every_face_uses() {
    let planted = [("app/ops/planted.rs", "use std::io; fn f() { io::stdout().flush(); }")];
    assert!(is_found(&planted, &["app/ops/planted.rs", "std::io::stdout"]));
    let planted = [("app/ops/planted.rs", "fn f() { println!(\"{x}\"); }")];
    assert!(is_found(&planted, &["app/ops/planted.rs", "println"]));
}

#[test]
fn the_environment_and_randomness_are_found_where_they_are_not_handed_down() {
    let text = "use crate::environment::Environment; fn f() { Environment::of_process(); }";
    for path in ["app/wiring/planted.rs", "net/planted.rs", "git/planted.rs"] {
        assert!(is_found(&[(path, text)], &[path, "of_process"]));
    }
    let text = "use crate::net::Random; fn f() { Random::System.number(); }";
    assert!(is_found(&[("sink/planted.rs", text)], &["sink/planted.rs", "Random::System"]));
}

#[test]
fn the_current_folder_is_found_where_it_is_not_handed_down() {
    let planted = [("app/wiring/planted.rs", "fn f() { std::env::current_dir(); }")];
    assert!(is_found(&planted, &["app/wiring/planted.rs", "current_dir"]));
}

#[test]
fn a_circle_of_files_is_found_by_imports_and_by_paths() {
    let one = ("git/one.rs", "use super::two::Two; pub struct One(Two);");
    let two = ("git/two.rs", "pub struct Two; fn f() { crate::git::one::One; }");
    let module = ("git/planted.rs", "mod one; mod two;");
    let mut sources = SOURCES.clone();
    let git = sources.iter_mut().find(|source| source.path == "git/mod.rs").unwrap();
    git.children.extend(["one".to_owned(), "two".to_owned()]);
    sources.extend([one, two, module].map(|(path, text)| Source::read(path, text)));
    let lines = broken(&sources, &listed(&lib()), RULES);
    assert!(lines.iter().any(|line| line.contains("git/one.rs") && line.contains("git/two.rs")));
}

#[test]
fn an_arrow_up_the_list_of_the_documentation_is_found() {
    let mut list = listed(&lib());
    let (model, engine) = ("model".to_owned(), "engine".to_owned());
    let at = |name: &String| list.iter().position(|of| of == name).unwrap();
    let (model, engine) = (at(&model), at(&engine));
    list.swap(model, engine);
    let lines = broken(&SOURCES, &list, RULES);
    assert!(lines.iter().any(|line| line == "engine may import model, up the list of src/lib.rs"));
}

#[test]
fn a_guest_is_found_in_the_core_whatever_it_is_written_in() {
    for (path, text) in [
        ("plan/planted.rs", "pub struct VeeaPlan;"),
        ("model/planted.rs", "fn f() { let aci_store = 1; }"),
        ("engine/planted.rs", "fn f() { println!(\"{}\", LINUXKIT) }"),
        ("tui/planted.rs", "use other::{ImageBuilder as _};"),
    ] {
        assert!(is_found(&[(path, text)], &[path, "guest"]), "{text}");
    }
    assert!(!is_found(&[("run/planted.rs", "fn capacity() {}")], &["guest"]));
}
