//! What the sinks hold of a release.

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    model::{
        Descriptor, Failure, Present, PresentContent, PresentTag, Release, ReleaseArtifact,
        ReleasePlatform, Repository, SinkName,
    },
    ports::{Place, Places, Source},
};

/// How many questions are asked of a place at once.
const PARALLEL: usize = 8;

/// Asks each sink what its tags name, and which content it has. `source` knows
/// what was prepared before.
///
/// # Errors
///
/// Fails where a sink gives any other answer than what it holds or "not
/// found": what is not known is not taken for absent.
pub async fn sinks(
    release: &Release,
    places: &dyn Places,
    source: &dyn Source,
) -> Result<Present, Failure> {
    let mut present = Present::default();
    for artifact in &release.artifacts {
        for (sink, repository) in &artifact.sinks {
            let asking = |failure: Failure| failure.context(format!("sink `{sink}`"));
            look(artifact, sink, repository, places, source, &mut present).await.map_err(asking)?;
        }
    }
    Ok(present)
}

async fn look(
    artifact: &ReleaseArtifact,
    sink: &SinkName,
    repository: &Repository,
    places: &dyn Places,
    source: &dyn Source,
    present: &mut Present,
) -> Result<(), Failure> {
    let place = places.open(sink, artifact.kind, repository)?;
    let mut tags = Vec::new();
    for tag in &artifact.tags {
        let target = place.resolve(&tag.tag).await?;
        tags.push(PresentTag { tag: tag.tag.clone(), target });
    }
    present.tags.insert((sink.clone(), artifact.name.clone()), tags);
    for platform in &artifact.platforms {
        let content = content(platform, &*place, source).await?;
        let key = (sink.clone(), artifact.name.clone(), platform.platform.clone());
        present.content.insert(key, content);
    }
    Ok(())
}

async fn content(
    platform: &ReleasePlatform,
    place: &dyn Place,
    source: &dyn Source,
) -> Result<PresentContent, Failure> {
    let Some(root) = &platform.prepared else {
        return Ok(PresentContent::AtMost { to_send: platform.source_size() });
    };
    let mut nodes: Vec<Descriptor> = source.successors(root).await?;
    for node in &mut nodes {
        node.platform.clone_from(&root.platform);
    }
    nodes.push(root.clone());
    stream::iter(nodes)
        .map(async |node: Descriptor| Ok((place.exists(&node).await?, node.size)))
        .buffer_unordered(PARALLEL)
        .try_fold((0, 0), async |(present, to_send), (there, size)| {
            Ok(if there { (present + size, to_send) } else { (present, to_send + size) })
        })
        .await
        .map(|(present, to_send)| PresentContent::Exactly { present, to_send })
}
