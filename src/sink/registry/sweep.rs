//! A registry, to be swept of manifests. Its blobs are its own to collect.

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::RegistrySink;
use crate::{
    model::{Digest, Failure, FailureKind, Side},
    ports::{Desk, Inventory, SinkRepository, Stored, Sweeper, all_tags},
    registry::{ManifestName, Removal},
    sink::sweeping::PARALLEL,
};

#[async_trait]
impl Sweeper for RegistrySink {
    /// A registry lists its tags, and no manifests.
    async fn inventory(&self) -> Result<Option<Inventory>, Failure> {
        Ok(None)
    }

    async fn discard(&self, what: &[Stored], desk: &Desk) -> Result<(), Failure> {
        let delete = |stored: Stored| async move {
            self.delete(&stored.key).await?;
            desk.output.line(format!("deleted {stored}"));
            desk.meter.advance(stored.size);
            Ok(())
        };
        stream::iter(what.to_vec()).map(delete).buffered(PARALLEL).try_collect().await
    }
}

impl RegistrySink {
    async fn delete(&self, digest: &str) -> Result<(), Failure> {
        let wrong = |error| Failure::from_error(FailureKind::Internal, Side::Local, &error);
        let digest: Digest = digest.parse().map_err(wrong)?;
        let name = ManifestName::Digest(&digest);
        match self.client().delete_manifest(self.repository(), name).await? {
            Removal::Done => Ok(()),
            Removal::Late => self.remove_rests(&digest).await,
            Removal::Unsupported => {
                let why = format!("{} does not allow to delete manifests", self.client().host());
                Err(Failure::new(FailureKind::Protocol, Side::Sink, why).hint(
                    "ask its operator to allow deletes (docker-registry: storage.delete.enabled)",
                ))
            }
        }
    }

    /// Removes the tags that a removal left behind half of which was done: those
    /// made from a digest, such as of signatures, that are listed and name
    /// nothing.
    async fn remove_rests(&self, digest: &Digest) -> Result<(), Failure> {
        let tags = all_tags(self).await?.unwrap_or_default();
        for tag in tags.iter().filter(|tag| tag.is_derived()) {
            if self.resolve(tag).await?.is_none() {
                self.client().remove_rest(self.repository(), tag, digest).await?;
            }
        }
        Ok(())
    }
}
