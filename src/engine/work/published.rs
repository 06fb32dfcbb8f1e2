//! Content that is published already, as a source to copy from.

use std::sync::Arc;

use async_trait::async_trait;

use super::{ReleaseWorker, free_space::Shortfall, internal};
use crate::{
    engine::{copy::lacking, graph},
    model::{
        ArtifactKind, ArtifactName, Descriptor, Digest, Failure, FailureKind, MANIFEST_LIMIT,
        Origin, Published, Side, SinkName,
    },
    plan::Work,
    ports::{Attachment, Content, Desk, Shelf, Source, Store, check_content},
};

/// A place that is copied from. Manifests go through the store, so that what
/// was copied can be checked, and put back; the rest goes straight over.
struct PublishedSource {
    stock: Arc<dyn Shelf>,
    store: Arc<dyn Store>,
}

impl ReleaseWorker {
    /// Where an artifact's content is read.
    pub(super) async fn source_of(
        &self,
        artifact: &ArtifactName,
    ) -> Result<Arc<dyn Source>, Failure> {
        let planned = self.plan.artifact(artifact);
        match &planned.ok_or_else(|| internal("the artifact is not in the plan"))?.from {
            Origin::Published(published) => self.published(published).await,
            _ => Ok(Arc::clone(&self.store) as _),
        }
    }

    async fn published(&self, from: &Published) -> Result<Arc<dyn Source>, Failure> {
        let stock = self.places.shelf(from.place()?, from.kind, &from.repository)?;
        // The manifests of files are made from what lies under their tag.
        if let (ArtifactKind::Files, Some(tag)) = (from.kind, &from.tag) {
            let now = stock.resolve(tag).await?.map(|now| now.digest);
            if now.as_ref() != Some(&from.root.digest) {
                let why = format!("{from} has changed since the run began");
                return Err(
                    Failure::new(FailureKind::Integrity, Side::Source, why).hint("begin a new run")
                );
            }
        }
        Ok(Arc::new(PublishedSource { stock, store: Arc::clone(&self.store) }))
    }

    /// Reads all files of an artifact that is signed where it lies: a user that may
    /// write there may say anything of them.
    pub(super) async fn read_through(
        &self,
        artifact: &ArtifactName,
        desk: &Desk,
    ) -> Result<(), Failure> {
        let planned = self.plan.artifact(artifact);
        let Some(Origin::Published(published)) = planned.map(|planned| &planned.from) else {
            return Ok(());
        };
        if published.kind != ArtifactKind::Files {
            return Ok(());
        }
        let source = self.published(published).await?;
        let mut files = graph(&*source, &published.root).await?;
        files.retain(|node| node.title().is_some());
        desk.meter.expect(files.iter().map(|file| file.size).sum());
        for file in files {
            check_content(&*source.open(&file).await?, &file, &desk.meter).await?;
        }
        Ok(())
    }

    /// Takes the manifests below `root` into the store, as far as they are not
    /// there.
    pub(super) async fn learn(
        &self,
        stock: Arc<dyn Shelf>,
        root: &Descriptor,
    ) -> Result<(), Failure> {
        let source = PublishedSource { stock, store: Arc::clone(&self.store) };
        graph(&source, root).await.map(drop)
    }

    /// Reads the manifests of all that is copied to `at`, and fails where the
    /// disk there has too little room for what it lacks.
    pub(super) async fn refuse_missing(&self, at: &SinkName) -> Result<(), Failure> {
        let mut shortfall = Shortfall::default();
        for job in self.plan.jobs() {
            let Work::Join { artifact, sink, repository } = &job.work else { continue };
            let Some(planned) = self.plan.artifact(artifact).filter(|_| sink == at) else {
                continue;
            };
            let Origin::Published(published) = &planned.from else { continue };
            let source = self.published(published).await?;
            let nodes = graph(&*source, &published.root).await?;
            let from =
                self.places.shelf(published.place()?, published.kind, &published.repository)?;
            if from.may_be_sparse() {
                refuse_sparse(&*source, &nodes).await?;
            }
            let place = self.place_of(artifact, sink, repository)?;
            shortfall.add(at, &*place, nodes).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Source for PublishedSource {
    async fn successors(&self, node: &Descriptor) -> Result<Vec<Descriptor>, Failure> {
        if node.is_manifest() && is_absent(&*self.store, node).await? {
            let bytes = self.stock.read(node, MANIFEST_LIMIT).await.map_err(from_source)?;
            self.store.put(node, &bytes).await?;
        }
        self.store.successors(node).await
    }

    async fn open(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure> {
        if node.is_manifest() {
            return self.store.open(node).await;
        }
        // The receiver compares it with its digest.
        self.stock.open(node).await.map_err(from_source)
    }

    async fn attached(&self, subject: &Digest) -> Result<Vec<Attachment>, Failure> {
        self.stock.attached(subject).await.map_err(from_source)
    }
}

/// A layout need not have all that it names.
async fn refuse_sparse(source: &dyn Source, nodes: &[Descriptor]) -> Result<(), Failure> {
    for node in nodes.iter().filter(|node| !node.is_manifest()) {
        let first = async { source.open(node).await?.read(0..node.size.min(1)).await };
        if let Err(failure) = first.await {
            return Err(lacking(node, from_source(failure)));
        }
    }
    Ok(())
}

/// Whether the store has no such content.
async fn is_absent(store: &dyn Store, node: &Descriptor) -> Result<bool, Failure> {
    match store.open(node).await {
        Ok(_) => Ok(false),
        Err(failure) if failure.kind == FailureKind::NotFound => Ok(true),
        Err(failure) => Err(failure),
    }
}

/// A place that is copied from is a source, whatever else it is.
fn from_source(failure: Failure) -> Failure {
    Failure { side: Side::Source, ..failure }
}
