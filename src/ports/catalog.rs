//! The names at a sink.

use async_trait::async_trait;

use crate::model::{Abilities, Failure, Repository};

/// A page of a list of names. Names are what the server says, and may be
/// anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The names, in the server's order.
    pub names: Vec<String>,
    /// How many entries of the list are no names at all.
    pub odd: usize,
    /// How the next page is asked for; none: there is none.
    pub next: Option<String>,
}

/// The repositories of a sink.
#[async_trait]
pub trait Catalog: Send + Sync {
    /// A page of the repositories' names; none where the sink keeps no list
    /// of them.
    async fn repositories(&self, from: Option<&str>) -> Result<Option<Page>, Failure>;

    /// Finds out what the sink can do, without changing anything that is
    /// there; in `repository` where that matters. `may_write` also tries what
    /// needs the permission to write.
    async fn abilities(
        &self,
        repository: Option<&Repository>,
        may_write: bool,
    ) -> Result<Abilities, Failure>;
}
