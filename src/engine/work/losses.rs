//! Platforms that a tag has now and will not have: told before it moves.

use std::collections::HashMap;

use super::ReleaseWorker;
use crate::{
    model::{Descriptor, Failure, Node, Platform, ReleasePlatform, SinkName, TagName},
    plan::{TagMove, TagTarget, Work},
    ports::read_node,
};

impl ReleaseWorker {
    /// A line for each tag whose index has platforms that this run does not
    /// release, as when it is for some platforms only. What cannot be read is
    /// left out: the tag moves from it, whatever it is.
    pub(super) async fn losses(
        &self,
        sink: &SinkName,
        moves: &[TagMove],
        now: &HashMap<&TagName, Descriptor>,
    ) -> Vec<String> {
        let mut lines = Vec::new();
        for tag in moves {
            let Some(now) = now.get(&tag.name).filter(|now| now.is_index()) else { continue };
            let Some(ours) = self.released(sink, tag) else { continue };
            match self.lost(sink, tag, now, ours).await {
                Ok(lost) if lost.is_empty() => {}
                Ok(lost) => {
                    let (name, lost) = (&tag.name, lost.join(", "));
                    lines.push(format!(
                        "`{name}` at {sink} loses {lost}, which this run does not release"
                    ));
                }
                Err(failure) => tracing::info!("{} at {sink}: {failure}", tag.name),
            }
        }
        lines
    }

    /// The platforms that a tag's index is made of; none where it has others
    /// besides.
    fn released(&self, sink: &SinkName, tag: &TagMove) -> Option<&[ReleasePlatform]> {
        let TagTarget::Job(job) = tag.to else { return None };
        let Work::Join { artifact, .. } = &self.plan.job(job)?.work else { return None };
        let is_whole = !self.is_merged(artifact, sink);
        Some(self.plan.artifact(artifact).filter(|_| is_whole)?.platforms.as_slice())
    }

    async fn lost(
        &self,
        sink: &SinkName,
        tag: &TagMove,
        now: &Descriptor,
        ours: &[ReleasePlatform],
    ) -> Result<Vec<String>, Failure> {
        let Some(spec) = self.plan.sink(sink) else { return Ok(Vec::new()) };
        let place = self.places.shelf(spec, tag.name.kind, &tag.name.repository)?;
        let Node::Index(index) = read_node(&*place, now).await? else { return Ok(Vec::new()) };
        let images = index.manifests.iter().filter(|of| !of.is_attestation());
        let theirs = images.filter_map(|of| of.platform.as_ref());
        let is_lost = |of: &&Platform| !ours.iter().any(|ours| ours.platform.is_same(of));
        Ok(theirs.filter(is_lost).map(ToString::to_string).collect())
    }
}
