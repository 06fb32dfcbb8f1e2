//! Work that takes long, where it holds up no other.

use crate::model::{Failure, FailureKind, Side};

/// Does what blocks on a thread of its own.
///
/// # Errors
///
/// Fails where the work does, and where it ends without a result.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::from_error(FailureKind::Internal, Side::Local, &error))?
}
