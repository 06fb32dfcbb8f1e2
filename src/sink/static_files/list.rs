//! The list of a name's tags.

use std::collections::HashSet;

use async_trait::async_trait;

use super::{StaticFiles, documents::PREFIX};
use crate::{
    model::{Failure, Tag},
    ports::{Swap, ranked},
    sink::{objects::ObjectListing, tag_list},
};

impl StaticFiles {
    pub(super) async fn settle_list(&self, swaps: &[Swap]) -> Result<(), Failure> {
        let listed = Releases { of: self, swaps };
        tag_list::settle(&*self.objects, &self.name, &self.list_key(), &listed).await
    }

    /// The tags that have a document. In a bucket an object without a folder of
    /// its name is another one's, such as a README.
    async fn there(&self) -> Result<Vec<String>, Failure> {
        let ObjectListing { mut keys, folders } =
            self.objects.list(&format!("{PREFIX}/{}/", self.name)).await?;
        let mut tags = Vec::new();
        keys.retain(|key| folders.contains(key));
        let names = if self.document.is_empty() { keys } else { folders };
        for name in names.into_iter().filter(|name| name.parse::<Tag>().is_ok()) {
            let is_there = self.document.is_empty()
                || self.objects.get(&self.document_key(&name)).await?.is_some();
            tags.extend(is_there.then_some(name));
        }
        Ok(tags)
    }
}

/// The releases of a name, after some tags have moved.
struct Releases<'s> {
    of: &'s StaticFiles,
    swaps: &'s [Swap],
}

#[async_trait]
impl tag_list::Listed for Releases<'_> {
    async fn there(&self) -> Result<Vec<String>, Failure> {
        self.of.there().await
    }

    /// New tags come last, or to where they stood; those that are there keep
    /// their places.
    fn order(&self, known: &[String], there: Vec<String>) -> Vec<String> {
        let (is_there, is_known): (HashSet<&String>, HashSet<&String>) =
            (there.iter().collect(), known.iter().collect());
        let stay = known.iter().filter(|tag| is_there.contains(tag));
        let new = there.iter().filter(|tag| !is_known.contains(tag));
        let come_back =
            self.swaps.iter().filter(|swap| !known.iter().any(|of| of == swap.tag.as_str()));
        ranked(stay.chain(new).cloned().collect(), &come_back.cloned().collect::<Vec<_>>())
    }
}
