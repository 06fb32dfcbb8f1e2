//! Files of `df-dist-v1`, to be swept. A tag's files go with it; what is left
//! over is what a publisher staged or a removal broke off with.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::{PARALLEL, age};
use crate::{
    model::{Failure, Tag},
    ports::{Desk, Inventory, Stored, Sweeper},
    sink::static_files::{NAMES, StaticFiles},
};

#[async_trait]
impl Sweeper for StaticFiles {
    async fn inventory(&self) -> Result<Option<Inventory>, Failure> {
        let (now, root) = (Timestamp::now(), self.root());
        let mut named: HashMap<String, Option<HashSet<String>>> = HashMap::new();
        let mut inventory = Inventory::default();
        for written in self.objects().walk(&root).await? {
            // Documents lie directly below the name, or are an `index.json`.
            let Some((first, rest)) = written.name.split_once('/') else { continue };
            if rest == "index.json" {
                continue;
            }
            if let Ok(tag) = first.parse::<Tag>() {
                if !named.contains_key(first) {
                    named.insert(first.to_owned(), self.paths_of(&tag).await?);
                }
                let is_named =
                    |paths: &HashSet<String>| paths.contains(rest) || NAMES.contains(&rest);
                if named.get(first).and_then(Option::as_ref).is_some_and(is_named) {
                    continue;
                }
            }
            inventory.stored.push(Stored {
                key: format!("{root}{}", written.name),
                size: written.size,
                age: age(written.modified, now),
                needed_by: None,
                what: None,
            });
        }
        Ok(Some(inventory))
    }

    async fn discard(&self, what: &[Stored], desk: &Desk) -> Result<(), Failure> {
        let delete = |stored: Stored| async move {
            self.objects().delete(&stored.key).await?;
            desk.output.line(format!("deleted {stored}"));
            desk.meter.advance(stored.size);
            Ok(())
        };
        stream::iter(what.to_vec()).map(delete).buffered(PARALLEL).try_collect().await
    }
}
