//! Writes that succeeded and may not be shown yet.
//!
//! Many servers answer a read from a copy that is a little behind. A write
//! that succeeded is evidence; a read that shows what was there before it is
//! not known yet, and is made again for a bounded time. Only a third value is
//! news.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use lru::LruCache;
use tokio::time::Instant;

use super::{Patience, hearing};
use crate::model::Failure;

/// The first wait before a read is made again; each later one is twice the last.
const FIRST: Duration = Duration::from_millis(100);
/// The longest wait before a read is made again.
const LONGEST: Duration = Duration::from_secs(5);

/// How many keys are remembered: more than are written within the time in which
/// a server may be behind.
const KEYS: NonZeroUsize = NonZeroUsize::MIN.saturating_add((1 << 16) - 1);

/// What was written lately, by key, and what was read there before. A value is
/// a digest or whatever else tells two contents apart; none is "not there".
#[derive(Debug)]
pub struct Recent<V> {
    patience: Patience,
    known: Mutex<LruCache<String, Known<V>>>,
}

#[derive(Debug)]
struct Known<V> {
    /// What was read there.
    seen: Vec<Option<V>>,
    write: Option<Write<V>>,
}

#[derive(Debug)]
struct Write<V> {
    at: Instant,
    /// What was there before.
    before: Vec<Option<V>>,
    now: Option<V>,
}

impl<V: Clone + PartialEq> Recent<V> {
    /// Nothing was written yet.
    #[must_use]
    pub fn new(patience: Patience) -> Self {
        Self { patience, known: Mutex::new(LruCache::new(KEYS)) }
    }

    /// Notes that a write of `now`, or a removal, succeeded.
    pub fn wrote(&self, key: &str, now: Option<V>) {
        let mut known = self.known();
        let known = known.get_or_insert_mut_ref(key, Known::default);
        let mut before = vec![None];
        if let Some(write) = known.write.take() {
            before.extend(write.before);
            before.push(write.now);
        }
        before.append(&mut known.seen);
        before.retain(|value| *value != now);
        known.write = Some(Write { at: Instant::now(), before, now });
    }

    /// What was written under `key` lately, if anything was.
    #[must_use]
    pub fn written(&self, key: &str) -> Option<Option<V>> {
        let known = self.known();
        let write = known.peek(key)?.write.as_ref().filter(|write| self.is_recent(write))?;
        Some(write.now.clone())
    }

    /// What was written lately under keys that begin with `prefix`, by the
    /// rest of the key.
    #[must_use]
    pub fn written_below(&self, prefix: &str) -> Vec<(String, Option<V>)> {
        let known = self.known();
        let written = known.iter().filter_map(|(key, known)| {
            let write = known.write.as_ref().filter(|write| self.is_recent(write))?;
            Some((key.strip_prefix(prefix)?.to_owned(), write.now.clone()))
        });
        written.collect()
    }

    /// Forgets what was written under keys that begin with `prefix`: some of it
    /// is known to be lost.
    pub fn forget(&self, prefix: &str) {
        let mut known = self.known();
        let lost: Vec<_> = known.iter().map(|(key, _)| key.clone()).collect();
        lost.iter().filter(|key| key.starts_with(prefix)).for_each(|key| drop(known.pop(key)));
    }

    /// Notes what is known to have been there.
    pub fn saw(&self, key: &str, seen: Option<V>) {
        let mut known = self.known();
        let known = known.get_or_insert_mut_ref(key, Known::default);
        if known.seen.last() != Some(&seen) {
            known.seen.retain(|other| *other != seen);
            known.seen.push(seen);
        }
    }

    /// Notes that what lay under keys that begin with `prefix` is not there any
    /// more where it was `value`.
    pub fn gone(&self, prefix: &str, value: &V) {
        for (key, now) in self.written_below(prefix) {
            if now.as_ref() == Some(value) {
                self.wrote(&format!("{prefix}{key}"), None);
            }
        }
    }

    /// Reads what lies under `key` until it is not what lay there before the
    /// last write, or that is too long ago. `value` tells what was read.
    ///
    /// # Errors
    ///
    /// Fails where a read does.
    pub async fn read<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        key: &str,
        value: impl Fn(&T) -> Option<V>,
        mut read: impl FnMut() -> F,
    ) -> Result<T, Failure> {
        let mut wait = Wait::new(self.patience);
        loop {
            let found = read().await?;
            let seen = value(&found);
            if !self.is_late(key, seen.as_ref()) {
                self.saw(key, seen);
                return Ok(found);
            }
            wait.pause(key).await;
        }
    }

    /// Reads a list until it shows what was lately written under keys that
    /// begin with `prefix`. `agrees` tells whether the list agrees that the rest
    /// of a key is there, or is not.
    ///
    /// # Errors
    ///
    /// Fails where a read does.
    pub async fn list<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        prefix: &str,
        agrees: impl Fn(&T, &str, bool) -> bool,
        mut read: impl FnMut() -> F,
    ) -> Result<T, Failure> {
        let mut wait = Wait::new(self.patience);
        loop {
            let found = read().await?;
            let written = self.written_below(prefix);
            if written.iter().all(|(key, now)| agrees(&found, key, now.is_some())) {
                return Ok(found);
            }
            wait.pause(prefix).await;
        }
    }

    fn is_late(&self, key: &str, seen: Option<&V>) -> bool {
        let known = self.known();
        let write = known.peek(key).and_then(|known| known.write.as_ref());
        write.is_some_and(|write| {
            self.is_recent(write) && write.before.iter().any(|before| before.as_ref() == seen)
        })
    }

    fn is_recent(&self, write: &Write<V>) -> bool {
        write.at.elapsed() < self.patience.visible
    }

    fn known(&self) -> MutexGuard<'_, LruCache<String, Known<V>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Default for Known<V> {
    fn default() -> Self {
        Self { seen: Vec::new(), write: None }
    }
}

/// The waits before what was written is asked for again.
#[derive(Debug)]
pub struct Wait {
    patience: Patience,
    end: Instant,
    next: Duration,
}

impl Wait {
    /// No wait yet.
    #[must_use]
    pub fn new(patience: Patience) -> Self {
        let end = Instant::now() + patience.visible;
        Self { patience, end, next: FIRST.min(patience.visible / 4) }
    }

    /// Whether a write at the beginning of this may still not be shown.
    #[must_use]
    pub fn may_go_on(&self) -> bool {
        Instant::now() < self.end
    }

    /// Waits, each time longer, and tells so.
    pub async fn pause(&mut self, what: &str) {
        let wait = self.next + self.patience.random.up_to(self.next);
        let wait_s = wait.as_secs_f64();
        hearing::tell(format!(
            "{what}: the server does not show the write yet; checking again in {wait_s:.1} s"
        ));
        tokio::time::sleep(wait).await;
        self.next = (self.next * 2).min(LONGEST).min(self.patience.visible / 4);
    }
}
