//! Bringing a blob into a repository.

use std::sync::Arc;

use super::{
    blob::{Blob, Stored, There},
    client::Client,
    mount::Opened,
    upload::Upload,
};
use crate::{
    model::{Digest, Failure, FailureKind, Repository, Side},
    net::patiently,
};

impl Client {
    /// Brings a blob into a repository in the cheapest way: none where it is
    /// there, over from another repository, or by sending it; an upload that
    /// broke off goes on where it did.
    ///
    /// # Errors
    ///
    /// Fails as [`FailureKind::Integrity`] where the content is not what
    /// `digest` says. After any other failure the upload can go on.
    pub async fn push_blob(
        &self,
        repository: &Repository,
        digest: &Digest,
        size: u64,
        blob: Arc<dyn Blob>,
        there: There,
    ) -> Result<Stored, Failure> {
        let upload = Upload::new(self, repository, digest, size, blob, there);
        // A task that waited here finds the blob in place.
        let _turn = self.uploads.lock(&upload.key()).await;
        if there == There::Unknown && self.has_sent(repository, digest) {
            upload.finished();
            return Ok(Stored::Present);
        }
        let found = match there {
            There::Unknown => self.blob_size(repository, digest, size).await?,
            There::Wrong => None,
        };
        let stored = match found {
            Some(found) if found == size => Stored::Present,
            Some(found) => return Err(wrong_size(digest, size, found)),
            None => {
                if self.was_mounted(repository, digest) {
                    // It said so, and nothing came: no mount of it is to be believed.
                    self.can.no_mount();
                }
                let stored = upload.run().await?;
                if stored == Stored::Mounted {
                    self.has_mounted(repository, digest);
                }
                let key = format!("{}{digest}", self.digests_of(repository));
                self.recent.wrote(&key, Some(digest.clone()));
                stored
            }
        };
        upload.finished();
        self.holds(repository, digest);
        Ok(stored)
    }

    /// Whether castoff may push to a repository, proven by opening an upload,
    /// which is given up again.
    ///
    /// # Errors
    ///
    /// Fails where the registry refuses.
    pub async fn check_push(&self, repository: &Repository) -> Result<(), Failure> {
        let open = || self.open_upload(repository, None);
        let session = patiently(self.http.patience(), open).await.map_err(|failure| {
            if failure.kind == FailureKind::NotFound {
                failure.hint("some registries need the repository to be created before a push")
            } else {
                failure
            }
        })?;
        if let Opened::Session(session) = session {
            self.abandon(repository, &session).await;
        }
        Ok(())
    }
}

fn wrong_size(digest: &Digest, expected: u64, found: u64) -> Failure {
    let why = format!("the registry's {digest} has {found} bytes, and should have {expected}");
    Failure::new(FailureKind::Integrity, Side::Sink, why)
}
