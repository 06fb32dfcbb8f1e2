//! Where the content of files lies before their tag names it.

use super::{StaticFiles, WORK, documents::PREFIX};
use crate::model::{Descriptor, Digest, Failure, FailureKind};

impl StaticFiles {
    /// Where content waits until its tag moves. Each publisher has a folder of
    /// its own, which no other one clears.
    pub(super) fn staging(&self) -> String {
        format!("{}{}/", self.all_staged(), self.holder)
    }

    pub(super) fn all_staged(&self) -> String {
        format!("{PREFIX}/{}/{}/", self.name, WORK[0])
    }

    pub(super) fn staged(&self, digest: &Digest) -> String {
        format!("{}{}", self.staging(), digest.hex())
    }

    /// Takes over what another publisher staged and left. Returns whether
    /// there was such.
    pub(super) async fn inherit(&self, node: &Descriptor) -> Result<bool, Failure> {
        let left = self
            .left
            .get_or_try_init(async || {
                let all = self.objects.walk(&self.all_staged()).await?;
                Ok::<_, Failure>(all.into_iter().map(|written| written.name).collect::<Vec<_>>())
            })
            .await?;
        let is_it = |name: &&String| name.rsplit('/').next() == Some(node.digest.hex());
        for name in left.iter().filter(is_it) {
            let (from, to) = (format!("{}{name}", self.all_staged()), self.staged(&node.digest));
            if !self.lies_at(&from, node).await? {
                continue;
            }
            match self.objects.copy(&from, &to).await {
                Err(failure) if failure.kind == FailureKind::NotFound => {}
                copied => {
                    copied?;
                    return self.lies_at(&to, node).await;
                }
            }
        }
        Ok(false)
    }

    pub(super) async fn lies_at(&self, key: &str, node: &Descriptor) -> Result<bool, Failure> {
        if self.known.is_wrong(key) {
            return Ok(false);
        }
        self.objects.holds(key, node).await
    }

    /// Where the content of a file may lie: staged, or under a tag of this
    /// release, unless that is a name for another tag.
    pub(super) async fn places(&self, node: &Descriptor) -> Result<Vec<String>, Failure> {
        let mut places = vec![self.staged(&node.digest)];
        for tag in &self.tags {
            if !self.objects.is_link(&self.folder(tag)).await? {
                places.push(self.file(tag.as_str(), node)?);
            }
        }
        Ok(places)
    }

    /// Where the content of a file lies: under a tag of this release, staged,
    /// or under the newest tag that there is.
    pub(super) async fn find(&self, node: &Descriptor) -> Result<Option<String>, Failure> {
        for key in self.places(node).await? {
            if self.lies_at(&key, node).await? {
                return Ok(Some(key));
            }
        }
        // The list is only read for what is nowhere else.
        let Some(newest) = self.newest_tag().await? else { return Ok(None) };
        let key = self.file(&newest, node)?;
        Ok(self.lies_at(&key, node).await?.then_some(key))
    }
}
