//! An index over what several machines have pushed.
//!
//! It is made late: what others pushed until then is in it, and what a tag
//! named then is what it must name when it moves. Registries move tags on no
//! condition, so one more look follows the move: a publisher of a platform at
//! the same moment has moved the platform's tag before the index's, and is
//! seen then.

use std::{collections::HashSet, sync::Arc};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Inputs, ReleaseWorker, conflict, internal};
use crate::{
    engine::{Done, Teller},
    model::{
        ArtifactName, Descriptor, Failure, FailureKind, ImageConfig, Index, Joining,
        MANIFEST_LIMIT, Manifest, Node, Platform, Remedy, Repository, SinkName, Tag, TagName,
        merged,
    },
    plan::{Expected, JobId, TagMove, TagTarget, Work},
    ports::{Desk, Shelf, read_node},
    run::EventKind,
};

/// How many tags are asked for at once.
const PARALLEL: usize = 8;

/// What is published under a tag and its tags of single platforms.
pub struct Elsewhere {
    /// What the tag names.
    pub tagged: Option<Descriptor>,
    /// What is there, each with its platform, and what is about it: of one
    /// platform once, as the tag of the platform has it.
    pub manifests: Vec<Descriptor>,
}

impl Elsewhere {
    /// Looks at `tag`, and at its tags for single `platforms`.
    ///
    /// # Errors
    ///
    /// Fails on any answer but what a tag names, or that there is none.
    pub async fn look(
        shelf: &dyn Shelf,
        tag: &Tag,
        platforms: &[Platform],
    ) -> Result<Self, Failure> {
        let tagged = shelf.resolve(tag).await?;
        let listed = match &tagged {
            Some(root) => listed(shelf, root).await?,
            None => Vec::new(),
        };
        let looks: Vec<_> =
            platforms.iter().map(|platform| of_platform(shelf, tag, platform, &listed)).collect();
        let apart: Vec<Vec<Descriptor>> =
            stream::iter(looks).buffered(PARALLEL).try_collect().await?;
        Ok(Self { tagged, manifests: merged(&apart.concat(), &listed) })
    }

    /// What is there for a platform, if anything is.
    #[must_use]
    pub fn of(&self, platform: &Platform) -> Option<&Descriptor> {
        let is_it =
            |of: &&Descriptor| of.platform.as_ref().is_some_and(|own| own.matches(platform));
        self.manifests.iter().find(is_it)
    }

    /// Whether the tag names just what is there.
    #[must_use]
    pub fn is_joined(&self) -> bool {
        self.is_joined_with(&[])
    }

    /// The same, where `own` counts before what is there.
    fn is_joined_with(&self, own: &[Descriptor]) -> bool {
        let index = Index::listing(merged(own, &self.manifests)).descriptor();
        self.tagged.as_ref().is_some_and(|tagged| tagged.digest == index.digest)
    }
}

/// What a tag names, platform by platform.
async fn listed(shelf: &dyn Shelf, root: &Descriptor) -> Result<Vec<Descriptor>, Failure> {
    match read_node(shelf, root).await? {
        Node::Index(index) => Ok(index.manifests),
        Node::Manifest(manifest) => {
            let found = platform_of(shelf, &manifest).await?;
            Ok(found.map(|platform| root.clone().on(platform)).into_iter().collect())
        }
    }
}

/// What the tag of one platform names. `listed` is known already.
async fn of_platform(
    shelf: &dyn Shelf,
    tag: &Tag,
    platform: &Platform,
    listed: &[Descriptor],
) -> Result<Vec<Descriptor>, Failure> {
    // A tag may be too long for one more word.
    let Ok(tag) = format!("{tag}-{}", platform.tag_suffix()).parse::<Tag>() else {
        return Ok(Vec::new());
    };
    let Some(found) = shelf.resolve(&tag).await? else { return Ok(Vec::new()) };
    if let Some(known) = listed.iter().find(|known| known.digest == found.digest) {
        return Ok(vec![known.clone()]);
    }
    match read_node(shelf, &found).await? {
        Node::Index(index) => Ok(index.manifests),
        Node::Manifest(manifest) => {
            let own = platform_of(shelf, &manifest).await?;
            Ok(vec![found.on(own.unwrap_or_else(|| platform.clone()))])
        }
    }
}

/// What an image says that it is for; none where it is no image.
async fn platform_of(shelf: &dyn Shelf, manifest: &Manifest) -> Result<Option<Platform>, Failure> {
    let config = shelf.read(&manifest.config, MANIFEST_LIMIT).await?;
    let config = serde_json::from_slice::<ImageConfig>(&config).ok();
    Ok(config.and_then(|config| config.platform().ok()))
}

impl ReleaseWorker {
    pub(super) fn joining(&self, artifact: &ArtifactName) -> Joining {
        self.plan.artifact(artifact).map_or_else(Joining::default, |planned| planned.joining)
    }

    /// The platforms that others may have published, each under a tag of its own.
    fn elsewhere(&self, artifact: &ArtifactName) -> &[Platform] {
        self.plan.artifact(artifact).map_or(&[], |planned| &planned.elsewhere)
    }

    /// Whether an index may have the platforms of others besides: where their
    /// tags can be looked at.
    pub(super) fn merges_at(
        &self,
        artifact: &ArtifactName,
        sink: &SinkName,
        repository: &Repository,
    ) -> Result<bool, Failure> {
        Ok(self.shelf_of(artifact, sink, repository)?.is_some())
    }

    pub(super) fn is_merged(
        &self,
        artifact: &ArtifactName,
        sink: &SinkName,
        repository: &Repository,
    ) -> bool {
        // What cannot be opened fails where it is needed.
        let merges = || self.merges_at(artifact, sink, repository).unwrap_or(false);
        self.joining(artifact) == Joining::Merged && merges()
    }

    /// Joins an artifact's platforms with those that others have published.
    pub(super) async fn merge(
        &self,
        job: JobId,
        (artifact, sink, repository): (&ArtifactName, &SinkName, &Repository),
        inputs: &Inputs,
        desk: &Desk,
        teller: &Teller,
    ) -> Result<Done, Failure> {
        let place = self.place_of(artifact, sink, repository)?;
        let stock = Arc::clone(&place).shelf();
        let stock = stock.ok_or_else(|| internal("the sink cannot be looked at"))?;
        let names = self.names_of(job);
        let first = names.first().ok_or_else(|| internal("the index has no tag"))?;
        let found = Elsewhere::look(&*stock, &first.tag, self.elsewhere(artifact)).await?;
        let index = self.joined(artifact, inputs, &found)?;
        self.store.put(&index.descriptor(), index.raw()).await?;
        // What others pushed is where it is to be; its manifests are learnt,
        // so that it can be read back.
        self.learn(stock.clone(), &index.descriptor()).await?;
        let there: HashSet<_> = index.manifests.iter().map(|of| of.digest.clone()).collect();
        for platform in index.manifests.iter().filter_map(|of| of.platform.as_ref()) {
            desk.output.line(format!("{first} has {platform}"));
        }
        let done = self.copy(&*self.store, index.descriptor(), &*place, there, desk).await?;
        for name in names.clone() {
            let target = place.resolve(&name.tag).await?;
            // What was looked at and merged is what a tag may move from.
            if name == *first && target != found.tagged {
                return Err(conflict(format!("`{name}` at `{sink}` moved while castoff read it")));
            }
            let after = Some(Expected::Digest(index.descriptor().digest));
            teller.tell(EventKind::TagSeen { job, name, target, after }).await;
        }
        Ok(done)
    }

    /// The index of this machine's platforms and of those that were found.
    fn joined(
        &self,
        artifact: &ArtifactName,
        inputs: &Inputs,
        found: &Elsewhere,
    ) -> Result<Index, Failure> {
        let own = self.own(artifact, inputs)?;
        let all = merged(&own, &found.manifests);
        if all.is_empty() {
            let what = "all entries were skipped due to missing source image references";
            return Err(Failure::new(FailureKind::NotFound, crate::model::Side::Sink, what)
                .hint(Remedy::PushPlatform));
        }
        Ok(Index::listing(all))
    }

    /// The manifests of an artifact's own platforms.
    fn own(&self, artifact: &ArtifactName, inputs: &Inputs) -> Result<Vec<Descriptor>, Failure> {
        match self.index(artifact, inputs) {
            Some(super::IndexOf::New(index)) => Ok(index.manifests),
            _ => Err(internal("a platform was never pushed")),
        }
    }

    /// Joins nothing: what was pushed is all that tags will name.
    pub(super) fn leave_apart(
        &self,
        artifact: &ArtifactName,
        inputs: &Inputs,
    ) -> Result<Done, Failure> {
        Ok(Done { made: self.own(artifact, inputs)?, reused: true, ..Done::default() })
    }

    /// The tags that will name what a join makes, in order.
    fn names_of(&self, join: JobId) -> Vec<TagName> {
        let mut names: Vec<TagName> = Vec::new();
        for job in self.plan.jobs().iter().filter(|job| matches!(job.work, Work::Tag { .. })) {
            let own = job.work.moves().iter().filter(|tag| tag.to == TagTarget::Job(join));
            names.extend(own.map(|tag| tag.name.clone()));
        }
        names
    }

    /// Fails where another publisher pushed a platform at the same moment, which the
    /// index does not have yet.
    pub(super) async fn refuse_overtaken(
        &self,
        sink: &SinkName,
        moves: &[TagMove],
        inputs: &Inputs,
    ) -> Result<(), Failure> {
        for job in self.plan.jobs() {
            let Work::Join { artifact, sink: at, repository } = &job.work else { continue };
            if at != sink || self.joining(artifact) != Joining::Merged {
                continue;
            }
            let names = self.names_of(job.id);
            let Some(first) = names.first() else { continue };
            if !moves.iter().any(|tag| tag.name == *first) {
                continue;
            }
            let Some(stock) = self.shelf_of(artifact, sink, repository)? else { continue };
            let made = inputs.of(job.id).and_then(<[_]>::first);
            let made = made.ok_or_else(|| internal("an index was never joined"))?;
            let now = Elsewhere::look(&*stock, &first.tag, self.elsewhere(artifact)).await?;
            if !now.is_joined_with(&self.store.successors(made).await?) {
                return Err(conflict(format!(
                    "another publisher pushed another platform of `{first}` to `{sink}` at the \
                     same time"
                ))
                .hint(Remedy::ResumeAndJoin));
            }
        }
        Ok(())
    }
}
