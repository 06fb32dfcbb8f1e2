//! What is published, to be looked at.

use async_trait::async_trait;

use super::Tags;
use crate::model::{Descriptor, Failure};

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

    /// Reads small content whole, such as a manifest, and checks its digest.
    /// Fails as [`FailureKind::NotFound`](crate::model::FailureKind::NotFound)
    /// where there is none, and where it has more than `limit` bytes.
    async fn read(&self, node: &Descriptor, limit: u64) -> Result<Vec<u8>, Failure>;
}
