//! The mark of a publisher that moves a tag of files in a bucket, which knows
//! no locks: of several, one moves the tag, and the others wait.
//!
//! Each leaves a mark and then looks at what others left. One that sees only
//! its own has its turn; one that sees another takes its own away and comes
//! back later. Of two that come at once at least one sees the other. A mark
//! that is no longer renewed counts for a minute, by the bucket's own clock.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{lease::is_believed, objects::Objects};
use crate::{model::Failure, net::Pauses, ports::Output};

/// How long a mark is believed that is no longer renewed.
const BELIEVED: Duration = Duration::from_mins(1);
/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(15);
/// The shortest and the longest wait for another's, to which up to as much is
/// added.
const WAIT: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(3));
/// How often a publisher tells that it still waits.
const TELL: Duration = Duration::from_mins(1);

/// The mark of one publisher in a folder of its own.
pub(super) struct BucketLock<'a> {
    pub(super) objects: &'a dyn Objects,
    /// The folder, ending in a slash.
    pub(super) folder: String,
    /// Tells this publisher from others.
    pub(super) id: &'a str,
}

impl BucketLock<'_> {
    /// Does `work` while no other publisher does its own; `output` tells which
    /// is waited for.
    pub(super) async fn during<T>(
        &self,
        output: &Output,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        self.take(output).await?;
        let done = tokio::select! {
            done = work => done,
            failure = self.renew() => Err(failure),
        };
        let removed = self.remove().await;
        let done = done?;
        removed?;
        Ok(done)
    }

    async fn take(&self, output: &Output) -> Result<(), Failure> {
        let mut waits = Pauses::between(WAIT.0, WAIT.1, self.objects.random());
        let mut told: Option<Instant> = None;
        loop {
            self.write().await?;
            let mut marks = self.objects.walk(&self.folder).await?;
            let now = marks.iter().find(|mark| mark.name == self.id).and_then(|mark| mark.modified);
            marks.retain(|mark| mark.name != self.id && is_believed(mark, now, BELIEVED));
            let Some(other) = marks.first() else { return Ok(()) };
            self.remove().await?;
            if told.is_none_or(|told| told.elapsed() >= TELL) {
                let key = self.objects.show(&format!("{}{}", self.folder, other.name));
                output.notice(format!("waiting for another publisher, which holds {key}"));
                told = Some(Instant::now());
            }
            waits.pause().await;
        }
    }

    /// Renews the mark until that fails.
    async fn renew(&self) -> Failure {
        loop {
            sleep(RENEW).await;
            if let Err(failure) = self.write().await {
                return failure;
            }
        }
    }

    fn key(&self) -> String {
        format!("{}{}", self.folder, self.id)
    }

    async fn write(&self) -> Result<(), Failure> {
        self.objects.put(&self.key(), b"", "text/plain").await
    }

    async fn remove(&self) -> Result<(), Failure> {
        self.objects.delete(&self.key()).await
    }
}
