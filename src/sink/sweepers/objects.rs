//! A static registry, to be swept.

use async_trait::async_trait;
use jiff::Timestamp;

use super::age;
use crate::{
    model::{Digest, Failure, Tag},
    ports::{Desk, Inventory, Stored, Sweeper},
    sink::static_registry::StaticRegistry,
};

#[async_trait]
impl Sweeper for StaticRegistry {
    /// What is about something comes first, then manifests, then blobs.
    async fn inventory(&self) -> Result<Option<Inventory>, Failure> {
        let now = Timestamp::now();
        let root = self.root();
        let mut inventory = Inventory::default();
        for folder in ["referrers/", "manifests/", "blobs/"] {
            for written in self.objects().walk(&format!("{root}{folder}")).await? {
                let Some(owner) = owner(&written.name) else { continue };
                let is_about = folder == "referrers/" || written.name.parse::<Tag>().is_ok();
                inventory.subjects.extend(is_about.then(|| owner.clone()));
                inventory.stored.push(Stored {
                    key: format!("{root}{folder}{}", written.name),
                    size: written.size,
                    age: age(written.modified, now),
                    needed_by: Some(owner),
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
        for stored in what {
            self.lease.renew(self.objects()).await?;
            self.objects().delete(&stored.key).await?;
            desk.output.line(format!("deleted {}", self.objects().show(&stored.key)));
            desk.meter.advance(stored.size);
        }
        self.settle_list().await
    }
}

/// By which digest an object is needed: its own, or that of what it is about.
/// None: it is a tag, or nothing of ours.
fn owner(name: &str) -> Option<Digest> {
    name.parse::<Digest>().ok().or_else(|| name.parse::<Tag>().ok()?.subject())
}
