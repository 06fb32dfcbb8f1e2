//! The keyring, each call bounded in time.
//!
//! A store's calls block, and one of a service that hangs blocks for ever. So
//! each runs on a thread of its own, which is left behind when its time is up.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use tokio::{sync::oneshot, time::timeout};

use super::{
    Secret,
    stores::{KeyringKind, SecretStore, Which},
};
use crate::model::{Failure, FailureKind, Side};

/// How long a call may take, with opening the store.
const PATIENCE: Duration = Duration::from_secs(3);

/// Secrets by name, in the store of this system.
#[derive(Debug, Default)]
pub struct Keyring {
    which: Which,
    /// Whether a call was cut off: the next one would be, too.
    is_stuck: AtomicBool,
    /// Whether the next call connects to the store anew.
    anew: AtomicBool,
}

impl Keyring {
    /// The keyring in a store. Nothing is opened before it is needed.
    #[must_use]
    pub fn new(which: Which) -> Self {
        Self { which, ..Self::default() }
    }

    /// The secret of a name; none only where there is none.
    pub async fn get(&self, name: &str) -> Result<Option<Secret>, Failure> {
        let name = name.to_owned();
        self.call(move |store| store.get(&name)).await
    }

    /// All names in the keyring, which is of that kind; where it cannot tell, those
    /// of `needed` that it has.
    pub async fn present(
        &self,
        needed: Vec<String>,
    ) -> Result<(KeyringKind, BTreeSet<String>), Failure> {
        self.call(move |store| {
            if let Some(names) = store.names()? {
                return Ok((store.kind, names.into_iter().collect()));
            }
            let mut present = BTreeSet::new();
            for name in needed {
                if store.get(&name)?.is_some() {
                    present.insert(name);
                }
            }
            Ok((store.kind, present))
        })
        .await
    }

    /// Keeps a secret, in place of what the name had. The store is tried with
    /// a throw-away entry first.
    pub async fn set(&self, name: &str, secret: Secret) -> Result<KeyringKind, Failure> {
        let name = name.to_owned();
        self.call(move |store| {
            store.probe()?;
            store.set(&name, &secret)?;
            Ok(store.kind)
        })
        .await
    }

    /// Removes a name; false where there was nothing.
    pub async fn remove(&self, name: &str) -> Result<bool, Failure> {
        let name = name.to_owned();
        self.call(move |store| store.remove(&name)).await
    }

    /// Forgets what was known of the keyring: one that did not answer is asked
    /// again, and one that was begun anew is found.
    pub fn forgive(&self) {
        self.anew.store(true, Ordering::Relaxed);
        self.is_stuck.store(false, Ordering::Relaxed);
    }

    async fn call<T: Send + 'static>(
        &self,
        act: impl FnOnce(SecretStore) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        if self.is_stuck.load(Ordering::Relaxed) {
            return Err(stuck());
        }
        let (which, anew) = (self.which, self.anew.swap(false, Ordering::Relaxed));
        let (answer, answered) = oneshot::channel();
        let thread = thread::Builder::new().name("keyring".into());
        let begun = thread.spawn(move || drop(answer.send(which.open(anew).and_then(act))));
        begun.map_err(|error| Failure::from_error(FailureKind::Internal, Side::Local, &error))?;
        match timeout(PATIENCE, answered).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => {
                Err(Failure::new(FailureKind::Internal, Side::Local, "the keyring's thread broke"))
            }
            Err(_) => {
                self.is_stuck.store(true, Ordering::Relaxed);
                Err(stuck())
            }
        }
    }
}

fn stuck() -> Failure {
    let what = format!("the keyring did not answer within {} s", PATIENCE.as_secs());
    // A keyring that says nothing is as good as none.
    Failure::new(FailureKind::Timeout, Side::Local, what).unreached().hint(
        "it may be waiting to be unlocked: unlock it, or restart its service; or use another \
         source: an environment variable or a command",
    )
}
