//! Tags that a rollback puts back to what its place has no more: what was
//! about that, such as signatures, is not in the content store as it is itself.

use super::ReleaseWorker;
use crate::{
    model::{ArtifactKind, Failure, SinkName},
    plan::{TagMove, TagTarget},
};

impl ReleaseWorker {
    /// A line for each such tag of which no run of this machine noted what was
    /// about what it named.
    pub(super) async fn bare(
        &self,
        sink: &SinkName,
        moves: &[TagMove],
    ) -> Result<Vec<String>, Failure> {
        let mut lines = Vec::new();
        if self.plan.undoes.is_none() {
            return Ok(lines);
        }
        for tag in moves.iter().filter(|tag| tag.about.is_empty() && !tag.about_known) {
            let (TagTarget::Content(to), ArtifactKind::Image) = (&tag.to, tag.name.kind) else {
                continue;
            };
            if !self.place_of_tag(sink, &tag.name)?.exists(to).await? {
                lines.push(format!(
                    "`{}` at {sink} is restored from the content store, without the signatures \
                     and other artifacts that were attached to {} there",
                    tag.name,
                    to.digest.short(),
                ));
            }
        }
        Ok(lines)
    }
}
