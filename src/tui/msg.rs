//! What the console hears.

use std::{fmt, sync::Arc};

use crossterm::event::{KeyEvent, MouseEvent};
use jiff::Timestamp;

use super::{
    look::Theme,
    model::{Agreeing, BrowseRow, PastRow, Proposal, Sight, TagContent},
};
use crate::{
    model::{Failure, SecretStanding, SinkName, SinkSpec},
    plan::{JobId, TransferOutlook},
    run::{Event, Run},
};

/// Something that the screen hears.
#[derive(Clone)]
pub enum Msg {
    /// What time it is.
    Tick(Timestamp),
    /// A key went down.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The screen has another size: columns and rows.
    Resize(u16, u16),
    /// An interrupt that was no key.
    Interrupt,
    /// Castoff is asked to end.
    Terminate,
    /// What a release would do.
    Seen {
        /// Which question this answers.
        asked: u64,
        /// What it would do.
        sight: Sight,
    },
    /// The configuration was read again.
    Configured {
        /// The artifacts, each with what it is.
        artifacts: Vec<(String, String)>,
        /// The sinks, each with where it is.
        sinks: Vec<(String, String)>,
        /// The sinks themselves.
        sinks_there: Vec<SinkSpec>,
    },
    /// This process begins to work on a run, or goes on with one.
    Began {
        /// The run as it was before.
        run: Box<Run>,
        /// What happened in it before.
        events: Vec<Event>,
    },
    /// Something happened in the run that this process works on. What comes
    /// along is dropped when it was heard, so that the sender knows.
    Happened(Box<Event>, Option<Arc<()>>),
    /// This process no longer works on its run.
    Ended,
    /// The runs of the past, the oldest first, and what cannot be read.
    Past(Vec<PastRow>, Vec<Failure>),
    /// What happened in a run that was opened.
    Opened(Vec<Event>),
    /// What jobs printed, by attempt.
    Printed {
        /// In which run.
        run: String,
        /// What each attempt printed.
        attempts: Vec<((JobId, u32), Vec<String>)>,
    },
    /// Some of the rows of a list of what is published.
    Page {
        /// Which question this answers.
        asked: u64,
        /// The rows.
        rows: Vec<BrowseRow>,
    },
    /// A list of what is published came to its end.
    Listed {
        /// Which question this answers.
        asked: u64,
        /// Whether it was read whole, or why not.
        ended: Result<(), Vec<Failure>>,
    },
    /// What a tag names.
    Looked {
        /// Which question this answers.
        asked: u64,
        /// What came of it.
        found: Result<TagContent, Vec<Failure>>,
    },
    /// What the removal of tags entails.
    Entailed {
        /// Which question this answers.
        asked: u64,
        /// The consequences, or why they cannot be told.
        entails: Result<Proposal<Vec<String>>, Vec<Failure>>,
    },
    /// What copies of tags would do.
    Foreseen {
        /// Which question this answers.
        asked: u64,
        /// What would be done with each, or why that cannot be told.
        outlook: Result<Proposal<Vec<TransferOutlook>>, Vec<Failure>>,
    },
    /// What is known of secrets, and in which keyring they are, or why it could not
    /// be asked.
    Secrets(Vec<SecretStanding>, Result<&'static str, Box<Failure>>),
    /// A secret, or the user of one, is needed before a run, and no other source has it.
    Needed {
        /// The number of the question.
        asked: u64,
        /// Which secret.
        what: String,
        /// Whether it is none: it is shown, and may be left empty.
        is_open: bool,
    },
    /// A theme that was asked for.
    Theme(Theme),
    /// Something that was asked for did not work.
    Failed {
        /// What was asked for.
        what: String,
        /// Why, each with what to do about it.
        failures: Vec<Failure>,
    },
    /// What a verb prints.
    Told {
        /// What it is about.
        title: String,
        /// What it prints.
        lines: Vec<String>,
    },
    /// A command line is to be agreed to, since of what is published something
    /// would change; without changes, nothing would.
    Agree(Agreeing),
    /// What the server of a sink can do, a line each.
    Tried {
        /// Which sink.
        sink: SinkName,
        /// What it can do.
        lines: Vec<String>,
    },
    /// Something worth knowing.
    Noted(String),
}

impl fmt::Debug for Msg {
    /// Without what was typed, which may be a passphrase.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tick(_) => "Tick",
            Self::Key(_) => "Key",
            Self::Paste(_) => "Paste",
            Self::Mouse(_) => "Mouse",
            Self::Resize(..) => "Resize",
            Self::Interrupt => "Interrupt",
            Self::Terminate => "Terminate",
            Self::Seen { .. } => "Seen",
            Self::Began { .. } => "Began",
            Self::Happened(..) => "Happened",
            Self::Ended => "Ended",
            Self::Past(..) => "Past",
            Self::Opened(_) => "Opened",
            Self::Printed { .. } => "Printed",
            Self::Page { .. } => "Page",
            Self::Listed { .. } => "Listed",
            Self::Looked { .. } => "Looked",
            Self::Entailed { .. } => "Entailed",
            Self::Foreseen { .. } => "Foreseen",
            Self::Secrets(..) => "Secrets",
            Self::Needed { .. } => "Needed",
            Self::Theme(_) => "Theme",
            Self::Failed { .. } => "Failed",
            Self::Told { .. } => "Told",
            Self::Agree(_) => "Agree",
            Self::Configured { .. } => "Configured",
            Self::Tried { .. } => "Tried",
            Self::Noted(_) => "Noted",
        })
    }
}
