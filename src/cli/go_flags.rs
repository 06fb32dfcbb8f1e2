//! Flags as Go's programs take them, with one dash: `-disable-cache` is
//! `--disable-cache`.
//!
//! That is so only behind a verb that follows such a program; everywhere else
//! `-abc` are three short flags.

use std::{collections::BTreeSet, ffi::OsString};

use clap::{Arg, ArgAction, Command};

/// The verbs that follow programs of Go.
const VERBS: [&str; 2] = ["pkg", "package"];

/// The same command line, with two dashes where Go would take one. What
/// `command` understands tells what is a flag.
#[must_use]
pub fn with_two_dashes(
    command: &Command,
    line: impl IntoIterator<Item = OsString>,
) -> Vec<OsString> {
    let mut line: Vec<OsString> = line.into_iter().collect();
    let Some(verb) = verb_in(command, &line) else { return line };
    let named = command.find_subcommand(line[verb].to_string_lossy().as_ref());
    let Some(followed) = named.filter(|found| VERBS.contains(&found.get_name())) else {
        return line;
    };
    let mut flags = long_flags(followed);
    flags.insert("help".to_owned());
    let behind = line[verb..].iter_mut().take_while(|word| *word != "--");
    for word in behind {
        if let Some(text) = word.to_str().and_then(|text| text.strip_prefix('-'))
            && flags.contains(text.split('=').next().unwrap_or_default())
        {
            *word = format!("--{text}").into();
        }
    }
    line
}

/// The place of the verb: the first word that is neither an option nor the
/// value of one.
fn verb_in(command: &Command, line: &[OsString]) -> Option<usize> {
    let takes_value = |word: &str| {
        let is_it = |arg: &&Arg| {
            let long = arg.get_long().map(|long| format!("--{long}"));
            let short = arg.get_short().map(|short| format!("-{short}"));
            [long, short].into_iter().flatten().any(|name| name == word)
        };
        let arg = command.get_arguments().find(is_it);
        arg.is_some_and(|arg| matches!(arg.get_action(), ArgAction::Set | ArgAction::Append))
    };
    let mut place = 1;
    loop {
        let word = line.get(place)?.to_string_lossy();
        place += match () {
            () if !word.starts_with('-') => return Some(place),
            () if word == "--" => return None,
            () if takes_value(&word) => 2,
            () => 1,
        };
    }
}

/// The long flags of a verb and of those below it.
fn long_flags(command: &Command) -> BTreeSet<String> {
    let own = command.get_arguments().filter_map(|arg| arg.get_long().map(str::to_owned));
    let below = command.get_subcommands().flat_map(long_flags);
    own.chain(below).collect()
}
