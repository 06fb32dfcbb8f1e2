//! What was read or written, as a part of an archive.

use std::io::{self, Read};

use super::Part;
use crate::archive::HashingPipe;

/// How much is copied at once, in bytes.
const CHUNK: usize = 64 << 10;

/// What passed, and what it passed through.
pub(super) fn finished<T>(hashed: HashingPipe<T>) -> (Part, T) {
    let (passed, inner) = hashed.finish();
    let size = passed.size();
    (Part { digest: passed.finish(), size }, inner)
}

/// Reads all that is left, and tells what it was.
pub(super) fn drain(reader: &mut dyn Read) -> io::Result<Part> {
    let mut hashed = HashingPipe::new(reader);
    let mut chunk = vec![0; CHUNK];
    while hashed.read(&mut chunk)? > 0 {}
    Ok(finished(hashed).0)
}
