//! Content that is read whole, and checked.

use crate::model::{Descriptor, Failure, FailureKind, Side};

/// Content that must be `node`, and have at most `limit` bytes.
pub(super) fn checked(bytes: Vec<u8>, node: &Descriptor, place: &str) -> Result<Vec<u8>, Failure> {
    if node.digest.is_of(&bytes) {
        return Ok(bytes);
    }
    let why = format!("the stored content is not {}", node.digest);
    Err(Failure::new(FailureKind::Integrity, Side::Sink, why).context(place))
}

/// Refuses to read what is too large to be what it is taken for.
pub(super) fn refuse_large(node: &Descriptor, limit: u64) -> Result<(), Failure> {
    if node.size <= limit {
        return Ok(());
    }
    let why = format!("{} has {} bytes, which is too large", node.digest, node.size);
    Err(Failure::new(FailureKind::Invalid, Side::Sink, why))
}

/// The failure of content that is not there.
pub(super) fn missing(node: &Descriptor, place: &str) -> Failure {
    let why = format!("{} does not exist", node.digest);
    Failure::new(FailureKind::NotFound, Side::Sink, why).context(place)
}
