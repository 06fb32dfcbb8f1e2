//! The tags of a repository of a registry.
//!
//! Registries cannot move a tag on a condition, so [`RegistrySink::swap`]
//! looks before and after: a writer that comes between is seen, and named,
//! but not kept from writing.

use async_trait::async_trait;

use super::{RegistrySink, lock};
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Side, Tag},
    ports::{Output, Tags},
    registry::{ManifestName, parting},
};

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

    /// Sees to it that a tag that reads as it is to be is not read from a copy
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
        let why = format!("`{tag}` was moved, and is still shown to name {shown}");
        Failure::new(FailureKind::Timeout, Side::Sink, why)
            .context(self.name())
            .spent()
            .hint("the registry shows its writes late: look again, or raise `show_timeout`")
    }

    fn conflict(&self, tag: &Tag, expected: Option<&Digest>, found: Option<&Digest>) -> Failure {
        let show = |digest: Option<&Digest>| {
            digest.map_or_else(|| "nothing".to_owned(), ToString::to_string)
        };
        let why = format!("`{tag}` names {}, not {}", show(found), show(expected));
        Failure::new(FailureKind::Conflict, Side::Sink, why)
            .context(self.name())
            .hint("somebody else moved the tag")
    }
}

#[async_trait]
impl Tags for RegistrySink {
    async fn resolve(&self, tag: &Tag) -> Result<Option<Descriptor>, Failure> {
        self.client.describe_manifest(&self.repository, ManifestName::Tag(tag)).await
    }

    async fn swap(
        &self,
        tag: &Tag,
        expected: Option<&Digest>,
        to: Option<&Descriptor>,
        _output: &Output,
    ) -> Result<(), Failure> {
        let wanted = to.map(|to| &to.digest);
        let before = self.resolve(tag).await.map_err(Failure::undone)?.map(|found| found.digest);
        if before.as_ref() == wanted {
            return self.affirm(tag, expected, to).await;
        }
        // A removal that broke off left the tag with a manifest of its own: it
        // goes on, or what it removed is put back.
        let ends = if to.is_none() { expected } else { wanted.filter(|_| expected.is_none()) };
        let parted = ends.map(|names| parting(tag, names));
        if before.as_ref() != expected && (before.is_none() || before != parted) {
            return Err(self.conflict(tag, expected, before.as_ref()).undone());
        }
        match (to, expected) {
            (Some(to), _) => self.set_tag(tag, to).await?,
            (None, Some(names)) => self.remove_tag(tag, names).await?,
            (None, None) => {}
        }
        // The body this time: what is served counts, not what a header says.
        let after = self.client.manifest(&self.repository, ManifestName::Tag(tag)).await;
        let after = after.map_err(Failure::unsure)?;
        let after = after.map(|(found, _)| found.digest);
        if after.as_ref() == wanted {
            return Ok(());
        }
        if after == before {
            return Err(self.unseen(tag, before.as_ref()));
        }
        Err(self.conflict(tag, wanted, after.as_ref()))
    }

    fn part_with(&self, tags: &[&Tag]) {
        lock(&self.leaving).extend(tags.iter().copied().cloned());
    }

    fn leaving(&self, tag: &Tag, names: &Digest) -> Option<Digest> {
        Some(parting(tag, names))
    }

    fn remarks(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.remarks))
    }
}
