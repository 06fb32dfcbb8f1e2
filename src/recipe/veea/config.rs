//! Reads `config.yaml`, version 3.

use std::{fs, io, path::Path};

use super::{
    checks::Checks,
    image_config::{FILE, ImageConfig},
    raw::Raw,
    refusal::invalid,
};
use crate::model::{Failure, FailureKind, Side, bytes, escape};

/// The most bytes of it.
const LIMIT: u64 = 1 << 20;

/// Reads the file in `folder`. Also returns what is worth knowing of it.
///
/// # Errors
///
/// Fails where there is none, and tells of all its mistakes.
pub(super) fn read(folder: &Path) -> Result<(ImageConfig, Vec<String>), Failure> {
    let path = folder.join(FILE);
    let read = || -> io::Result<Vec<u8>> {
        let size = fs::metadata(&path)?.len();
        if size > LIMIT {
            return Err(invalid(format!("it has {}, which is too large", bytes(size))).into());
        }
        fs::read(&path)
    };
    let bytes = read().map_err(|error| {
        let failure = Failure::from_io(Side::Source, path.display(), &error);
        failure.hint("an image directory contains config.yaml, of version 3, and a Dockerfile")
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| invalid("it is not UTF-8 text").context(path.display()))?;
    parse(&text, &path.display().to_string())
}

/// Reads the text of a file that is called `name`.
pub(super) fn parse(text: &str, name: &str) -> Result<(ImageConfig, Vec<String>), Failure> {
    let mut unknown = Vec::new();
    let options = serde_saphyr::options! { with_snippet: false };
    let raw = serde_saphyr::with_deserializer_from_str_with_options(text, options, |from| {
        serde_ignored::deserialize::<_, _, Raw>(from, |path| unknown.push(path.to_string()))
    });
    let raw = raw.map_err(|error| {
        let line = error.location().map_or_else(String::new, |at| format!(":{}", at.line()));
        invalid(format!("{name}{line}: {}", error.without_snippet()))
    })?;
    let mut checks = Checks { name, problems: Vec::new() };
    let config = checks.config(raw);
    let mut problems = checks.problems.into_iter();
    let Some(first) = problems.next() else {
        // What the reader itself asks for to know a line is no key.
        let unknown = unknown.iter().filter(|key| !key.contains("__serde_saphyr"));
        let told =
            unknown.map(|key| format!("{name}: unknown key `{}`", escape(&key.replace(".?", ""))));
        return Ok((config, told.collect()));
    };
    let failure = Failure::new(FailureKind::Invalid, Side::Source, first);
    Err(problems.fold(failure, |failure, problem| failure.because(&problem)))
}
