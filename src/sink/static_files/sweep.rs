//! Files of `df-dist-v1`, to be swept. A tag's files go with it; what is left
//! over is what a publisher staged or a removal broke off with. Anything else
//! that lies there was put there by other hands, and stays.

use std::collections::{BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{StaticFiles, WORK, sums::NAMES};
use crate::{
    model::{Digest, Failure, Tag, is_known_arch, is_known_os},
    ports::{Desk, Inventory, InventoryItem, SinkRepository, Sweeper},
    sink::{
        objects::{ListedObject, Other},
        sweeping::{PARALLEL, age},
    },
};

/// What becomes of something that lies below a name.
enum Lot {
    /// It is part of a release, or other hands put it there.
    Stays,
    /// It is castoff's own, and of no release.
    Over,
    /// It lies beside the files of the release with this digest.
    GoesWith(Digest),
}

/// What lies under one tag, as far as its document says.
enum Under {
    /// There is no document: what castoff put there is left over.
    Nothing,
    /// The document cannot be read: anything may be needed.
    Unreadable,
    /// A release.
    Release {
        /// By which digest what lies beside its files is needed.
        digest: Digest,
        /// Where its files lie below the tag.
        paths: HashSet<String>,
    },
}

#[async_trait]
impl Sweeper for StaticFiles {
    async fn inventory(&self) -> Result<Option<Inventory>, Failure> {
        let (now, root) = (self.clock.now(), self.root());
        let (walked, others) = self.objects().walk_all(&root).await?;
        let left_alone = others.iter().map(|other| other.what.clone()).collect();
        let mut inventory = Inventory { left_alone, ..Inventory::default() };
        // A tag that is a link is in no list.
        let links = others.into_iter().map(|other| other.name);
        let known = self.known(&walked, links, &mut inventory).await?;
        for written in walked {
            let needed_by = match lot(&written.name, &known) {
                Lot::Stays => continue,
                Lot::Over => None,
                Lot::GoesWith(release) => Some(release),
            };
            inventory.stored.push(InventoryItem {
                key: format!("{root}{}", written.name),
                size: written.size,
                age: age(written.modified, now),
                needed_by,
                what: None,
            });
        }
        Ok(Some(inventory))
    }

    async fn linked(&self) -> Result<HashMap<Tag, String>, Failure> {
        let others = self.objects().walk_all(&self.root()).await?.1.into_iter();
        let linked = others.filter_map(|Other { name, what, leads_to }| {
            let (to, tag) = (leads_to?, name.split('/').next()?);
            let to = to.split('/').next()?;
            Some((to.parse().ok().filter(|_| to != tag)?, what))
        });
        Ok(linked.collect())
    }

    async fn discard(&self, what: &[InventoryItem], desk: &Desk) -> Result<(), Failure> {
        let delete = |stored: InventoryItem| async move {
            self.objects().delete(&stored.key).await?;
            desk.output.line(format!("deleted {stored}"));
            desk.meter.advance(stored.size);
            Ok(())
        };
        stream::iter(what.to_vec()).map(delete).buffered(PARALLEL).try_collect().await
    }
}

impl StaticFiles {
    /// What lies under each tag that is listed, or has something below it.
    async fn known(
        &self,
        walked: &[ListedObject],
        links: impl Iterator<Item = String>,
        inventory: &mut Inventory,
    ) -> Result<HashMap<String, Under>, Failure> {
        let below = walked.iter().filter_map(|of| Some(of.name.split_once('/')?.0.to_owned()));
        let names: BTreeSet<String> = self
            .listed()
            .await?
            .unwrap_or_default()
            .into_iter()
            .chain(below)
            .chain(links)
            .collect();
        let mut known = HashMap::new();
        for name in names {
            let Ok(tag) = name.parse::<Tag>() else { continue };
            let under = self.under(&tag).await?;
            match &under {
                Under::Nothing => {}
                Under::Unreadable => inventory.odd.push(tag),
                Under::Release { .. } => inventory.tags.push(tag),
            }
            known.insert(name, under);
        }
        Ok(known)
    }

    async fn under(&self, tag: &Tag) -> Result<Under, Failure> {
        match self.resolve(tag).await {
            Ok(None) => Ok(Under::Nothing),
            Ok(Some(release)) => {
                let paths = self.paths_of(tag).await?.unwrap_or_default();
                Ok(Under::Release { digest: release.digest, paths })
            }
            Err(failure) if failure.is_odd() => Ok(Under::Unreadable),
            Err(failure) => Err(failure),
        }
    }
}

/// What becomes of the key `name`.
fn lot(name: &str, known: &HashMap<String, Under>) -> Lot {
    // Documents lie directly below the name, or are an `index.json`.
    let Some((tag, rest)) = name.split_once('/') else { return Lot::Stays };
    if WORK.contains(&tag) {
        return Lot::Over;
    }
    if rest == "index.json" || !is_of_release(rest) {
        return Lot::Stays;
    }
    match known.get(tag) {
        None | Some(Under::Unreadable) => Lot::Stays,
        Some(Under::Nothing) => Lot::Over,
        Some(Under::Release { paths, .. }) if paths.contains(rest) || NAMES.contains(&rest) => {
            Lot::Stays
        }
        Some(Under::Release { digest, .. }) => Lot::GoesWith(digest.clone()),
    }
}

/// Whether castoff puts files at such a path below a tag: `OS/ARCH/…`, or what
/// lies beside them.
fn is_of_release(rest: &str) -> bool {
    let words: Vec<&str> = rest.split('/').collect();
    match words[..] {
        [name] => NAMES.contains(&name),
        [os, architecture, _, ..] => is_known_os(os) && is_known_arch(architecture),
        _ => false,
    }
}
