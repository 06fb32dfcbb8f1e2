//! Objects of a server that may fail in passing, and show late what was
//! written.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;

use super::{Info, Listing, Objects, Read, Version, Written};
use crate::{
    model::{Abilities, Descriptor, Digest, Failure},
    net::{self, Patience, Random, Recent, patiently},
    ports::{Content, Meter, Output},
    sink::folder_lock::FolderLock,
};

/// Objects that are asked for as often as their requests' budgets allow.
pub struct PatientObjects {
    objects: Arc<dyn Objects>,
    patience: Patience,
    /// What was written lately, by its key as people see it.
    recent: Recent<Digest>,
    /// Whether the server ever answered: one that did may be down for a moment.
    answered: AtomicBool,
    /// Where the server is, for people.
    host: Option<String>,
}

impl PatientObjects {
    /// The same objects, with patience.
    #[must_use]
    pub fn new(objects: Arc<dyn Objects>, patience: Patience) -> Self {
        Self {
            objects,
            patience,
            recent: Recent::new(patience),
            answered: AtomicBool::new(false),
            host: None,
        }
    }

    /// The same, of a server at `host`.
    #[must_use]
    pub fn at(self, host: Option<String>) -> Self {
        Self { host, ..self }
    }

    /// Asks as often as the request's budget allows.
    async fn ask<T, F>(&self, mut ask: impl FnMut() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        patiently(self.patience, || {
            let asked = ask();
            async { self.heard(asked.await) }
        })
        .await
    }

    /// A failure is of a server that was never reached where none answered.
    fn heard<T>(&self, asked: Result<T, Failure>) -> Result<T, Failure> {
        match asked {
            Err(failure) if failure.unreached => {
                if self.answered.load(Ordering::Relaxed) {
                    return Err(Failure { unreached: false, hint: None, ..failure });
                }
                Err(match &self.host {
                    Some(host) => failure.hint(format!(
                        "no server answers there: check the endpoint {host} and the network"
                    )),
                    None => failure,
                })
            }
            asked => {
                self.answered.store(true, Ordering::Relaxed);
                asked
            }
        }
    }

    /// Whether a list agrees that a key is there or is not. Of what lies deeper
    /// only the folder shows, which other keys may keep.
    fn agrees(listing: &Listing, key: &str, is_there: bool) -> bool {
        match key.split_once('/') {
            None => listing.keys.iter().any(|name| name == key) == is_there,
            Some((folder, _)) => !is_there || listing.folders.iter().any(|name| name == folder),
        }
    }
}

#[async_trait]
impl Objects for PatientObjects {
    fn show(&self, key: &str) -> String {
        self.objects.show(key)
    }

    async fn check(&self) -> Result<(), Failure> {
        self.ask(|| self.objects.check()).await
    }

    fn random(&self) -> Random {
        self.patience.random
    }

    async fn abilities(&self, may_write: bool) -> Result<Abilities, Failure> {
        self.ask(|| self.objects.abilities(may_write)).await
    }

    async fn info(&self, key: &str) -> Result<Option<Info>, Failure> {
        let digest = |info: &Option<Info>| info.as_ref().and_then(|info| info.digest.clone());
        let read = || self.ask(|| self.objects.info(key));
        self.recent.read(&self.show(key), digest, read).await
    }

    async fn turn(&self, output: &Output) -> Result<Option<FolderLock>, Failure> {
        self.objects.turn(output).await
    }

    async fn read(&self, key: &str) -> Result<Option<Read>, Failure> {
        let digest = |read: &Option<Read>| read.as_ref().map(|read| Digest::of(&read.bytes));
        let read = || self.ask(|| self.objects.read(key));
        self.recent.read(&self.show(key), digest, read).await
    }

    async fn open(&self, key: &str, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        self.objects.open(key, node).await
    }

    async fn digest(&self, key: &str, node: &Descriptor) -> Result<Digest, Failure> {
        self.ask(|| self.objects.digest(key, node)).await
    }

    async fn put(&self, key: &str, bytes: &[u8], content_type: &str) -> Result<(), Failure> {
        self.ask(|| self.objects.put(key, bytes, content_type)).await?;
        self.recent.wrote(&self.show(key), Some(Digest::of(bytes)));
        Ok(())
    }

    async fn replace(
        &self,
        key: &str,
        seen: Option<&Version>,
        bytes: &[u8],
        content_type: &str,
    ) -> Result<(), Failure> {
        let replace = || self.objects.replace(key, seen, bytes, content_type);
        self.ask(replace).await?;
        self.recent.wrote(&self.show(key), Some(Digest::of(bytes)));
        Ok(())
    }

    async fn remove(&self, key: &str, seen: &Version) -> Result<(), Failure> {
        self.ask(|| self.objects.remove(key, seen)).await?;
        self.recent.wrote(&self.show(key), None);
        Ok(())
    }

    async fn put_content(
        &self,
        key: &str,
        node: &Descriptor,
        content: Arc<dyn Content>,
        content_type: &str,
        meter: &Meter,
    ) -> Result<(), Failure> {
        let name = format!("{} {}", self.show(key), node.digest);
        if let Some(failure) = net::given_up(&name) {
            return Err(failure);
        }
        let put = || self.objects.put_content(key, node, Arc::clone(&content), content_type, meter);
        let put = self.ask(put).await;
        if let Some(failure) = put.as_ref().err().filter(|failure| failure.is_transient()) {
            net::give_up(&name, failure);
        }
        put?;
        self.recent.wrote(&self.show(key), Some(node.digest.clone()));
        Ok(())
    }

    async fn copy(&self, from: &str, to: &str) -> Result<(), Failure> {
        self.ask(|| self.objects.copy(from, to)).await
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        self.ask(|| self.objects.delete(key)).await?;
        self.recent.wrote(&self.show(key), None);
        Ok(())
    }

    async fn walk(&self, prefix: &str) -> Result<Vec<Written>, Failure> {
        let agrees = |found: &Vec<Written>, key: &str, is_there: bool| {
            found.iter().any(|written| written.name == key) == is_there
        };
        let read = || self.ask(|| self.objects.walk(prefix));
        self.recent.list(&self.show(prefix), agrees, read).await
    }

    async fn list(&self, prefix: &str) -> Result<Listing, Failure> {
        let read = || self.ask(|| self.objects.list(prefix));
        self.recent.list(&self.show(prefix), Self::agrees, read).await
    }
}
