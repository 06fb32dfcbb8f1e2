//! What lists tell of a run.

use std::{collections::BTreeSet, path::PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    model::{ArtifactName, FailureKind, Publisher, Repository, SinkName, TagName},
    plan::{TagTarget, Work},
    run::{Run, Summary},
};

/// What lists tell of a run, kept beside its journal so that they replay none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHead {
    /// The run's name.
    pub run: String,
    /// The publisher that began it.
    #[serde(default, skip_serializing_if = "Publisher::is_unknown")]
    pub by: Publisher,
    /// When it began.
    pub began: Timestamp,
    /// When the last fact was told.
    pub last: Timestamp,
    /// The folder that its relative paths start from.
    pub root: PathBuf,
    /// How many jobs there are.
    pub jobs: usize,
    /// How they stand.
    pub summary: Summary,
    /// Whether the engine came to its end.
    pub finished: bool,
    /// Whether a tag moved or may have moved.
    pub has_moved: bool,
    /// Whether a run would only find the same conflict again.
    pub futile: bool,
    /// The run that it undoes, if it undoes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// What it releases.
    pub artifacts: Vec<ArtifactName>,
    /// Where to.
    pub sinks: Vec<SinkName>,
    /// The tags that it moves, each once.
    pub tags: Vec<TagName>,
    /// What it is about, where it releases nothing.
    pub does: Does,
    /// The repositories that it sweeps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sweeps: Vec<Repository>,
}

/// What a run that releases nothing does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// It removes what no tag needs any more.
    Sweeps,
    /// It removes tags.
    Removes,
    /// It signs what is published.
    Signs,
    /// It moves tags.
    Tags,
}

impl RunHead {
    /// The head of a run; none of one in which nothing happened.
    #[must_use]
    pub fn of(run: &Run) -> Option<Self> {
        let (began, last) = run.times()?;
        let plan = run.plan();
        let moves = || plan.jobs().iter().flat_map(|job| job.work.moves());
        let tags: BTreeSet<&TagName> = moves().map(|tag| &tag.name).collect();
        let mut artifacts: Vec<ArtifactName> =
            plan.artifacts.iter().map(|artifact| artifact.name.clone()).collect();
        artifacts.dedup();
        let sweeps = plan.jobs().iter().filter_map(|job| match &job.work {
            Work::Sweep { repository, .. } => Some(repository.clone()),
            _ => None,
        });
        Some(Self {
            run: run.id().to_owned(),
            by: run.by().clone(),
            began,
            last,
            root: plan.root.clone(),
            jobs: plan.jobs().len(),
            summary: run.summary(),
            finished: run.is_finished(),
            has_moved: run.has_moved(),
            futile: is_futile(run),
            undoes: plan.undoes.clone(),
            artifacts,
            sinks: plan.sinks.iter().map(|sink| sink.name().into()).collect(),
            tags: tags.into_iter().cloned().collect(),
            does: Does::of(run),
            sweeps: sweeps.collect(),
        })
    }

    /// Whether everything is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.summary.done == self.jobs
    }
}

impl Does {
    fn of(run: &Run) -> Self {
        let jobs = run.plan().jobs();
        let has = |is: fn(&Work) -> bool| jobs.iter().any(|job| is(&job.work));
        let mut moves = jobs.iter().flat_map(|job| job.work.moves()).peekable();
        let are_there = moves.peek().is_some();
        match () {
            () if has(|work| matches!(work, Work::Sweep { .. })) => Self::Sweeps,
            () if are_there && moves.all(|tag| tag.to == TagTarget::Nothing) => Self::Removes,
            () if has(|work| matches!(work, Work::Sign { .. })) => Self::Signs,
            () => Self::Tags,
        }
    }
}

/// Whether a run that moved nothing would find the same conflict again.
fn is_futile(run: &Run) -> bool {
    let mut failures = run.failures().map(|(_, failure)| failure.kind).peekable();
    !run.has_moved()
        && failures.peek().is_some()
        && failures.all(|kind| kind == FailureKind::Conflict)
}
