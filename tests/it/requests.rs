//! What is typed at a shell and in the palette is read alike.

use std::ffi::OsString;

use castoff::cli::{Cli, Request};
use clap::{Arg, ArgAction, Command, CommandFactory};
use proptest::{prelude::*, sample::Index};

/// What an argument of each kind may be: words that a line has to quote, too.
const WORDS: [&str; 6] = ["hub", "app:1.0", "it's", "two words", "a\"b", "docker://r/a:1"];

/// The options that a console has from its start.
const OF_THE_START: [&str; 5] = ["color", "log_file", "log_level", "help", "version"];

/// Where each choice comes from.
#[derive(Debug)]
struct Choices(Vec<Index>);

impl Choices {
    fn of(&mut self, count: usize) -> usize {
        self.0.pop().map_or(0, |index| index.index(count))
    }

    fn is(&mut self) -> bool {
        self.of(2) == 1
    }
}

/// A command line that the grammar makes likely: a verb down to the last, with some
/// of its options, before it and behind it.
fn line(command: &Command, choices: &mut Choices) -> Vec<String> {
    let mut words = options(command, choices);
    let verbs: Vec<&Command> = command.get_subcommands().collect();
    if !verbs.is_empty() {
        let verb = verbs[choices.of(verbs.len())];
        words.push(verb.get_name().to_owned());
        words.extend(line(verb, choices));
    }
    words
}

fn options(command: &Command, choices: &mut Choices) -> Vec<String> {
    let known =
        command.get_arguments().filter(|arg| !OF_THE_START.contains(&arg.get_id().as_str()));
    let mut words = Vec::new();
    for arg in known {
        // Mostly what is needed, and some of the rest.
        if arg.is_required_set() || choices.of(4) == 1 {
            words.extend(given(arg, choices));
        }
    }
    words
}

fn given(arg: &Arg, choices: &mut Choices) -> Vec<String> {
    let flag = arg.get_long().map(|long| format!("--{long}"));
    if !matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
        return flag.into_iter().collect();
    }
    let value = value(arg, choices);
    match flag {
        Some(flag) if choices.is() => vec![format!("{flag}={value}")],
        Some(flag) => vec![flag, value],
        None => vec![value],
    }
}

fn value(arg: &Arg, choices: &mut Choices) -> String {
    let possible = arg.get_possible_values();
    if !possible.is_empty() {
        return possible[choices.of(possible.len())].get_name().to_owned();
    }
    let name = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    match name.as_deref() {
        Some("PLATFORM") => "linux/arm64".to_owned(),
        Some("N" | "UID" | "GID") => "3".to_owned(),
        Some("TIME") => "90m".to_owned(),
        _ => WORDS[choices.of(WORDS.len())].to_owned(),
    }
}

/// What was read, or why not, for comparison.
fn told(read: Result<Request, clap::Error>) -> String {
    match read {
        Ok(request) => format!("{request:?}"),
        Err(error) => format!("{:?}: {error}", error.kind()),
    }
}

fn at_a_shell(words: &[String]) -> String {
    told(Request::read(words.iter().map(OsString::from)))
}

fn in_the_palette(words: &[String]) -> String {
    let line = shlex::try_join(words.iter().map(String::as_str)).unwrap();
    told(Request::read_line(&line, &Request::read([]).unwrap()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_same_line_is_the_same_request_at_a_shell_and_in_the_palette(
        choices in proptest::collection::vec(any::<Index>(), 60)
    ) {
        let words = line(&Cli::command(), &mut Choices(choices));
        prop_assert_eq!(at_a_shell(&words), in_the_palette(&words));
    }
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

#[test]
fn every_verb_is_made_a_request_with_what_is_selected_and_configured() {
    for line in [
        "--artifact a1 --sink hub plan",
        "plan --artifact a1 --sink hub",
        "--artifact a1 plan --artifact a2 --platform linux/arm64",
        "--sink hub retry 2026 --platform linux/arm64",
        "--config other.toml retry 2026 --sink hub",
        "resume 2026 --config other.toml",
        "--batch --artifact a1 --force",
        "--batch --dry-run --sink hub",
        "push -t a:1 docker/ hub --config=other.toml --json",
        "pkg build -org wombat -disable-content-trust pkg/init",
        "package show-tag -canonical pkg/init",
        "gc hub/a --keep 3 --match x-* --dry-run",
    ] {
        let read = at_a_shell(&words(line));
        assert!(read.starts_with("Request"), "{line}: {read}");
        assert_eq!(in_the_palette(&words(line)), read);
    }
}

#[test]
fn a_selection_before_a_verb_is_what_stands_behind_it() {
    let before = at_a_shell(&words("--artifact a1 --sink hub plan"));
    assert_eq!(before, at_a_shell(&words("plan --artifact a1 --sink hub")));
    let before = at_a_shell(&words("--sink hub retry 2026"));
    assert_eq!(before, at_a_shell(&words("retry 2026 --sink hub")));
}

#[test]
fn what_would_be_ignored_is_refused_with_a_word() {
    for (line, why) in [
        ("--sink hub runs", "apply only to plan and retry"),
        ("--artifact a1 push docker/ hub", "apply only to plan and retry"),
        ("--batch plan", "--batch takes no command"),
    ] {
        assert!(at_a_shell(&words(line)).contains(why), "{line}");
        assert!(in_the_palette(&words(line)).contains(why), "{line}");
    }
    let started = Request::read([]).unwrap();
    for option in ["--color=always", "--log-file=log", "--log-level=debug"] {
        let read = told(Request::read_line(&format!("runs {option}"), &started));
        assert!(read.contains("is set when the console starts"), "{option}: {read}");
    }
}

#[test]
fn what_a_line_does_not_say_is_as_the_console_was_started_with() {
    let started = Request::read(["--config", "mine.toml"].map(OsString::from)).unwrap();
    let read = told(Request::read_line("plan", &started));
    assert!(read.contains("mine.toml"), "{read}");
    let read = told(Request::read_line("plan --config other.toml", &started));
    assert!(read.contains("other.toml") && !read.contains("mine.toml"), "{read}");
}

/// The sources below the faces, each with its text.
fn sources_below_the_faces() -> Vec<(String, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut folders) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let below = path.strip_prefix(&root).unwrap().display().to_string();
            if ["app", "cli", "error", "main.rs", "lib.rs"].contains(&below.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((below, std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    found
}

#[test]
fn only_the_faces_name_verbs() {
    let command = Cli::command();
    let verbs: Vec<String> =
        command.get_subcommands().map(|verb| format!("castoff {}", verb.get_name())).collect();
    for (path, text) in sources_below_the_faces() {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            let named = verbs.iter().find(|verb| {
                let rest = line.split(verb.as_str()).nth(1);
                rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
            });
            assert_eq!(named, None, "{path}: {line}");
        }
    }
}
