//! The tags of a repository of a registry.
//!
//! Registries cannot move a tag on a condition: a writer that comes between
//! the looks is seen, and named, but not kept from writing.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;

use super::RegistrySink;
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Side, Tag},
    ports::{Moving, Output, SinkRepository, Swap, Swapped, TagMoves, swap_each},
    registry::{ManifestName, parting},
    sink::{
        attach::TaggedAbout,
        compare_and_swap::{Looked, TagStore, compare_and_swap},
    },
};

/// Tags that move together.
struct RegistryMoves {
    at: Arc<RegistrySink>,
    together: Together,
}

/// What tags that move together know of each other.
#[derive(Default)]
struct Together {
    /// The tags that will name nothing in the end.
    removed: BTreeSet<Tag>,
    /// What is to be told of the tags that moved.
    remarks: Mutex<Vec<String>>,
}

/// One of them, on its way.
struct OneOf<'m> {
    at: &'m RegistrySink,
    together: &'m Together,
}

impl RegistrySink {
    /// Begins to move tags, of which some will be `removed`.
    pub(super) fn moves(self: Arc<Self>, removed: Vec<Tag>) -> Box<dyn TagMoves> {
        let removed = removed.into_iter().collect();
        let together = Together { removed, ..Together::default() };
        Box::new(RegistryMoves { at: self, together })
    }
}

#[async_trait]
impl TagMoves for RegistryMoves {
    async fn swap_all(&mut self, swaps: &[Swap], _output: &Output) -> Swapped {
        let one = OneOf { at: &self.at, together: &self.together };
        let moves =
            swaps.iter().map(|swap| -> Moving<'_> { Box::pin(compare_and_swap(&one, swap)) });
        swap_each(swaps, moves.collect()).await
    }

    fn remarks(&mut self) -> Vec<String> {
        let remarks = self.together.remarks.get_mut();
        std::mem::take(remarks.unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl TaggedAbout for RegistrySink {
    async fn move_tag(&self, swap: Swap, _output: &Output) -> Result<(), Failure> {
        let one = OneOf { at: self, together: &Together::default() };
        compare_and_swap(&one, &swap).await.map(drop)
    }
}

#[async_trait]
impl TagStore for OneOf<'_> {
    type Seen = ();

    async fn look(&self, tag: &Tag) -> Result<Option<Looked<()>>, Failure> {
        let found = self.at.resolve(tag).await?;
        Ok(found.map(|found| Looked { digest: found.digest, seen: () }))
    }

    /// The body this time: what is served counts, not what a header says.
    async fn look_again(&self, tag: &Tag) -> Result<Option<Digest>, Failure> {
        let RegistrySink { client, repository, .. } = self.at;
        let found = client.manifest(repository, ManifestName::Tag(tag)).await?;
        Ok(found.map(|(found, _)| found.digest))
    }

    async fn affirm(&self, swap: &Swap, _now: Option<Looked<()>>) -> Result<(), Failure> {
        self.at.affirm(&swap.tag, swap.expected.as_ref(), swap.to.as_ref()).await
    }

    /// A removal that broke off left the tag with a manifest of its own: it
    /// goes on, or what it removed is put back.
    async fn is_broken_off(&self, swap: &Swap, now: Option<&Looked<()>>) -> Result<bool, Failure> {
        let ends = match &swap.to {
            None => swap.expected.as_ref(),
            Some(to) => Some(&to.digest).filter(|_| swap.expected.is_none()),
        };
        let parted = ends.map(|names| parting(&swap.tag, names));
        Ok(now.is_some_and(|now| parted.as_ref() == Some(&now.digest)))
    }

    async fn write(&self, swap: &Swap, _now: Option<Looked<()>>) -> Result<u64, Failure> {
        match (&swap.to, &swap.expected) {
            (Some(to), _) => self.at.set_tag(&swap.tag, to).await?,
            (None, Some(names)) => {
                let removed = &self.together.removed;
                let remark = self.at.remove_tag(&swap.tag, names, removed).await?;
                let mut remarks =
                    self.together.remarks.lock().unwrap_or_else(PoisonError::into_inner);
                remarks.extend(remark);
            }
            (None, None) => {}
        }
        Ok(0)
    }

    fn conflict(&self, swap: &Swap, now: Option<&Digest>) -> Failure {
        self.at.conflict(&swap.tag, swap.expected.as_ref(), now)
    }

    fn unshown(&self, swap: &Swap, before: Option<&Digest>, after: Option<&Digest>) -> Failure {
        if before == after {
            return self.at.unseen(&swap.tag, after);
        }
        self.at.conflict(&swap.tag, swap.to.as_ref().map(|to| &to.digest), after)
    }

    fn show(&self, tag: &Tag) -> String {
        format!("{}:{tag}", self.at.name())
    }
}

impl RegistrySink {
    /// Names under `tag` what lies in the repository already.
    async fn set_tag(&self, tag: &Tag, to: &Descriptor) -> Result<(), Failure> {
        let name = ManifestName::Digest(&to.digest);
        let found = self.client.manifest(&self.repository, name).await;
        let Some((_, bytes)) = found.map_err(Failure::undone)? else {
            return Err(self.missing(to).undone());
        };
        let kind = to.media_type.as_str();
        self.client.put_manifest(&self.repository, ManifestName::Tag(tag), kind, bytes).await
    }

    /// Writes a tag again that reads as it is to be, where that may be a copy
    /// that is behind, of what it named before `expected`.
    async fn affirm(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
    ) -> Result<(), Failure> {
        let is_ours = to.is_some_and(|to| self.client.made(&self.repository, tag, &to.digest));
        if is_ours || expected == to.map(|to| &to.digest) {
            return Ok(());
        }
        self.client.knew(&self.repository, tag, expected);
        let written = match (to, expected) {
            (Some(to), _) => self.set_tag(tag, to).await,
            (None, Some(names)) => self.client.remove_rest(&self.repository, tag, names).await,
            (None, None) => Ok(()),
        };
        match written {
            Err(failure) if failure.is_transient() => Err(failure),
            // It names that already, and may not be written twice.
            _ => Ok(()),
        }
    }

    /// The failure of a move that was taken and is not shown: no other publisher
    /// is known to have moved the tag.
    fn unseen(&self, tag: &Tag, shown: Option<&Digest>) -> Failure {
        let shown = shown.map_or_else(|| "nothing".to_owned(), ToString::to_string);
        let why = format!("`{tag}` was moved, but the registry still shows {shown}");
        Failure::new(FailureKind::Timeout, Side::Sink, why)
            .context(self.name())
            .spent()
            .hint("the registry shows writes late: try again, or raise `show_timeout`")
    }

    fn conflict(&self, tag: &Tag, expected: Option<&Digest>, found: Option<&Digest>) -> Failure {
        let show = |digest: Option<&Digest>| {
            digest.map_or_else(|| "nothing".to_owned(), ToString::to_string)
        };
        let why = format!("`{tag}` names {}, not {}", show(found), show(expected));
        Failure::new(FailureKind::Conflict, Side::Sink, why)
            .context(self.name())
            .hint("another publisher moved the tag")
    }
}
