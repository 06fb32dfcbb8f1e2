//! A command of the user's.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A command that the configuration names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CommandLine {
    /// Run by the shell.
    Shell(String),
    /// Run as it is; never empty.
    Arguments(Vec<String>),
}

impl CommandLine {
    /// The program and its arguments; none where there is no program.
    #[must_use]
    pub fn words(&self) -> Option<(&str, Vec<&str>)> {
        match self {
            Self::Shell(line) => Some(("sh", vec!["-c", line])),
            Self::Arguments(words) => {
                let (program, arguments) = words.split_first()?;
                Some((program, arguments.iter().map(String::as_str).collect()))
            }
        }
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shell(line) => super::escape(line).fmt(f),
            Self::Arguments(words) => super::escape(&words.join(" ")).fmt(f),
        }
    }
}
