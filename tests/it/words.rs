//! The words that users read: help that begins with what a command does and an
//! example, and no word that hides the actor.

use std::{fs, path::Path};

use clap::Command;
use proc_macro2::{TokenStream, TokenTree};

/// Words that hide the actor. A role takes their place: "the publisher", "you".
const FORBIDDEN: [&str; 9] =
    ["who", "whoever", "whom", "whose", "somebody", "nobody", "anybody", "everybody", "someone"];
/// The same, of several words.
const PHRASES: [&str; 2] = ["what there is", "is none"];

#[test]
fn no_text_of_the_program_hides_its_actor() {
    let mut broken = Vec::new();
    for (path, text) in sources(Path::new("src")) {
        let tokens: TokenStream = text.parse().unwrap();
        strings(tokens, &mut |said| broken.extend(found(&path, said)));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_document_for_users_hides_its_actor() {
    let broken = ["README.md", "config.example.toml"].map(|name| {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
        found(name, &text)
    });
    assert!(broken.concat().is_empty(), "{}", broken.concat().join("\n"));
}

#[test]
fn every_help_begins_with_what_the_command_does_and_an_example() {
    for_each(built(), "castoff", &mut |name, mut command| {
        let help = command.render_long_help().to_string();
        assert!(found(name, &help).is_empty(), "{name}: {help}");
        let mut lines = help.lines();
        let first = lines.next().unwrap().to_owned();
        let verb = first.split(' ').next().unwrap();
        assert!(verb.starts_with(char::is_uppercase) && !verb.ends_with('s'), "{name}: {first}");
        let near: Vec<&str> = lines.take(4).collect();
        assert!(near.iter().any(|line| line.starts_with("Example")), "{name}: {near:?}");
        let words: Vec<&str> = name.split(' ').skip(1).collect();
        let shown = near.iter().any(|line| line.contains(&words.join(" ")));
        assert!(shown, "{name} has an example without it: {near:?}");
    });
}

#[test]
fn global_options_stand_last_a_line_each() {
    for_each(built(), "castoff", &mut |name, mut command| {
        for help in [command.render_help().to_string(), command.render_long_help().to_string()] {
            let (own, globals) = help.split_once("Global options:\n").unwrap();
            assert!(!own.contains("--log-level"), "{name}: {own}");
            let lines: Vec<&str> = globals.lines().collect();
            assert_eq!(lines.len(), 9, "{name}: {globals}");
            assert!(lines.iter().all(|line| line.len() <= 100 && line.contains("--")), "{globals}");
        }
    });
}

#[test]
fn the_overview_groups_all_commands() {
    let mut command = castoff::cli::command_line();
    let help = command.render_help().to_string();
    let listed: Vec<&str> = help
        .lines()
        .take_while(|line| *line != "Options:")
        .filter(|line| line.starts_with("  ") && !line.starts_with("  castoff"))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    let mut known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    if !known.contains(&"help") {
        known.push("help");
    }
    known.sort_unstable();
    assert_eq!(sorted, known);
}

/// The command line, with all that each command takes over from those above it.
fn built() -> Command {
    let mut command = castoff::cli::command_line();
    command.build();
    command
}

/// Does something with a command and with all below it, each with its own name.
fn for_each(command: Command, name: &str, then: &mut impl FnMut(&str, Command)) {
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        for_each(below.clone(), &format!("{name} {}", below.get_name()), then);
    }
    then(name, command);
}

/// Where a text has a forbidden word: its lines that have one.
fn found(of: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let lower = line.to_lowercase();
        let words = lower.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let has_word = words.into_iter().any(|word| FORBIDDEN.contains(&word));
        if has_word || PHRASES.iter().any(|phrase| lower.contains(phrase)) {
            found.push(format!("{of}: {line}"));
        }
    }
    found
}

/// Tells of each string literal in a source, those in macros too. Comments on
/// items, which are literals of the attribute `doc`, are left out.
fn strings(tokens: TokenStream, then: &mut impl FnMut(&str)) {
    let mut of_doc = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => strings(group.stream(), then),
            TokenTree::Ident(ident) => {
                of_doc = ident == "doc";
                continue;
            }
            TokenTree::Punct(punct) if punct.as_char() == '=' && of_doc => continue,
            TokenTree::Literal(literal) => {
                let literal = literal.to_string();
                if !of_doc && literal.trim_start_matches(['b', 'c', 'r', '#']).starts_with('"') {
                    then(&literal);
                }
            }
            TokenTree::Punct(_) => {}
        }
        of_doc = false;
    }
}

/// All sources below a folder of the project.
fn sources(below: &Path) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut folders) = (Vec::new(), vec![root.join(below)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}
