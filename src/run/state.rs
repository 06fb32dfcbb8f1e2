//! The state of a run, as a fold over its events.

use std::collections::BTreeMap;

use super::{Event, EventKind, JobState, Outcome, SignedTag, Stop, Summary, Swept};
use crate::{
    model::{Descriptor, Failure, Rank, SinkName, TagName},
    plan::{JobId, Plan, PutBack},
};

/// What a tag named before anything was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenTag {
    /// The sink that it is at.
    pub sink: SinkName,
    /// The tag.
    pub name: TagName,
    /// What it named.
    pub target: Option<Descriptor>,
}

/// A tag that moved, or that may have: its move was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedTag {
    /// The sink that it is at.
    pub sink: SinkName,
    /// The tag.
    pub name: TagName,
    /// What it named before.
    pub before: Option<Descriptor>,
    /// What it was to name.
    pub after: Option<Descriptor>,
    /// Manifests of what lay beside it.
    pub beside: Vec<Descriptor>,
    /// What was about what it named and was removed with it.
    pub about: Vec<PutBack>,
    /// Where it stood in the list of tags.
    pub rank: Option<Rank>,
    /// Whether it was read back.
    pub confirmed: bool,
    /// How many of its moves were begun of which it is not known what they
    /// came to.
    pub begun: u32,
}

/// A run: its plan, and where each job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    id: String,
    pub(super) plan: Plan,
    jobs: Vec<JobState>,
    /// What each job made when it was last done, kept when it is done again.
    made: BTreeMap<JobId, Vec<Descriptor>>,
    /// How often each job was attempted, over all the times that the run was
    /// taken up.
    begun: Vec<u32>,
    seen: Vec<SeenTag>,
    moved: Vec<MovedTag>,
    pub(super) signed: Vec<SignedTag>,
    pub(super) swept: Vec<Swept>,
    stop: Option<Stop>,
    finished: bool,
    next_seq: u64,
}

impl Run {
    /// A run of `plan` in which nothing has happened.
    #[must_use]
    pub fn new(id: String, plan: Plan) -> Self {
        let jobs = vec![JobState::Waiting; plan.jobs().len()];
        let begun = vec![0; plan.jobs().len()];
        Self {
            id,
            plan,
            jobs,
            begun,
            made: BTreeMap::new(),
            seen: Vec::new(),
            moved: Vec::new(),
            signed: Vec::new(),
            swept: Vec::new(),
            stop: None,
            finished: false,
            next_seq: 0,
        }
    }

    /// The run that `events` tell of, or none if they do not begin with a plan.
    pub fn replay<'e>(events: impl IntoIterator<Item = &'e Event>) -> Option<Self> {
        let mut events = events.into_iter();
        let first = events.next()?;
        let EventKind::RunStarted { plan, run, .. } = &first.event else { return None };
        let mut run = Self::new(run.clone(), Plan::clone(plan));
        run.apply(first);
        events.for_each(|event| run.apply(event));
        Some(run)
    }

    /// Takes in one event. One that cannot follow the events so far is ignored.
    pub fn apply(&mut self, event: &Event) {
        if let Some(seq) = event.seq {
            self.next_seq = seq + 1;
        }
        match &event.event {
            EventKind::RunStarted { .. }
            | EventKind::Output { .. }
            | EventKind::Notice { .. }
            | EventKind::Unknown => {}
            EventKind::RunFinished { .. } => self.finished = true,
            EventKind::RunResumed { jobs } => self.resume(jobs.as_deref()),
            EventKind::StopRequested { stop } => self.stop = self.stop.max(Some(*stop)),
            EventKind::JobReset { job } => self.reset(*job),
            EventKind::Progress { jobs } => {
                for moved in jobs {
                    if let Some(JobState::Running { done, total, steps, .. }) =
                        self.job_mut(moved.job)
                    {
                        (*done, *total, *steps) = (moved.done, moved.total, moved.steps);
                    }
                }
            }
            EventKind::TagSeen { job, name, target, .. } => {
                self.on_seen(*job, name, target.as_ref());
            }
            EventKind::TagSigning { job, name, before, after } => {
                self.on_signing(*job, name, (before.as_ref(), after.as_ref()));
            }
            EventKind::TagMoving { job, name, before, after, beside, rank } => {
                let ends = (before.as_ref(), after.as_ref());
                self.on_moving(*job, name, ends, (beside, rank.as_ref()));
            }
            EventKind::Sweeping { job, kept, untagged } => {
                self.on_sweeping(*job, kept, untagged);
            }
            EventKind::TagMoved { name, job, .. } => {
                if let Some(moved) = self.moved_mut(*job, name) {
                    moved.confirmed = true;
                    // Whatever earlier moves came to, it is known now.
                    moved.begun = 0;
                }
            }
            EventKind::TagStayed { name, job } => self.on_stayed(*job, name),
            kind @ (EventKind::AttemptStarted { job, .. }
            | EventKind::AttemptFailed { job, .. }
            | EventKind::JobFinished { job, .. }) => self.on_job(*job, kind, event.at),
        }
    }

    /// The run's name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The plan that is run.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The number of the next fact.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Where a job is.
    #[must_use]
    pub fn state(&self, job: JobId) -> Option<&JobState> {
        self.jobs.get(job.0 as usize)
    }

    /// How often a job was attempted since the run began, over all the times
    /// that it was taken up.
    #[must_use]
    pub fn begun(&self, job: JobId) -> u32 {
        self.begun.get(job.0 as usize).copied().unwrap_or_default()
    }

    /// What a job made when it was last done, even if it is being done again.
    #[must_use]
    pub fn made(&self, job: JobId) -> Option<&[Descriptor]> {
        self.made.get(&job).map(Vec::as_slice)
    }

    /// What the tags named before anything was sent.
    #[must_use]
    pub fn seen(&self) -> &[SeenTag] {
        &self.seen
    }

    /// The tags that moved or may have moved, in order.
    #[must_use]
    pub fn moved(&self) -> &[MovedTag] {
        &self.moved
    }

    /// How hard the run was asked to stop.
    #[must_use]
    pub fn stop(&self) -> Option<Stop> {
        self.stop
    }

    /// Whether the engine came to its end.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Whether everything is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.plan.jobs().iter().all(|job| self.is_done(job.id))
    }

    /// Whether a job is done.
    #[must_use]
    pub fn is_done(&self, job: JobId) -> bool {
        matches!(self.state(job), Some(JobState::Finished(Outcome::Done { .. })))
    }

    /// Whether a job is over and not done.
    #[must_use]
    pub fn is_undone(&self, job: JobId) -> bool {
        matches!(self.state(job), Some(JobState::Finished(outcome)) if !matches!(outcome, Outcome::Done { .. }))
    }

    /// The waiting jobs of which each predecessor is done.
    pub fn ready(&self) -> impl Iterator<Item = JobId> + '_ {
        let waits = |id| self.state(id) == Some(&JobState::Waiting);
        let jobs = self.plan.jobs().iter().filter(move |job| waits(job.id));
        jobs.filter(|job| job.after.iter().all(|&on| self.is_done(on))).map(|job| job.id)
    }

    /// The first waiting job with a predecessor that is over and not done, and
    /// that predecessor.
    #[must_use]
    pub fn blocked(&self) -> Option<(JobId, JobId)> {
        self.plan
            .jobs()
            .iter()
            .filter(|job| self.state(job.id) == Some(&JobState::Waiting))
            .find_map(|job| {
                let by = job.after.iter().find(|&&on| self.is_undone(on))?;
                Some((job.id, *by))
            })
    }

    /// The jobs that failed, each with why.
    pub fn failures(&self) -> impl Iterator<Item = (JobId, &Failure)> {
        self.plan.jobs().iter().filter_map(|job| match self.state(job.id)? {
            JobState::Finished(Outcome::Failed { failure }) => Some((job.id, failure)),
            _ => None,
        })
    }

    /// How the jobs stand.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for state in &self.jobs {
            match state {
                JobState::Waiting => summary.waiting += 1,
                JobState::Running { .. } | JobState::BackingOff { .. } => summary.active += 1,
                JobState::Finished(Outcome::Done { bytes, reused, .. }) => {
                    summary.done += 1;
                    summary.reused += usize::from(*reused);
                    summary.bytes += *bytes;
                }
                JobState::Finished(Outcome::Failed { .. }) => summary.failed += 1,
                JobState::Finished(_) => summary.left += 1,
            }
        }
        summary
    }

    fn job_mut(&mut self, job: JobId) -> Option<&mut JobState> {
        self.jobs.get_mut(job.0 as usize)
    }

    fn on_job(&mut self, job: JobId, event: &EventKind, at: jiff::Timestamp) {
        if let (EventKind::AttemptStarted { .. }, Some(begun)) =
            (event, self.begun.get_mut(job.0 as usize))
        {
            *begun = begun.saturating_add(1);
        }
        let Some(state) = self.job_mut(job) else { return };
        let Some(next) = state.next(event, at) else { return };
        *state = next;
        if let EventKind::JobFinished { outcome: Outcome::Done { made, .. }, .. } = event {
            self.made.insert(job, made.clone());
        }
    }

    fn on_seen(&mut self, job: JobId, name: &TagName, target: Option<&Descriptor>) {
        let Some(sink) = self.sink_of(job) else { return };
        self.seen.retain(|seen| !(seen.sink == sink && seen.name == *name));
        self.seen.push(SeenTag { sink, name: name.clone(), target: target.cloned() });
    }

    /// Only the first move of a tag tells what it named before the run: one
    /// that is made again after a crash may find it moved already.
    fn on_moving(
        &mut self,
        job: JobId,
        name: &TagName,
        (before, after): (Option<&Descriptor>, Option<&Descriptor>),
        (beside, rank): (&[Descriptor], Option<&Rank>),
    ) {
        let Some(sink) = self.sink_of(job) else { return };
        let digest = |of: Option<&Descriptor>| of.map(|of| of.digest.clone());
        if let Some(known) = self.moved_mut(job, name) {
            // An index that was made again since others had moved its tag.
            let is_others = digest(before) != digest(known.after.as_ref());
            if !known.confirmed && is_others && digest(after) != digest(known.after.as_ref()) {
                known.before = before.cloned();
            }
            known.after = after.cloned();
            known.begun += 1;
            return;
        }
        let (name, beside) = (name.clone(), beside.to_vec());
        let (before, after) = (before.cloned(), after.cloned());
        let (about, rank) = (Vec::new(), rank.cloned());
        let (confirmed, begun) = (false, 1);
        let moved = MovedTag { sink, name, before, after, beside, about, rank, confirmed, begun };
        self.moved.push(moved);
    }

    /// A tag stays only as certainly as the least certain of its moves.
    fn on_stayed(&mut self, job: JobId, name: &TagName) {
        if let Some(known) = self.moved_mut(job, name) {
            known.begun = known.begun.saturating_sub(1);
        }
        self.moved.retain(|moved| moved.confirmed || moved.begun > 0);
    }

    pub(super) fn moved_mut(&mut self, job: JobId, name: &TagName) -> Option<&mut MovedTag> {
        let sink = self.sink_of(job)?;
        self.moved.iter_mut().find(|moved| moved.sink == sink && moved.name == *name)
    }

    fn sink_of(&self, job: JobId) -> Option<SinkName> {
        self.plan.job(job)?.work.sink().cloned()
    }

    fn resume(&mut self, jobs: Option<&[JobId]>) {
        self.stop = None;
        self.finished = false;
        match jobs {
            None => {
                for state in &mut self.jobs {
                    if !matches!(state, JobState::Finished(Outcome::Done { .. })) {
                        *state = JobState::Waiting;
                    }
                }
            }
            Some(jobs) => {
                // What could have started was not asked for; what waits for a
                // job that is tried again goes on when that is done.
                let ready: Vec<JobId> = self.ready().collect();
                for (state, id) in self.jobs.iter_mut().zip(0..) {
                    let active =
                        matches!(state, JobState::Running { .. } | JobState::BackingOff { .. });
                    if active || ready.contains(&JobId(id)) {
                        *state = JobState::Finished(Outcome::Cancelled);
                    }
                }
                for &job in jobs {
                    self.reset(job);
                }
            }
        }
    }

    /// Makes a job wait again, and what it blocked.
    fn reset(&mut self, job: JobId) {
        let Some(state @ JobState::Finished(_)) = self.job_mut(job) else { return };
        *state = JobState::Waiting;
        let blocked_by = |state: &JobState| matches!(state, JobState::Finished(Outcome::Blocked { by }) if *by == job);
        let blocked: Vec<JobId> = self
            .plan
            .jobs()
            .iter()
            .map(|job| job.id)
            .filter(|&id| self.state(id).is_some_and(blocked_by))
            .collect();
        for id in blocked {
            self.reset(id);
        }
    }
}
