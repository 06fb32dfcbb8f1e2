//! What is about a manifest of a static registry: a list that clients ask for.

use super::StaticRegistry;
use crate::{
    model::{Descriptor, Digest, Failure, Index, Node, Tag, media_type},
    sink::{
        contention::Contention,
        failures,
        objects::{Read, Version},
    },
};

impl StaticRegistry {
    /// Where the list of what is about `subject` lies, as clients ask for it.
    fn referrers_key(&self, subject: &Digest) -> String {
        format!("v2/{}/referrers/{subject}", self.repository)
    }

    /// The manifests that name `subject` as theirs: those of the list, and of
    /// the index that others keep under a tag.
    pub(super) async fn listed(&self, subject: &Digest) -> Result<Vec<Descriptor>, Failure> {
        Ok(self.referrers_seen(subject).await?.0.manifests)
    }

    /// The same, and which writing of the list that was; none where there is
    /// no list.
    async fn referrers_seen(&self, subject: &Digest) -> Result<(Index, Option<Version>), Failure> {
        let mut found: Option<Index> = None;
        let (key, tag_key) = (self.referrers_key(subject), self.tag_key(&Tag::about(subject, "")));
        let listed = self.objects.read(&key).await?;
        let (listed, seen) = listed.map(|Read { bytes, version }| (bytes, version)).unzip();
        let tagged = self.objects.get(&tag_key).await?;
        for (key, bytes) in [(key, listed), (tag_key, tagged)] {
            let Some(bytes) = bytes else { continue };
            let parsed = Node::parse(bytes, media_type::INDEX).map_err(|error| {
                failures::unreadable(&error, self.objects.show(&key))
                    .hint("restore it, or remove it and attach the artifacts that it listed again")
            })?;
            let Node::Index(index) = parsed else { continue };
            found = Some(match found {
                Some(found) => found.and(index.manifests),
                None => index,
            });
        }
        Ok((found.unwrap_or_else(|| Index::listing(Vec::new())), seen))
    }

    /// Adds to the list of what is about `subject`: read, added to, written
    /// and read again, so that of two publishers that add at once neither is lost.
    pub(super) async fn refer(
        &self,
        subject: &Digest,
        referrer: &Descriptor,
    ) -> Result<(), Failure> {
        let key = self.referrers_key(subject);
        let mut contention = Contention::new(self.objects.random());
        loop {
            let (known, seen) = self.referrers_seen(subject).await?;
            if known.manifests.iter().any(|node| node.digest == referrer.digest) {
                return Ok(());
            }
            let list = known.and(vec![referrer.clone()]);
            match self.objects.replace(&key, seen.as_ref(), list.raw(), media_type::INDEX).await {
                Err(failure) if Contention::caused(&failure) => {}
                written => written?,
            }
            contention.wait(&self.objects.show(&key)).await?;
        }
    }
}
