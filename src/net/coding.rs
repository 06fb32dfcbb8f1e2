//! Answers that are compressed on their way (RFC 9110, section 8.4), though
//! they are asked for as they are.

use std::io::Read as _;

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use http::{HeaderMap, header::CONTENT_ENCODING};

/// What every member of gzip begins with.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Why nothing is made of it.
pub(crate) const UNASKED: &str = "which castoff did not ask for";

/// Why an answer cannot be read.
pub(super) enum Unread {
    /// It has more bytes than may be read.
    TooLong,
    /// It is not what its header says, or that is not known here.
    Wrong(String),
}

/// How an answer is compressed, as its header says; none where it is not, or
/// by nothing that compresses.
pub(super) fn coding_of(headers: &HeaderMap) -> Option<String> {
    let said = headers.get(CONTENT_ENCODING)?.to_str().ok()?.trim().to_ascii_lowercase();
    matches!(said.as_str(), "gzip" | "x-gzip" | "deflate" | "br" | "zstd" | "compress")
        .then_some(said)
}

/// What `bytes` are the coding of, at most `limit` bytes of it.
pub(super) fn decoded(coding: Option<&str>, bytes: Bytes, limit: u64) -> Result<Bytes, Unread> {
    let Some(coding) = coding.filter(|_| !bytes.is_empty()) else { return Ok(bytes) };
    if !matches!(coding, "gzip" | "x-gzip") {
        return Err(Unread::Wrong(UNASKED.to_owned()));
    }
    // Some say it of what they keep, and not of what they send.
    if !bytes.starts_with(&MAGIC) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    MultiGzDecoder::new(&*bytes)
        .take(limit.saturating_add(1))
        .read_to_end(&mut plain)
        .map_err(|error| Unread::Wrong(format!("and is no such thing: {error}")))?;
    if plain.len() as u64 > limit { Err(Unread::TooLong) } else { Ok(plain.into()) }
}
