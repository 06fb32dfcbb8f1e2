//! Work that blocks its thread.

use tokio::{sync::oneshot, task::spawn_blocking};

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
    let (done, result) = oneshot::channel();
    on_a_thread(Box::new(move || drop(done.send(work())))).await?;
    result.await.unwrap_or_else(|error| Err(failed(&error)))
}

/// One type of task for all work: a type for each kind of work was a twentieth of
/// what is compiled here.
async fn on_a_thread(work: Box<dyn FnOnce() + Send>) -> Result<(), Failure> {
    spawn_blocking(work).await.map_err(|error| failed(&error))
}

fn failed(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::from_error(FailureKind::Internal, Side::Local, error)
}
