//! Facts about a run, in the order in which they became true.
//!
//! A line of a journal and a line of `--batch --output json` are an [`Event`]
//! each. Changes to the schema only add; [`FORMAT`] is raised when they cannot.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Outcome, Summary};
use crate::{
    model::{Descriptor, Failure, Publisher, Rank, Tag, TagName},
    plan::{Expected, JobId, Plan, PutBack},
};

/// The version of the events' schema.
pub const FORMAT: u32 = 2;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its place among the facts of its run, from 0 and without gaps. Lossy
    /// events (progress and output) have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub event: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventKind {
    /// The run began. Always the first event, so that a journal explains itself.
    RunStarted {
        /// The version of the schema.
        format: u32,
        /// The run's name.
        run: String,
        /// What it will do.
        plan: Arc<Plan>,
        /// The publisher that began it.
        #[serde(default, skip_serializing_if = "Publisher::is_unknown")]
        by: Publisher,
    },
    /// The run was taken up again.
    RunResumed {
        /// The jobs that are tried again, with those that they blocked; none: all that are not done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jobs: Option<Vec<JobId>>,
        /// The publisher that took it up.
        #[serde(default, skip_serializing_if = "Publisher::is_unknown")]
        by: Publisher,
    },
    /// A job is being attempted.
    AttemptStarted {
        /// Which job.
        job: JobId,
        /// Which attempt, from 1.
        attempt: u32,
    },
    /// An attempt failed, and another will follow.
    AttemptFailed {
        /// Which job.
        job: JobId,
        /// Why.
        failure: Failure,
        /// The wait before the next attempt, in milliseconds.
        retry_in_ms: u64,
    },
    /// A job is over.
    JobFinished {
        /// Which job.
        job: JobId,
        /// How it went.
        outcome: Outcome,
    },
    /// A job that was over will be done again.
    JobReset {
        /// Which job.
        job: JobId,
    },
    /// A tag names this before anything is sent.
    TagSeen {
        /// The job that looked.
        job: JobId,
        /// The tag.
        name: TagName,
        /// What it names; none where it does not exist.
        target: Option<Descriptor>,
        /// What it will name; none where that is known only later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Expected>,
    },
    /// What a tag means at a notary server is about to change, at once and for
    /// all its users. Durable before it does.
    TagSigning {
        /// The job that signs.
        job: JobId,
        /// The tag.
        name: TagName,
        /// What it means; none where it is not signed.
        before: Option<Descriptor>,
        /// What it will mean; none where that is withdrawn.
        after: Option<Descriptor>,
    },
    /// A tag is about to move. Durable before it does.
    TagMoving {
        /// The job that moves it.
        job: JobId,
        /// The tag.
        name: TagName,
        /// What it names; none where it does not exist.
        before: Option<Descriptor>,
        /// What it will name; none where it is removed.
        after: Option<Descriptor>,
        /// Manifests of what lies beside what it names and will be replaced:
        /// the store has them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        beside: Vec<Descriptor>,
        /// Where it stands in the list of tags, where that keeps its order.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rank: Option<Rank>,
    },
    /// What is about content that removed tags named is about to be removed
    /// with it; the store has it. Durable before it is.
    Sweeping {
        /// The job that removes it.
        job: JobId,
        /// What, each with the tag that it belonged to.
        kept: Vec<(Tag, PutBack)>,
        /// What else, about content that no tag named any more.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        untagged: Vec<PutBack>,
    },
    /// A tag names what it should, and was read back.
    TagMoved {
        /// The job that moved it.
        job: JobId,
        /// The tag.
        name: TagName,
        /// What it names; none where it was removed.
        target: Option<Descriptor>,
        /// Whether it named something else before.
        changed: bool,
    },
    /// A tag that was about to move is certain to be as it was.
    TagStayed {
        /// The job that was to move it.
        job: JobId,
        /// The tag.
        name: TagName,
    },
    /// The user or the system asked the run to stop.
    StopRequested {
        /// How hard.
        stop: Stop,
    },
    /// Nothing more will happen.
    RunFinished {
        /// How the jobs stand, and what became of their bytes.
        #[serde(default)]
        summary: Summary,
    },
    /// Bytes moved. Lossy.
    Progress {
        /// The jobs with bytes that moved since the last such event.
        jobs: Vec<JobProgress>,
    },
    /// A job printed something. Lossy.
    Output {
        /// Which job.
        job: JobId,
        /// What it printed.
        lines: Vec<String>,
    },
    /// What every operator is to see of a job, such as why it waits. Lossy.
    Notice {
        /// Which job.
        job: JobId,
        /// The lines.
        lines: Vec<String>,
    },
    /// Something that a newer castoff tells of.
    #[serde(other)]
    Unknown,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobProgress {
    /// Which job.
    pub job: JobId,
    /// Bytes done in this attempt.
    pub done: u64,
    /// Bytes to do in this attempt, as far as is known.
    pub total: u64,
    /// How many steps are done and known, of a job that has steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<(u32, u32)>,
}

/// How hard a run is to stop. Later is harder, and a run only gets harder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// Start nothing new; let what runs finish. Tags that began to move all move.
    Drain,
    /// Drop what runs.
    Cancel,
}

/// What the user asks of a running engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Do these jobs again, which are over and not done.
    Retry(Vec<JobId>),
    /// Stop, as hard as that.
    Stop(Stop),
}

impl EventKind {
    /// The job that this is about, if it is about one.
    #[must_use]
    pub fn job(&self) -> Option<JobId> {
        match self {
            Self::AttemptStarted { job, .. }
            | Self::AttemptFailed { job, .. }
            | Self::JobFinished { job, .. }
            | Self::JobReset { job }
            | Self::TagSeen { job, .. }
            | Self::TagSigning { job, .. }
            | Self::TagMoving { job, .. }
            | Self::TagMoved { job, .. }
            | Self::TagStayed { job, .. }
            | Self::Sweeping { job, .. }
            | Self::Output { job, .. }
            | Self::Notice { job, .. } => Some(*job),
            _ => None,
        }
    }

    /// Whether this is a fact, which is numbered and kept in the journal.
    #[must_use]
    pub fn is_fact(&self) -> bool {
        !matches!(self, Self::Progress { .. } | Self::Output { .. } | Self::Notice { .. })
    }
}
