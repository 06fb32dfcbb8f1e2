//! What the console asks of others.

use std::sync::Arc;

use super::model::{BrowsePath, Carry, TagAt, TypedSecret};
use crate::{
    model::{Selection, SinkName},
    plan::{JobId, Plan},
    run::Stop,
};

/// Something for others to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Find out what a release would do.
    Look {
        /// The number of the question.
        asked: u64,
        /// A release of what.
        selection: Selection,
        /// Whether what was prepared before is prepared again.
        force: bool,
        /// Whether to look again where it is known already.
        again: bool,
    },
    /// Read the configuration again.
    Configure {
        /// The number of the question what a release would do, which is
        /// answered where it cannot be read.
        asked: u64,
    },
    /// Carry out a plan that was shown and agreed to, as long as its tags name
    /// what was shown.
    Agreed {
        /// What that is, in short.
        what: String,
        /// The plan.
        plan: Arc<Plan>,
    },
    /// Do these jobs of a run again, or, for none, all that are not done.
    Again {
        /// The name of the run.
        run: String,
        /// Which jobs.
        jobs: Option<Vec<JobId>>,
    },
    /// Stop the run that this process works on.
    Stop(Stop),
    /// Read the runs of the past.
    ReadPast,
    /// Open a run of the past.
    Open(String),
    /// Read what jobs printed, each with the number of its last attempt.
    ReadPrinted {
        /// In which run.
        run: String,
        /// Which jobs, and how often each was attempted.
        jobs: Vec<(JobId, u32)>,
    },
    /// Read a list of what is published, page by page.
    List {
        /// The number of the question.
        asked: u64,
        /// The repositories of which sink, or the tags of which repository.
        place: BrowsePath,
        /// Whether a login or a connection from before is to be forgotten.
        again: bool,
    },
    /// Look at a tag; what was asked before is dropped.
    LookAt {
        /// The number of the question.
        asked: u64,
        /// Which.
        tag: TagAt,
        /// Whether to wait first whether the selection moves on.
        rested: bool,
    },
    /// Read no more of a list: the number of the question.
    StopListing(u64),
    /// Look no longer at a tag.
    StopLooking,
    /// Tell how what one tag names differs from what another does.
    Compare(TagAt, TagAt),
    /// Find out what copies of tags to a sink would do.
    CopyOutlook {
        /// The number of the question.
        asked: u64,
        /// Which.
        what: Vec<Carry>,
        /// Where to.
        to: SinkName,
    },
    /// Find out what the removal of tags entails.
    Consequences {
        /// The number of the question.
        asked: u64,
        /// Of which.
        what: Vec<TagAt>,
    },
    /// Find out which secrets there are.
    ReadSecrets,
    /// Keep a secret in the keyring.
    KeepSecret {
        /// Its name.
        name: String,
        /// The secret.
        secret: TypedSecret,
    },
    /// Remove a secret from the keyring.
    RemoveSecret(String),
    /// Answer the task that needs a secret.
    Answer {
        /// The number of their question.
        asked: u64,
        /// The secret; none where it is refused.
        secret: Option<TypedSecret>,
    },
    /// Put a text into the clipboard.
    Clip(String),
    /// Do what a command line says.
    Verb(String),
    /// Take a theme.
    Theme(String),
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Draw everything anew.
    Redraw,
    /// Stop the process until the shell wakes it.
    Suspend,
    /// Leave.
    Quit,
}
