//! What a release would do at each sink: what is there, what will be sent, and
//! what each tag names before and after.

use serde::Serialize;

use crate::model::{
    Digest, Present, PresentContent, PresentTag, Release, ReleaseArtifact, ReleasePlatform,
    SignerSpec, SinkName,
};

/// What one sink holds of one artifact.
#[derive(Clone, Debug, Serialize)]
pub struct Outlook {
    /// The sink.
    pub sink: String,
    /// The artifact.
    pub artifact: String,
    /// Its repository there.
    pub repository: String,
    /// Each platform with how much of it is there.
    pub platforms: Vec<(String, PresentContent)>,
    /// Each tag, before and after.
    pub tags: Vec<TagOutlook>,
    /// Its signers there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<String>,
}

/// A tag before and after a release.
#[derive(Clone, Debug, Serialize)]
pub struct TagOutlook {
    /// The tag.
    pub tag: String,
    /// What it names now.
    pub before: Option<Digest>,
    /// What it will name; none where that is known only once it is prepared.
    pub after: Option<Digest>,
    /// Whether the tag is written once and would change.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
    /// Whether the tag is written once and names something, so that it is
    /// refused unless that turns out to be the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub may_be_refused: bool,
}

/// What `release` would do, one entry for each artifact at each sink. A sink
/// that was not asked yet has neither platforms nor tags.
#[must_use]
pub fn outlook(release: &Release, present: &Present) -> Vec<Outlook> {
    let mut outlooks = Vec::new();
    for artifact in &release.artifacts {
        for (sink, repository) in &artifact.sinks {
            let content = |platform: &ReleasePlatform| {
                let key = (sink.clone(), artifact.name.clone(), platform.platform.clone());
                Some((platform.platform.to_string(), *present.content.get(&key)?))
            };
            let tags = present.tags.get(&(sink.clone(), artifact.name.clone()));
            let tags = tags.into_iter().flatten().map(|tag| TagOutlook::new(tag, artifact));
            outlooks.push(Outlook {
                sink: sink.to_string(),
                artifact: artifact.name.to_string(),
                repository: repository.to_string(),
                platforms: artifact.platforms.iter().filter_map(content).collect(),
                tags: tags.collect(),
                signers: signers(release, artifact, sink),
            });
        }
    }
    outlooks
}

/// The signers of an artifact at a sink.
fn signers(release: &Release, artifact: &ReleaseArtifact, sink: &SinkName) -> Vec<String> {
    let Some(sink) = release.sinks.iter().find(|of| of.name == *sink) else { return Vec::new() };
    let signs = |signer: &&SignerSpec| {
        artifact.signers.contains(&signer.name) && signer.kind().signs_at(artifact.kind, &sink.url)
    };
    release.signers.iter().filter(signs).map(|signer| signer.name.to_string()).collect()
}

impl TagOutlook {
    fn new(tag: &PresentTag, artifact: &ReleaseArtifact) -> Self {
        let after = tag.after.as_ref();
        let before = tag.target.as_ref().map(|target| target.digest.clone());
        let immutable = artifact.tags.iter().any(|of| of.tag == tag.tag && of.immutable);
        Self {
            tag: tag.tag.to_string(),
            may_be_refused: immutable && after.is_none() && before.is_some(),
            refused: immutable && after.is_some() && before.is_some() && before.as_ref() != after,
            before,
            after: after.cloned(),
        }
    }
}
