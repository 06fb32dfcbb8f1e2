//! Files of `df-dist-v1`, to be swept. A tag's files go with it; what is left
//! over is what a publisher staged or a removal broke off with. Anything else
//! that lies there was put there by other hands, and stays.

use std::collections::{BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::{PARALLEL, age};
use crate::{
    model::{Digest, Failure, Tag, is_known_arch, is_known_os},
    ports::{Desk, Inventory, Stored, Sweeper, Tags},
    sink::{
        objects::Written,
        static_files::{NAMES, StaticFiles, WORK},
    },
};

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
        let (now, root) = (Timestamp::now(), self.root());
        let left_alone = self.objects().others(&root).await?;
        let mut inventory = Inventory { left_alone, ..Inventory::default() };
        let walked = self.objects().walk(&root).await?;
        let known = self.known(&walked, &mut inventory).await?;
        for written in walked {
            let Some(needed_by) = left_over(&written.name, &known) else { continue };
            inventory.stored.push(Stored {
                key: format!("{root}{}", written.name),
                size: written.size,
                age: age(written.modified, now),
                needed_by,
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

impl StaticFiles {
    /// What lies under each tag that is listed, or has something below it.
    async fn known(
        &self,
        walked: &[Written],
        inventory: &mut Inventory,
    ) -> Result<HashMap<String, Under>, Failure> {
        let below = walked.iter().filter_map(|of| Some(of.name.split_once('/')?.0.to_owned()));
        let names: BTreeSet<String> =
            self.listed().await?.unwrap_or_default().into_iter().chain(below).collect();
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

/// Of what is castoff's own and no part of a release: what it is needed by, if
/// by anything. None: it is part of one, or other hands put it there.
fn left_over(name: &str, known: &HashMap<String, Under>) -> Option<Option<Digest>> {
    // Documents lie directly below the name, or are an `index.json`.
    let (tag, rest) = name.split_once('/')?;
    if WORK.contains(&tag) {
        return Some(None);
    }
    if rest == "index.json" || !is_of_release(rest) {
        return None;
    }
    match known.get(tag)? {
        Under::Nothing => Some(None),
        Under::Unreadable => None,
        Under::Release { paths, .. } if paths.contains(rest) || NAMES.contains(&rest) => None,
        Under::Release { digest, .. } => Some(Some(digest.clone())),
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
