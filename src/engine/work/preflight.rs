//! What can be known of a sink before anything is sent.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{IndexOf, Inputs, ReleaseWorker, conflict, free_space::Shortfall, notices::notices};
use crate::{
    engine::{Done, Teller, graph},
    model::{
        ArtifactKind, Descriptor, Digest, Failure, FailureKind, Platform, Repository, Side,
        SinkName,
    },
    plan::{Expected, JobId, TagMove, TagTarget, Work},
    ports::SinkRepository,
    run::EventKind,
};

/// How many tags are looked at at once.
const PARALLEL: usize = 8;

impl ReleaseWorker {
    /// Asks `sink` whether it can be written to, and what its tags name.
    pub(super) async fn preflight(
        &self,
        job: JobId,
        sink: &SinkName,
        moves: &[TagMove],
        inputs: &Inputs,
        teller: &Teller,
    ) -> Result<Done, Failure> {
        self.refuse_twins(inputs)?;
        self.keep_indexes(inputs).await?;
        self.check_places(sink, moves).await?;
        self.refuse_full(sink, inputs).await?;
        self.refuse_taken(sink, inputs).await?;
        self.refuse_missing(sink).await?;
        self.refuse_unsigned(sink, inputs).await?;
        let looks: Vec<_> = moves.iter().map(|tag| self.look(sink, tag, inputs)).collect();
        let mut looks = stream::iter(looks).buffered(PARALLEL);
        let mut now = HashMap::new();
        while let Some((tag, target)) = looks.try_next().await? {
            let (name, after) = (tag.name.clone(), self.after(sink, tag, inputs).await?);
            let is_new = |target: &&Descriptor| {
                after.as_ref().is_none_or(|after| after.digest() != Some(&target.digest))
            };
            now.extend(target.as_ref().filter(is_new).map(|now| (&tag.name, now.clone())));
            teller.tell(EventKind::TagSeen { job, name, target, after }).await;
        }
        let seen = |tag: &TagMove| now.get(&tag.name).cloned();
        let mut lines = notices(&*self.places, &self.plan, sink, moves, seen).await;
        lines.extend(self.bare(sink, moves).await?);
        if !lines.is_empty() {
            teller.tell(EventKind::Notice { job, lines }).await;
        }
        Ok(Done::default())
    }

    /// Asks each repository of the sink whether it can be written to.
    async fn check_places(&self, sink: &SinkName, moves: &[TagMove]) -> Result<(), Failure> {
        let pushed = self.repositories(sink);
        for (repository, kind) in &pushed {
            self.places.open(sink, *kind, repository)?.check(*kind).await?;
        }
        let mut looked = HashSet::new();
        for TagMove { name, .. } in moves {
            let (repository, kind) = (&name.repository, name.kind);
            if pushed.contains(&(repository, kind)) || !looked.insert((repository, kind)) {
                continue;
            }
            let place = self.places.open(sink, kind, repository)?;
            // Elsewhere, what may be pushed says little of what may be removed.
            if place.shows_at_once() {
                place.check(kind).await?;
            }
        }
        Ok(())
    }

    /// What a tag names, where it can move.
    async fn look<'m>(
        &self,
        sink: &SinkName,
        tag: &'m TagMove,
        inputs: &Inputs,
    ) -> Result<(&'m TagMove, Option<Descriptor>), Failure> {
        self.refuse_lost(tag).await?;
        self.refuse_gone(sink, tag).await?;
        let place = self.place_of_tag(sink, &tag.name)?;
        let target = place.resolve(&tag.name.tag).await?;
        let target = target.filter(|now| !is_left_over(&*place, tag, &now.digest));
        self.refuse_conflict(sink, tag, target.as_ref(), inputs).await?;
        self.refuse_signed_over(sink, tag, target.as_ref()).await?;
        Ok((tag, target))
    }

    /// An archive without a variant in its name takes the one inside, which may
    /// be another archive's.
    fn refuse_twins(&self, inputs: &Inputs) -> Result<(), Failure> {
        for artifact in &self.plan.artifacts {
            let Some(IndexOf::New(index)) = self.index(&artifact.name, inputs) else { continue };
            let images: Vec<&Platform> = index
                .manifests
                .iter()
                .filter(|node| !node.is_attestation())
                .filter_map(|node| node.platform.as_ref())
                .collect();
            let twins = images.windows(2).find(|pair| pair[0].is_same(pair[1]));
            if let Some([platform, _]) = twins {
                let what = format!("`{}` has two images for {platform}", artifact.name);
                return Err(
                    Failure::new(FailureKind::Invalid, Side::Source, what).context(&artifact.from)
                );
            }
        }
        Ok(())
    }

    /// Keeps the indexes that are known already: a sink may have to look what
    /// is in them.
    async fn keep_indexes(&self, inputs: &Inputs) -> Result<(), Failure> {
        for artifact in &self.plan.artifacts {
            if let Some(IndexOf::New(index)) = self.index(&artifact.name, inputs) {
                self.store.put(&index.descriptor(), index.raw()).await?;
            }
        }
        Ok(())
    }

    /// A disk that has too little room for what it lacks.
    async fn refuse_full(&self, at: &SinkName, inputs: &Inputs) -> Result<(), Failure> {
        let mut shortfall = Shortfall::default();
        for job in self.plan.jobs() {
            let Work::Push { artifact, sink, repository, .. } = &job.work else { continue };
            let Some(manifest) = self.pushed(job, inputs).first().filter(|_| sink == at) else {
                continue;
            };
            let place = self.place_of(artifact, sink, repository)?;
            shortfall.add(at, &*place, graph(&*self.store, manifest).await?).await?;
        }
        Ok(())
    }

    /// Files that would change what tags name that do not move.
    async fn refuse_taken(&self, at: &SinkName, inputs: &Inputs) -> Result<(), Failure> {
        for job in self.plan.jobs() {
            let Work::Push { artifact, sink, repository, .. } = &job.work else { continue };
            let Some(root) = self.pushed(job, inputs).first().filter(|_| sink == at) else {
                continue;
            };
            let Some(platform) = &root.platform else { continue };
            let nodes = graph(&*self.store, root).await?.into_iter();
            let files = nodes.filter(|node| node.title().is_some());
            let files: Vec<Descriptor> = files.map(|file| file.on(platform.clone())).collect();
            self.place_of(artifact, sink, repository)?.refuse_taken(&files).await?;
        }
        Ok(())
    }

    /// The repositories that something is pushed to, each with what it will hold.
    fn repositories(&self, at: &SinkName) -> Vec<(&Repository, ArtifactKind)> {
        let joins = self.plan.jobs().iter().filter_map(|job| match &job.work {
            Work::Join { artifact, sink, repository } if sink == at => {
                Some((repository, self.plan.artifact(artifact)?.kind))
            }
            _ => None,
        });
        joins.collect()
    }

    /// What a tag will name; none where that is known only later.
    async fn after(
        &self,
        sink: &SinkName,
        tag: &TagMove,
        inputs: &Inputs,
    ) -> Result<Option<Expected>, Failure> {
        if matches!(tag.to, TagTarget::Job(job) if self.foresee(job, inputs).is_none()) {
            return Ok(None);
        }
        Ok(Some(Expected::of(self.target_at(sink, tag, inputs).await?.as_ref())))
    }

    /// A tag that is not where it should be, or that may not move.
    async fn refuse_conflict(
        &self,
        sink: &SinkName,
        tag: &TagMove,
        target: Option<&Descriptor>,
        inputs: &Inputs,
    ) -> Result<(), Failure> {
        let name = format!("`{}` at `{sink}`", tag.name);
        let now = target.map(|target| &target.digest);
        // What is yet to be built may turn out to be what is there.
        if let Some(after) = self.after(sink, tag, inputs).await? {
            if now == after.digest() {
                return Ok(());
            }
            refuse_written(&name, tag, now)?;
        }
        match &tag.expected {
            Some(expected) if expected.digest() != now => Err(moved(&name, now)),
            _ => Ok(()),
        }
    }
}

/// Whether a tag that is put back names what a removal of castoff's own left it
/// with that broke off, so that nothing of another publisher is there.
fn is_left_over(place: &dyn SinkRepository, tag: &TagMove, now: &Digest) -> bool {
    match (&tag.to, &tag.expected) {
        (TagTarget::Content(to), Some(Expected::Nothing)) => {
            place.left_by_removal(&tag.name.tag, &to.digest).as_ref() == Some(now)
        }
        _ => false,
    }
}

/// A tag that may not move, and names something else.
pub(super) fn refuse_written(
    name: &str,
    tag: &TagMove,
    now: Option<&Digest>,
) -> Result<(), Failure> {
    match now {
        Some(now) if tag.immutable => {
            Err(conflict(format!("{name} is immutable, and names {now}"))
                .hint("release under a new version, or remove the tag from `immutable`"))
        }
        Some(now) if tag.no_clobber => {
            Err(conflict(format!("{name} already exists, and names {now}"))
                .hint("choose another tag, or leave out --no-clobber to move this one"))
        }
        _ => Ok(()),
    }
}

/// Refuses a tag that another publisher moved. `name` is what it is called, and
/// where it is; `now` is what it names.
#[must_use]
pub fn moved(name: &str, now: Option<&Digest>) -> Failure {
    let now = now.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    conflict(format!("{name} moved meanwhile; it now names {now}"))
        .hint("another publisher is active here; check the tag, then begin a new run")
}
