//! Content, read to its end.

use std::ops::Range;

use tokio::io::AsyncReadExt;

use super::{Content, Meter};
use crate::model::{Descriptor, Digest, Failure, FailureKind, Hasher, Side};

/// How much content is read at once, in bytes.
const CHUNK: usize = 256 << 10;

/// Reads the bytes of `range`, and hands them on piece by piece.
///
/// # Errors
///
/// Fails where the content cannot be read or is not what it should be, and
/// where `take` fails.
pub async fn each_chunk(
    content: &dyn Content,
    range: Range<u64>,
    mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut reader = content.read(range).await?;
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = reader.read(&mut buffer).await.map_err(|error| {
            Failure::find_in(&error)
                .unwrap_or_else(|| Failure::from_error(FailureKind::Storage, Side::Source, &error))
        })?;
        match read {
            0 => return Ok(()),
            count => take(&buffer[..count])?,
        }
    }
}

/// Reads the bytes of `range`, and gives back their digest by `hasher`.
///
/// # Errors
///
/// Fails where the content cannot be read or is not what it should be.
pub async fn hash(
    content: &dyn Content,
    range: Range<u64>,
    mut hasher: Hasher,
) -> Result<Digest, Failure> {
    each_chunk(content, range, |chunk| {
        hasher.update(chunk);
        Ok(())
    })
    .await?;
    Ok(hasher.finish())
}

/// Reads content to its end, whatever is known of it, and counts its bytes.
///
/// # Errors
///
/// Fails as [`FailureKind::Integrity`] unless it is what `node` describes, and
/// where it cannot be read.
pub async fn check_content(
    content: &dyn Content,
    node: &Descriptor,
    meter: &Meter,
) -> Result<(), Failure> {
    let mut hasher = node.digest.hasher();
    each_chunk(content, 0..content.size(), |chunk| {
        hasher.update(chunk);
        meter.advance(chunk.len() as u64);
        Ok(())
    })
    .await?;
    let found = hasher.finish();
    if found == node.digest {
        return Ok(());
    }
    let name = node.title().unwrap_or("content");
    let why = format!("{name} is {found}, and the sink says {}", node.digest);
    Err(Failure::new(FailureKind::Integrity, Side::Sink, why)
        .hint("somebody changed it where it lies; release it again"))
}
