//! Tags that are removed from a registry, as far as it can.

use std::collections::BTreeSet;

use super::RegistrySink;
use crate::{
    model::{Descriptor, Digest, Failure, FailureKind, Remedy, Side, Tag},
    ports::{all_tags, read_node, resolve_all},
    registry::{ManifestName, Removal, Untagged},
};

impl RegistrySink {
    /// Removes a tag, of several that are `removed`. Returns what was done
    /// instead where the registry cannot remove tags.
    pub(super) async fn remove_tag(
        &self,
        tag: &Tag,
        names: &Digest,
        removed: &BTreeSet<Tag>,
    ) -> Result<Option<String>, Failure> {
        match self.client.remove_tag(&self.repository, tag, names).await? {
            Untagged::ByName => Ok(None),
            Untagged::ByDigest(digest) => Ok(Some(format!(
                "{} can only delete digests: `{tag}` was moved to an empty manifest, {digest}, \
                 which was deleted; {names} and its other tags are unchanged",
                self.client.host()
            ))),
            Untagged::Tied(refusal) => {
                self.refuse_tied(tag, names, removed, &refusal).await?;
                self.remove_digest(names, refusal).await.map(Some)
            }
            Untagged::Not => {
                let why = format!("the registry cannot remove tags, so `{tag}` is unchanged");
                Err(Failure::new(FailureKind::Protocol, Side::Sink, why).context(self.name()).undone().hint(
                    "remove it with the registry's own tools; deleting the manifest would remove its other tags too",
                ))
            }
        }
    }

    /// Fails where a tag would go with what `tag` names that is to stay.
    async fn refuse_tied(
        &self,
        tag: &Tag,
        names: &Digest,
        removed: &BTreeSet<Tag>,
        refusal: &Failure,
    ) -> Result<(), Failure> {
        let listed = all_tags(self).await.map_err(Failure::undone)?;
        // A list without the tag that is removed is not whole.
        let Some(mut others) = listed.filter(|listed| listed.contains(tag)) else {
            let why = format!(
                "the list of tags lacks `{tag}`, so it is not known which tags would be removed"
            );
            return Err(Failure::new(FailureKind::Server, Side::Sink, why)
                .context(self.name())
                .undone());
        };
        others.retain(|other| other != tag && !removed.contains(other));
        let others = resolve_all(self, others).await.map_err(Failure::undone)?;
        let mut tied = Vec::new();
        for (other, root) in others {
            if self.leads_to(&root, names).await.map_err(Failure::undone)? {
                tied.push(format!("`{other}`"));
            }
        }
        if tied.is_empty() {
            return Ok(());
        }
        let why = format!(
            "the registry can only delete the content of `{tag}`, and {} would be removed with \
             it",
            tied.join(", ")
        );
        Err(Failure::new(FailureKind::Protocol, Side::Sink, why)
            .because(refusal)
            .context(self.name())
            .undone()
            .hint(Remedy::RemoveSiblings))
    }

    /// Removes a manifest, and with it all its tags.
    async fn remove_digest(&self, names: &Digest, refusal: Failure) -> Result<String, Failure> {
        let name = ManifestName::Digest(names);
        if self.client.delete_manifest(&self.repository, name).await? == Removal::Unsupported {
            return Err(refusal);
        }
        Ok(format!(
            "{} can only delete digests, and cannot move tags: {names} was deleted with all its \
             tags",
            self.client.host()
        ))
    }

    /// Whether `root` is `names`, or an index that would be left without it.
    async fn leads_to(&self, root: &Descriptor, names: &Digest) -> Result<bool, Failure> {
        if root.digest == *names || !root.is_index() {
            return Ok(root.digest == *names);
        }
        let below = read_node(self, root).await?.successors();
        Ok(below.iter().any(|node| node.digest == *names))
    }
}
