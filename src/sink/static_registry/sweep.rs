//! A static registry, to be swept.

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::StaticRegistry;
use crate::{
    model::{Digest, Failure, Tag},
    ports::{Desk, Inventory, Stored, Sweeper},
    sink::sweeping::{PARALLEL, age},
};

#[async_trait]
impl Sweeper for StaticRegistry {
    /// What is about something comes first, then manifests, then blobs.
    async fn inventory(&self) -> Result<Option<Inventory>, Failure> {
        let now = self.clock.now();
        let root = self.root();
        let mut inventory = Inventory::default();
        for folder in ["referrers/", "manifests/", "blobs/"] {
            for written in self.objects().walk(&format!("{root}{folder}")).await? {
                let Some(owner) = owner(&written.name) else {
                    // The list of tags may lack one of a publisher that was killed.
                    let tag = (folder == "manifests/").then(|| written.name.parse().ok());
                    inventory.tags.extend(tag.flatten());
                    continue;
                };
                let is_about = folder == "referrers/" || written.name.parse::<Tag>().is_ok();
                inventory.subjects.extend(is_about.then(|| owner.clone()));
                inventory.stored.push(Stored {
                    key: format!("{root}{folder}{}", written.name),
                    size: written.size,
                    age: age(written.modified, now),
                    needed_by: Some(owner),
                    what: None,
                });
            }
        }
        Ok(Some(inventory))
    }

    async fn close(&self) -> Result<(), Failure> {
        self.lease.close(self.objects()).await
    }

    async fn reopen(&self) -> Result<(), Failure> {
        self.lease.reopen(self.objects()).await
    }

    async fn discard(&self, what: &[Stored], desk: &Desk) -> Result<(), Failure> {
        let delete = |stored: Stored| async move {
            self.objects().delete(&stored.key).await?;
            desk.output.line(format!("deleted {stored}"));
            desk.meter.advance(stored.size);
            Ok::<_, Failure>(())
        };
        for some in what.chunks(PARALLEL) {
            self.lease.renew(self.objects()).await?;
            stream::iter(some.to_vec()).map(delete).buffered(PARALLEL).try_collect::<()>().await?;
        }
        self.settle_list().await
    }
}

/// By which digest an object is needed: its own, or that of what it is about.
/// None: it is a tag, or nothing of ours.
fn owner(name: &str) -> Option<Digest> {
    name.parse::<Digest>().ok().or_else(|| name.parse::<Tag>().ok()?.subject())
}
