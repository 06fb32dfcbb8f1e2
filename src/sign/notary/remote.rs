//! A server of signed metadata.

use async_trait::async_trait;

use crate::model::{Failure, FailureKind, Side};

/// Where metadata is had from.
#[async_trait]
pub trait Remote: Send + Sync {
    /// The metadata called `name`, such as `targets/releases` or `2.root`, or
    /// `snapshot.HASH`; none where there is none.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Failure>;
}

/// Metadata that should be there, and is not.
pub(super) fn missing(role: &str) -> Failure {
    let why = format!("the server has no metadata of `{role}`");
    Failure::new(FailureKind::Integrity, Side::Sink, why)
}
