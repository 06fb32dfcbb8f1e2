//! What lies over a screen, and takes the keys.

use super::{Asking, Choice, Copying, Keeping, Palette, Removal};
use crate::model::Failure;

/// What lies over a screen.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys.
    Help {
        /// How far it is scrolled.
        offset: usize,
    },
    /// Commands by name.
    Palette(Palette),
    /// A question.
    Confirm(Question),
    /// Where to copy tags to.
    Choose(Choice),
    /// Whether to copy tags, and under which names.
    Copy(Box<Copying>),
    /// Whether to remove tags, which is to be typed.
    Remove(Removal),
    /// A repository's name, which is to be typed.
    Ask(Asking),
    /// A secret, which is to be typed.
    Keep(Keeping),
    /// What did not work, or what a verb prints.
    Message {
        /// What it is about.
        title: String,
        /// What is wrong, each with what to do about it.
        failures: Vec<Failure>,
        /// Other lines.
        lines: Vec<String>,
        /// How far it is scrolled.
        offset: usize,
    },
}

/// What is agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Tags name something else afterwards.
    Move,
    /// Tags, and what nothing else needs, are removed.
    Remove,
    /// Tags name again what they named before a run.
    PutBack,
}

/// A question before something is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether to release what is marked.
    Launch,
    /// Whether to look at a new release, since what a run is made from changed.
    Anew(String),
    /// Whether to do what a command line says, and what that changes.
    Agree(String, Agreement, Vec<String>),
    /// Whether to remove a secret from the keyring.
    RemoveSecret(String),
    /// Whether to leave while something runs.
    Quit,
}
