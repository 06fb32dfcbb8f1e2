//! Work that blocks its thread.

use tokio::task::spawn_blocking;

use crate::model::{Failure, FailureKind, Side};

/// Does `work` on a thread where blocking is allowed. Work that has begun goes
/// on to its end, even where its caller no longer waits for it.
///
/// # Errors
///
/// Fails as `work` does, and where it panics.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Failure::from_error(FailureKind::Internal, Side::Local, &error))
    })
}
