//! The publishers that rely on what lies in a bucket, and the processes that
//! sweep it.
//!
//! Both leave an object in one folder and then look at what others left there:
//! a publisher that sees a sweeper waits, and a sweeper that sees a publisher
//! gives up. Each looks after it wrote, so of two that come at once at least
//! one sees the other; that needs a bucket with lists that show what was written,
//! as S3 and Garage do. What a process left that was killed counts for
//! some time only, by the bucket's own clock.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::objects::{Objects, Written};
use crate::{
    model::{Failure, FailureKind, Remedy, Side},
    net::Pauses,
    ports::Output,
};

/// How long a publisher that no longer renews its object is believed.
const HOLD: Duration = Duration::from_hours(24);
/// How often a publisher renews its object at most.
const RENEW: Duration = Duration::from_mins(30);
/// How long a sweeper that no longer renews its object is believed.
const SWEEP: Duration = Duration::from_mins(10);
/// How long a sweeper goes on without renewing its object.
const SAFE: Duration = Duration::from_mins(2);
/// The shortest and the longest wait between two looks for a sweeper, to which
/// up to as much is added.
const LOOK: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));
/// How long what a publisher wrote tells the bucket's time while it waits.
const CLOCK: Duration = Duration::from_secs(30);
/// How often a publisher tells that it still waits.
const TELL: Duration = Duration::from_mins(1);

/// What the object of a publisher begins with.
const PUBLISHES: &str = "push";
/// What the object of a process that sweeps begins with.
const SWEEPS: &str = "sweep";

/// A publisher to a place, or a process that sweeps it.
pub(super) struct Lease {
    /// The folder that the objects lie in, ending in a slash.
    folder: String,
    /// Tells this one from others.
    id: String,
    /// When its object was written last, as a publisher.
    held: Mutex<Option<Instant>>,
    /// The same, as a process that sweeps.
    swept: Mutex<Option<Instant>>,
    /// Whether an earlier process of the same run may have left its object.
    is_taken_over: bool,
}

impl Lease {
    pub(super) fn new(folder: String, id: String) -> Self {
        Self { folder, id, held: Mutex::default(), swept: Mutex::default(), is_taken_over: false }
    }

    /// The same, for a run that another process began.
    pub(super) fn taken_over(self) -> Self {
        Self { is_taken_over: true, ..self }
    }

    fn written(&self, role: &str) -> MutexGuard<'_, Option<Instant>> {
        let written = if role == PUBLISHES { &self.held } else { &self.swept };
        written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn since(&self, role: &str) -> Option<Duration> {
        self.written(role).map(|at| at.elapsed())
    }

    fn note(&self, role: &str, at: Option<Instant>) {
        *self.written(role) = at;
    }

    fn key(&self, role: &str) -> String {
        format!("{}{role}-{}", self.folder, self.id)
    }

    /// Tells that what is there is relied on, and waits while it is swept,
    /// which `output` tells.
    pub(super) async fn hold(&self, objects: &dyn Objects, output: &Output) -> Result<(), Failure> {
        if self.since(PUBLISHES).is_some_and(|since| since < RENEW) {
            return Ok(());
        }
        let mut waits = Pauses::between(LOOK.0, LOOK.1, objects.random());
        let mut told = None;
        loop {
            // Only what was written just now tells the bucket's time.
            if self.since(PUBLISHES).is_none_or(|since| since >= CLOCK) {
                self.write(objects, PUBLISHES).await?;
            }
            let (now, others) = self.others(objects, PUBLISHES).await?;
            let sweeps = |other: &&Written| {
                other.name.starts_with("sweep-") && is_believed(other, now, SWEEP)
            };
            let Some(other) = others.iter().find(sweeps) else { return Ok(()) };
            if told.is_none_or(|told: Instant| told.elapsed() >= TELL) {
                let key = objects.show(&format!("{}{}", self.folder, other.name));
                output.notice(format!(
                    "waiting for another process that removes unused content there: {key}"
                ));
                told = Some(Instant::now());
            }
            waits.pause().await;
        }
    }

    pub(super) async fn let_go(&self, objects: &dyn Objects) -> Result<(), Failure> {
        if self.since(PUBLISHES).is_none() && !self.is_taken_over {
            return Ok(());
        }
        self.note(PUBLISHES, None);
        objects.delete(&self.key(PUBLISHES)).await
    }

    /// Tells that what is there is swept; fails where a publisher relies on it.
    pub(super) async fn close(&self, objects: &dyn Objects) -> Result<(), Failure> {
        self.write(objects, SWEEPS).await?;
        let (now, others) = self.others(objects, SWEEPS).await?;
        let holds =
            |other: &&Written| other.name.starts_with("push-") && is_believed(other, now, HOLD);
        let Some(other) = others.iter().find(holds) else { return Ok(()) };
        let since = other.modified.map_or_else(String::new, |at| format!(" since {at}"));
        let failure = Failure::new(
            FailureKind::Server,
            Side::Sink,
            format!(
                "another process is publishing there{since}, and may need content that nothing \
                 refers to yet"
            ),
        );
        let key = objects.show(&format!("{}{}", self.folder, other.name));
        self.reopen(objects).await?;
        Err(failure.hint(Remedy::WaitOrFinish { mark: key }))
    }

    /// Sees to it that the sweep is still believed.
    pub(super) async fn renew(&self, objects: &dyn Objects) -> Result<(), Failure> {
        match self.since(SWEEPS) {
            Some(since) if since < SAFE / 2 => Ok(()),
            Some(since) if since < SAFE => self.write(objects, SWEEPS).await,
            _ => {
                let why =
                    "the sweep paused for too long, and another publisher may need the content";
                Err(Failure::new(FailureKind::Timeout, Side::Sink, why))
            }
        }
    }

    pub(super) async fn reopen(&self, objects: &dyn Objects) -> Result<(), Failure> {
        self.note(SWEEPS, None);
        objects.delete(&self.key(SWEEPS)).await
    }

    async fn write(&self, objects: &dyn Objects, role: &str) -> Result<(), Failure> {
        // Believed from before it is there, so never for too long.
        let begun = Instant::now();
        objects.put(&self.key(role), b"", "text/plain").await?;
        self.note(role, Some(begun));
        Ok(())
    }

    /// The time by the bucket's clock, and what others left.
    async fn others(
        &self,
        objects: &dyn Objects,
        role: &str,
    ) -> Result<(Option<Timestamp>, Vec<Written>), Failure> {
        let own = format!("{role}-{}", self.id);
        let mut all = objects.walk(&self.folder).await?;
        let now = all.iter().find(|of| of.name == own).and_then(|of| of.modified);
        all.retain(|of| of.name != own);
        Ok((now, all))
    }
}

/// Whether the process that wrote `other` may still be at work. One that left
/// no time may be.
pub(super) fn is_believed(other: &Written, now: Option<Timestamp>, limit: Duration) -> bool {
    let (Some(now), Some(then)) = (now, other.modified) else { return true };
    let limit = SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX);
    now.duration_since(then) < limit
}
