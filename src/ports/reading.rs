//! Content, read to its end.

use std::ops::Range;

use tokio::io::AsyncReadExt;

use super::{
    content::{Content, Reader},
    desk::Meter,
};
use crate::model::{Descriptor, Digest, Failure, FailureKind, Hasher, Side};

/// How much content is read at once, in bytes.
const CHUNK: usize = 256 << 10;

/// The bytes of content, chunk by chunk.
pub struct Chunks {
    reader: Reader,
    buffer: Vec<u8>,
}

impl Chunks {
    /// Opens the bytes of `range`.
    ///
    /// # Errors
    ///
    /// Fails where the content cannot be read.
    pub async fn of(content: &dyn Content, range: Range<u64>) -> Result<Self, Failure> {
        let length = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(CHUNK);
        let buffer = vec![0; length.clamp(1, CHUNK)];
        Ok(Self { reader: content.read(range).await?, buffer })
    }

    /// The next bytes; none at the end.
    ///
    /// # Errors
    ///
    /// Fails where the content cannot be read or is not what it should be.
    pub async fn next(&mut self) -> Result<Option<&[u8]>, Failure> {
        let read = self.reader.read(&mut self.buffer).await.map_err(|error| {
            Failure::find_in(&error)
                .unwrap_or_else(|| Failure::from_error(FailureKind::Storage, Side::Source, &error))
        })?;
        Ok((read > 0).then(|| &self.buffer[..read]))
    }
}

/// Reads the bytes of `range`, and hands them on chunk by chunk.
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
    let mut chunks = Chunks::of(content, range).await?;
    while let Some(chunk) = chunks.next().await? {
        take(chunk)?;
    }
    Ok(())
}

/// Reads small content of at most `limit` bytes whole.
///
/// # Errors
///
/// Fails where it has more bytes or cannot be read.
pub async fn read_small(content: &dyn Content, limit: u64) -> Result<Vec<u8>, Failure> {
    if content.size() > limit {
        let why = format!("it has {} bytes, more than {limit}", content.size());
        return Err(Failure::new(FailureKind::Invalid, Side::Source, why));
    }
    let mut bytes = Vec::new();
    each_chunk(content, 0..content.size(), |chunk| {
        bytes.extend_from_slice(chunk);
        Ok(())
    })
    .await?;
    Ok(bytes)
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
    let why = format!("{name} is {found}, but the sink says {}", node.digest);
    Err(Failure::new(FailureKind::Integrity, Side::Sink, why)
        .hint("the stored file has changed; release it again"))
}
