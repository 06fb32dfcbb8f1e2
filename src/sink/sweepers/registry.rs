//! A registry, to be swept of manifests. Its blobs are its own to collect.

use async_trait::async_trait;

use crate::{
    model::{Digest, Failure, FailureKind, Side},
    ports::{Desk, Inventory, Stored, Sweeper},
    registry::{ManifestName, Removal},
    sink::RegistrySink,
};

#[async_trait]
impl Sweeper for RegistrySink {
    /// A registry lists its tags, and no manifests.
    async fn inventory(&self) -> Result<Option<Inventory>, Failure> {
        Ok(None)
    }

    async fn discard(&self, what: &[Stored], desk: &Desk) -> Result<(), Failure> {
        for stored in what {
            let wrong = |error| Failure::from_error(FailureKind::Internal, Side::Local, &error);
            let digest: Digest = stored.key.parse().map_err(wrong)?;
            let name = ManifestName::Digest(&digest);
            match self.client().delete_manifest(self.repository(), name).await? {
                Removal::Done => desk.output.line(format!("deleted {digest}")),
                Removal::Unsupported => {
                    let why = format!("{} deletes no manifests", self.client().host());
                    return Err(Failure::new(FailureKind::Protocol, Side::Sink, why).hint(
                        "have its operator allow deletes (docker-registry: storage.delete.enabled)",
                    ));
                }
            }
            desk.meter.advance(stored.size);
        }
        Ok(())
    }
}
