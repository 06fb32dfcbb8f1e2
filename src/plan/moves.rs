//! The tags that a release moves at a sink.

use super::{PlanRefusal, SameTag};
use crate::model::{
    ArtifactName, Descriptor, Joining, Platform, ReleaseArtifact, Repository, SinkSpec, SinkUrl,
    TagName,
};

/// A tag that will move, before the job that stages its target has a number.
pub(super) struct PendingMove {
    pub(super) artifact: ArtifactName,
    pub(super) what: MoveTarget,
    pub(super) name: TagName,
    pub(super) immutable: bool,
}

/// What of an artifact a tag will name.
#[derive(PartialEq, Eq)]
pub(super) enum MoveTarget {
    /// One platform.
    Platform(Platform),
    /// What is there already.
    Content(Box<Descriptor>),
    /// All of it.
    Whole,
}

/// The tags of an artifact at a sink: those of its platforms, and its own.
pub(super) fn moves_of(
    sink: &SinkSpec,
    artifact: &ReleaseArtifact,
    repository: &Repository,
) -> Result<Vec<PendingMove>, PlanRefusal> {
    let name = |tag| TagName { kind: artifact.kind, repository: repository.clone(), tag };
    let mut moves = Vec::new();
    moves.extend(artifact.also.iter().map(|(tag, content)| PendingMove {
        artifact: artifact.name.clone(),
        what: MoveTarget::Content(Box::new(content.clone())),
        name: name(tag.clone()),
        immutable: false,
    }));
    for tag in &artifact.tags {
        let platforms = artifact.platforms.iter().filter(|_| sink.platform_tags);
        for platform in platforms.map(|platform| &platform.platform) {
            moves.push(PendingMove {
                artifact: artifact.name.clone(),
                what: MoveTarget::Platform(platform.clone()),
                name: name(format!("{}-{}", tag.tag, platform.tag_suffix()).parse()?),
                immutable: tag.immutable,
            });
        }
        if artifact.joining == Joining::Apart {
            continue;
        }
        moves.push(PendingMove {
            artifact: artifact.name.clone(),
            what: MoveTarget::Whole,
            name: name(tag.tag.clone()),
            immutable: tag.immutable,
        });
    }
    Ok(moves)
}

/// Fails where two artifacts would write one tag of one repository.
pub(super) fn refuse_same_tag(sink: &SinkSpec, moves: &[PendingMove]) -> Result<(), PlanRefusal> {
    // A bucket holds images and files in two layouts that do not meet.
    let apart = matches!(sink.url, SinkUrl::S3(_));
    for (place, one) in moves.iter().enumerate() {
        let twin = |other: &&PendingMove| {
            let (other, one) = (&other.name, &one.name);
            (&other.repository, &other.tag) == (&one.repository, &one.tag)
                && !(apart && other.kind != one.kind)
        };
        if let Some(other) = moves[..place].iter().find(twin) {
            return Err(Box::new(SameTag {
                first: other.artifact.clone(),
                second: one.artifact.clone(),
                sink: sink.name.clone(),
                name: one.name.clone(),
            })
            .into());
        }
    }
    Ok(())
}
