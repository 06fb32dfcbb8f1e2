//! Payloads in files.

use std::path::Path;

use super::{
    document::{Document, Format},
    findings::Mistakes,
    payload::Payload,
};
use crate::model::{Failure, FailureKind, Side, bytes};

/// The most bytes of a payload.
const LIMIT: u64 = 1 << 20;

/// Reads a payload's text and takes it apart.
///
/// # Errors
///
/// Fails where it cannot be read, is too large, or is neither JSON nor YAML.
pub fn open(file: &Path) -> Result<Document, Failure> {
    let failed = |error: &std::io::Error| Failure::from_io(Side::Source, file.display(), error);
    let invalid = |what: String| Failure::new(FailureKind::Invalid, Side::Source, what);
    let size = std::fs::metadata(file).map_err(|error| failed(&error))?.len();
    if size > LIMIT {
        let what = format!("a payload must not have {}", bytes(size));
        return Err(invalid(what).context(file.display()));
    }
    let content = std::fs::read(file).map_err(|error| failed(&error))?;
    let text = String::from_utf8(content)
        .map_err(|_| invalid("it is not UTF-8 text".to_owned()).context(file.display()))?;
    let format = Format::of(file, &text);
    Document::parse(&text, format)
        .map_err(|error| invalid(error.to_string()).context(file.display()))
}

/// Reads a payload, without telling what is odd about it.
///
/// # Errors
///
/// Fails as [`open`] does, and where something in it is mistaken.
pub fn read(file: &Path) -> Result<Payload, Failure> {
    let (payload, _) = open(file)?.payload().map_err(|Mistakes(mistakes)| {
        let failure = Failure::new(FailureKind::Invalid, Side::Source, file.display())
            .hint("correct the payload");
        mistakes.into_iter().fold(failure, Failure::because)
    })?;
    Ok(payload)
}
