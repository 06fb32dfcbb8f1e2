//! Writes release archives.

use std::{
    fs::File,
    io::{self, BufWriter, Cursor, Read, Write},
    path::{Path, PathBuf},
};

use super::{
    Metadata, Part,
    fresh::Fresh,
    hashed::finished,
    invalid,
    layout::{Expected, Place, entries},
    read::{CONF_LIMIT, SEALED_LIMIT},
    tape::Tape,
    wrong,
};
use crate::{
    archive::{GzipWriter, Hashed, Workers, open_plain},
    model::{Digest, Failure, Side},
};

/// What goes into the release archive of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// What is said of the others.
    pub metadata: Metadata,
    /// The same in its seal.
    pub sealed: Vec<u8>,
    /// The swarm service file.
    pub conf: Vec<u8>,
    /// Where the signed image archive lies, gzipped.
    pub image: PathBuf,
}

/// Writes the release archive of an image beside `target`, and puts it there
/// when all is done. Blocks.
///
/// # Errors
///
/// Fails where a part is not what the metadata say, cannot be read, or nothing
/// can be written. Nothing is left then.
pub fn write(target: &Path, parts: &Parts) -> Result<Part, Failure> {
    let Parts { metadata, sealed, conf, image } = parts;
    check(parts)?;
    let service = [metadata.service.path.clone()];
    let images = [metadata.image.path.clone()];
    let order = entries(service, images, [metadata.path()]);
    let opened = open_plain(image)
        .map_err(|error| Failure::from_io(Side::Local, image.display(), &error))?;
    let mut content = Hashed::new(opened);
    let mut out = Output::begin(target, mtime(metadata), Prefix::None)?;
    for entry in &order {
        let done = match entry {
            Expected::Folder(name) => out.folder(name),
            Expected::File(Place::Service, name) => out.bytes(name, conf),
            Expected::File(Place::Metadata, name) => out.bytes(name, sealed),
            Expected::File(Place::Image, name) => {
                out.file(name, metadata.image.archive.size, &mut content)
            }
        };
        done.map_err(|error| Failure::from_io(Side::Local, target.display(), &error))?;
    }
    let (part, mut rest) = finished(content);
    let is_more = rest.read(&mut [0]).map_err(|error| out.failed(&error))? > 0;
    if is_more || part != metadata.image.archive {
        return Err(wrong("it differs from the metadata").context(image.display()));
    }
    out.put()
}

/// Fails where a document is not one that is read again.
fn check(parts: &Parts) -> Result<(), Failure> {
    let Parts { metadata, sealed, conf, .. } = parts;
    Metadata::parse(&metadata.to_json()).map_err(|failure| failure.context("the metadata"))?;
    if Digest::of(conf) != metadata.service.digest {
        return Err(invalid("the swarm service file differs from the metadata"));
    }
    for (what, bytes, limit) in
        [("swarm service file", conf, CONF_LIMIT), ("seal of the metadata", sealed, SEALED_LIMIT)]
    {
        if bytes.len() as u64 > limit {
            return Err(invalid(format!("the {what} has more than {limit} bytes")));
        }
    }
    Ok(())
}

/// When an archive with these metadata is dated.
pub(super) fn mtime(metadata: &Metadata) -> u64 {
    u64::try_from(metadata.created.as_second()).unwrap_or_default()
}

/// What stands before each name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    /// Nothing: an image.
    None,
    /// `./`: an application.
    Dot,
}

/// An archive that is being written.
pub(super) struct Output {
    fresh: Fresh,
    tape: Tape<GzipWriter<Hashed<BufWriter<File>>>>,
    prefix: Prefix,
}

impl Output {
    pub(super) fn begin(target: &Path, mtime: u64, prefix: Prefix) -> Result<Self, Failure> {
        let fresh = Fresh::begin(target)?;
        let out = Hashed::new(BufWriter::new(fresh.writer()?));
        let tape = Tape::new(GzipWriter::new(out, Workers::shared()), mtime);
        Ok(Self { fresh, tape, prefix })
    }

    pub(super) fn folder(&mut self, name: &str) -> io::Result<()> {
        self.tape.literal(&format!("{}{name}/", self.prefix()), 0, None)
    }

    pub(super) fn bytes(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.file(name, content.len() as u64, &mut Cursor::new(content))
    }

    pub(super) fn file(&mut self, name: &str, size: u64, from: &mut dyn Read) -> io::Result<()> {
        self.tape.literal(&format!("{}{name}", self.prefix()), size, Some(from))
    }

    pub(super) fn failed(&self, error: &io::Error) -> Failure {
        self.fresh.failed(error)
    }

    /// Ends the archive, and puts it in its place.
    pub(super) fn put(self) -> Result<Part, Failure> {
        let Self { fresh, tape, .. } = self;
        let written = tape.finish().and_then(GzipWriter::finish).and_then(|out| {
            let (part, mut file) = finished(out);
            file.flush()?;
            Ok(part)
        });
        let part = written.map_err(|error| fresh.failed(&error))?;
        fresh.put()?;
        Ok(part)
    }

    fn prefix(&self) -> &'static str {
        match self.prefix {
            Prefix::None => "",
            Prefix::Dot => "./",
        }
    }
}
