//! What lies over a screen, and takes the keys.

use super::{
    Asking, Carry, CopyChoice, Copying, Keeping, Palette, TagAt, TagRemoval, proposal::Proposal,
};
use crate::model::{Failure, SinkSpec};

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
    Choose(CopyChoice),
    /// Whether to copy tags, and under which names.
    Copy(Box<Copying>),
    /// Whether to remove tags, which is to be typed.
    Remove(TagRemoval),
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

impl Overlay {
    /// How far the text is scrolled, where it can be.
    #[must_use]
    pub fn offset_mut(&mut self) -> Option<&mut usize> {
        match self {
            Self::Help { offset } | Self::Message { offset, .. } => Some(offset),
            Self::Confirm(Question::Agree(of)) => Some(&mut of.offset),
            Self::Remove(of) => Some(&mut of.offset),
            _ => None,
        }
    }
}

impl Agreeing {
    /// A question for what is proposed.
    #[must_use]
    pub fn new(line: String, what: Agreement, proposal: Proposal<Vec<String>>) -> Self {
        Self { line, what, proposal, offset: 0 }
    }
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

/// A command line that is to be agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreeing {
    /// The command line.
    pub line: String,
    /// What kind of change it is.
    pub what: Agreement,
    /// What would change, a line each.
    pub proposal: Proposal<Vec<String>>,
    /// How far that is scrolled.
    pub offset: usize,
}

/// What was agreed to last, which is asked again where it changed meanwhile.
#[derive(Clone, Debug)]
pub enum AgreedBefore {
    /// A command line.
    Line(String),
    /// The removal of tags.
    Remove(Vec<TagAt>),
    /// Copies of tags to a sink.
    Copy(Vec<Carry>, Box<SinkSpec>),
}

/// A question before something is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether to release what is marked.
    Launch,
    /// Whether to look at a new release, since what a run is made from changed.
    Anew(String),
    /// Whether to do what a command line says.
    Agree(Box<Agreeing>),
    /// Whether to remove a secret from the keyring.
    RemoveSecret(String),
    /// Whether to leave while something runs.
    Quit,
}
