//! Answers that are compressed on their way (RFC 9110, section 8.4), though
//! they are asked for as they are.

use std::io::{self, Read as _, Write as _};

use bytes::Bytes;
use flate2::{bufread::MultiGzDecoder, write};
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
        .map_err(|error| Unread::Wrong(format!("but cannot be decoded: {error}")))?;
    if plain.len() as u64 > limit { Err(Unread::TooLong) } else { Ok(plain.into()) }
}

/// How much is decoded at once, so that little becomes not too much.
const STEP: usize = 4 << 10;

/// What comes compressed, piece by piece.
pub(super) struct Decoding {
    decoder: Option<write::MultiGzDecoder<Vec<u8>>>,
    /// What is not decoded yet.
    rest: Bytes,
    is_begun: bool,
}

impl Decoding {
    pub(super) fn new() -> Self {
        let decoder = Some(write::MultiGzDecoder::new(Vec::new()));
        Self { decoder, rest: Bytes::new(), is_begun: false }
    }

    /// Whether another piece is wanted.
    pub(super) fn is_hungry(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn feed(&mut self, piece: Bytes) {
        if !self.is_begun && !piece.is_empty() {
            self.is_begun = true;
            // Some say it of what they keep, and not of what they send.
            if piece[0] != MAGIC[0] {
                self.decoder = None;
            }
        }
        self.rest = piece;
    }

    /// What a part of the last piece is the coding of, which may be nothing yet.
    pub(super) fn step(&mut self) -> io::Result<Bytes> {
        let Some(decoder) = &mut self.decoder else { return Ok(std::mem::take(&mut self.rest)) };
        let part = self.rest.split_to(self.rest.len().min(STEP));
        decoder.write_all(&part)?;
        Ok(std::mem::take(decoder.get_mut()).into())
    }

    /// What is left at the end.
    pub(super) fn finish(&mut self) -> io::Result<Bytes> {
        let Some(decoder) = self.decoder.take().filter(|_| self.is_begun) else {
            return Ok(Bytes::new());
        };
        Ok(decoder.finish()?.into())
    }
}
