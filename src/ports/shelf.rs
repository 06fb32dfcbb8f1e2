//! What is published, to be looked at.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Content, Tags};
use crate::model::{Descriptor, Digest, Failure, Tag};

/// A page of a list of names. Names are what the server says, and may be
/// anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The names, in the server's order.
    pub names: Vec<String>,
    /// How the next page is asked for; none: there is none.
    pub next: Option<String>,
}

/// The repositories of a sink.
#[async_trait]
pub trait Catalog: Send + Sync {
    /// A page of the repositories' names; none where the sink keeps no list
    /// of them.
    async fn repositories(&self, from: Option<&str>) -> Result<Option<Page>, Failure>;
}

/// What one repository of a sink holds.
#[async_trait]
pub trait Shelf: Tags {
    /// A page of the tags; none where there is no such repository.
    async fn tags(&self, from: Option<&str>) -> Result<Option<Page>, Failure>;

    /// When a tag was last moved; none where the place does not know.
    async fn moved_at(&self, _tag: &Tag) -> Result<Option<Timestamp>, Failure> {
        Ok(None)
    }

    /// Describes what a digest names; none where there is no such manifest.
    async fn describe(&self, digest: &Digest) -> Result<Option<Descriptor>, Failure>;

    /// Reads small content whole, such as a manifest, and checks its digest.
    /// Fails as [`FailureKind::NotFound`](crate::model::FailureKind::NotFound)
    /// where there is none, and where it has more than `limit` bytes.
    async fn read(&self, node: &Descriptor, limit: u64) -> Result<Vec<u8>, Failure>;

    /// Opens content of any size, such as a layer. What is read of it is not
    /// checked. Reading fails where there is none.
    async fn open(&self, node: &Descriptor) -> Result<Arc<dyn Content>, Failure>;

    /// What there is about a manifest, such as signatures: manifests that name
    /// it as their subject, and those under tags that are made from its digest.
    async fn attached(&self, subject: &Digest) -> Result<Vec<Attachment>, Failure>;
}

/// A manifest about another one, such as a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The tag that it lies under; none: it names its subject itself
    /// (OCI image specification, manifest.md, "subject").
    pub tag: Option<Tag>,
    /// The manifest.
    pub node: Descriptor,
}
