//! Many questions, not all of them at once.

use futures_util::{StreamExt, stream};

/// How many are asked at once: each may take a thread of this machine.
const MOST: usize = 32;

/// Asks all of `asked`, some at once. The answers are in their order.
pub(super) async fn at_once<F: Future>(asked: impl Iterator<Item = F>) -> Vec<F::Output> {
    let asked: Vec<F> = asked.collect();
    stream::iter(asked).buffered(MOST).collect().await
}
