//! What makes content of what it comes from.

use std::sync::Arc;

use async_trait::async_trait;

use super::Desk;
use crate::model::{
    Descriptor, Digest, Failure, FailureKind, Origin, Platform, ReleasePlatform, SharedStep, Side,
    StageName, StageSpec,
};

/// What a source offers, read from headers only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surveyed {
    /// The platforms, in order.
    pub platforms: Vec<ReleasePlatform>,
    /// The index that the source brings along, where it is to be kept.
    pub index: Option<Descriptor>,
    /// The platforms of which it names an image that is not all there.
    pub lacking: Vec<Lacking>,
    /// What else it holds and is not released, each as a sentence.
    pub left_out: Vec<String>,
}

/// A platform's image that is not all there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// What it would be for.
    pub platform: Platform,
    /// The first that is missing.
    pub missing: Digest,
}

impl Surveyed {
    /// What offers these platforms and nothing else.
    #[must_use]
    pub fn of(platforms: Vec<ReleasePlatform>) -> Self {
        Self { platforms, ..Self::default() }
    }
}

/// What was made for one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The manifest, with its platform. All that it refers to is in the store.
    pub root: Descriptor,
    /// Manifests of attestations about it, as an index lists them.
    pub attested: Vec<Descriptor>,
    /// Whether it was there already, so that nothing was read or compressed.
    pub reused: bool,
}

impl Made {
    /// An image about which nothing is said.
    #[must_use]
    pub fn of(root: Descriptor, reused: bool) -> Self {
        Self { root, attested: Vec::new(), reused }
    }
}

/// Makes content from an origin, and puts it into the store.
#[async_trait]
pub trait Maker: Send + Sync {
    /// Whether it makes what comes from `from`.
    fn takes(&self, from: &Origin) -> bool;

    /// The steps on the way to a platform's content, in order; none: it is made
    /// in one.
    fn stages(&self, _from: &Origin) -> Vec<StageSpec> {
        Vec::new()
    }

    /// The step of its own that makes what another maker makes from `from`.
    fn shares(&self, _from: &Origin) -> Option<SharedStep> {
        None
    }

    /// The same origin, with what moves elsewhere settled, so that what is
    /// made of it later is what was looked at: a branch becomes its commit.
    async fn settled(&self, from: Origin) -> Result<Origin, Failure> {
        Ok(from)
    }

    /// The version that `from` says it has, where it says one.
    async fn version(&self, _from: &Origin) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    /// Looks at `from` without reading content: platforms, files, and what was
    /// prepared before. Writes nothing.
    async fn survey(&self, from: &Origin) -> Result<Surveyed, Failure>;

    /// Makes one platform's manifest and all that it refers to.
    ///
    /// Fails as [`FailureKind::Integrity`] where a file is not what the survey
    /// saw, or changes while it is read. `force` makes again what is there.
    async fn make(
        &self,
        from: &Origin,
        platform: &ReleasePlatform,
        force: bool,
        desk: &Desk,
    ) -> Result<Made, Failure>;

    /// Does a step on the way to one platform's content, but for the last,
    /// which is [`make`](Self::make). Returns whether nothing had to be done.
    async fn step(
        &self,
        from: &Origin,
        _platform: &ReleasePlatform,
        stage: &StageName,
        _force: bool,
        _desk: &Desk,
    ) -> Result<bool, Failure> {
        let what = format!("{from} is made without a step {stage}");
        Err(Failure::new(FailureKind::Internal, Side::Local, what))
    }
}

/// The makers: the first that takes an origin makes what comes from it.
#[derive(Clone)]
pub struct Makers(pub Vec<Arc<dyn Maker>>);

impl Makers {
    /// The maker for `origin`.
    ///
    /// # Errors
    ///
    /// Fails where there is nothing to be made, since it is published already.
    pub fn of(&self, origin: &Origin) -> Result<&dyn Maker, Failure> {
        self.0.iter().map(|maker| &**maker).find(|maker| maker.takes(origin)).ok_or_else(|| {
            let what = format!("{origin} exists, and cannot be made");
            Failure::new(FailureKind::Internal, Side::Local, what)
        })
    }

    /// The step of another origin that makes what comes from `origin`, too.
    #[must_use]
    pub fn shared(&self, origin: &Origin) -> Option<SharedStep> {
        self.0.iter().find_map(|maker| maker.shares(origin))
    }
}

/// The failure of a maker that is given another maker's origin.
#[must_use]
pub fn wrong_maker() -> Failure {
    Failure::new(FailureKind::Internal, Side::Local, "this origin belongs to another maker")
}
