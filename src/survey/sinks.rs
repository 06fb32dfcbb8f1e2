//! What the sinks hold of a release.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::concurrency::at_once;
use crate::{
    model::{
        Descriptor, Failure, FailureKind, Present, PresentContent, PresentTag, Release,
        ReleaseArtifact, ReleasePlatform, Repository, Side, SinkName,
    },
    ports::{Places, SinkRepository, Source},
};

/// How many questions are asked of a place at once.
const PARALLEL: usize = 8;

/// Asks many sinks at once what their tags name, and which content they have.
/// `source` knows what was prepared before.
///
/// Returns what is known, and for each sink that gave any other answer than
/// what it holds or "not found", why: what is not known is not taken for
/// absent.
pub async fn sinks(
    release: &Release,
    places: &dyn Places,
    source: &dyn Source,
) -> (Present, Vec<Failure>) {
    let looks = destinations(release).map(async |(artifact, sink, repository)| {
        let found = look(artifact, sink, repository, places, source).await;
        found.map_err(|failure| failure.context(format!("sink `{sink}`")))
    });
    let (mut present, mut failures) = (Present::default(), Vec::new());
    for found in at_once(looks).await {
        match found {
            Ok(Present { tags, content }) => {
                present.tags.extend(tags);
                present.content.extend(content);
            }
            Err(failure) => failures.push(failure),
        }
    }
    (present, failures)
}

/// Each artifact at each sink that it goes to, with its repository there.
fn destinations(
    release: &Release,
) -> impl Iterator<Item = (&ReleaseArtifact, &SinkName, &Repository)> {
    release
        .artifacts
        .iter()
        .flat_map(|artifact| artifact.sinks.iter().map(move |(sink, at)| (artifact, sink, at)))
}

async fn look(
    artifact: &ReleaseArtifact,
    sink: &SinkName,
    repository: &Repository,
    places: &dyn Places,
    source: &dyn Source,
) -> Result<Present, Failure> {
    let mut present = Present::default();
    let place = places.open(sink, artifact.kind, repository)?;
    let after = match artifact.foreseen() {
        Some(index) => form_at(&*place, &index).await?.map(|form| form.digest),
        None => None,
    };
    let mut tags = Vec::new();
    for tag in &artifact.tags {
        let target = place.resolve(&tag.tag).await?;
        tags.push(PresentTag { tag: tag.tag.clone(), target, after: after.clone() });
    }
    present.tags.insert((sink.clone(), artifact.name.clone()), tags);
    for platform in &artifact.platforms {
        let content = content(platform, &*place, source).await?;
        let key = (sink.clone(), artifact.name.clone(), platform.platform.clone());
        present.content.insert(key, content);
    }
    Ok(present)
}

/// What a place will have for an index; none where it must look into one that
/// was never made.
async fn form_at(
    place: &dyn SinkRepository,
    index: &Descriptor,
) -> Result<Option<Descriptor>, Failure> {
    match place.form_of(index).await {
        Ok(form) => Ok(Some(form)),
        Err(failure) if (failure.kind, failure.side) == (FailureKind::NotFound, Side::Local) => {
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// Asks many sinks at once whether they can be written to and hold what they
/// are to hold. Returns why not.
pub async fn permissions(release: &Release, places: &dyn Places) -> Vec<Failure> {
    let checks = destinations(release).map(async |(artifact, sink, repository)| {
        let check =
            async { places.open(sink, artifact.kind, repository)?.check(artifact.kind).await };
        check.await.err().map(|failure| failure.context(format!("sink `{sink}`")))
    });
    at_once(checks).await.into_iter().flatten().collect()
}

async fn content(
    platform: &ReleasePlatform,
    place: &dyn SinkRepository,
    source: &dyn Source,
) -> Result<PresentContent, Failure> {
    let Some(root) = &platform.prepared else {
        if platform.built_from.is_some() {
            return Ok(PresentContent::Unbuilt);
        }
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
