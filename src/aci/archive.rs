//! An App Container Image in a file, read whole.

use std::io::{self, BufReader, Read, Write};

use super::{Entries, Form, Hashing, ImageId, Item, Manifest};
use crate::{
    archive::{Caps, Compression, Decoder, Tee},
    model::{Failure, FailureKind, Side},
};

/// What an archive holds, as far as reading it once tells.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The manifest.
    pub manifest: Manifest,
    /// The manifest's bytes.
    pub raw_manifest: Vec<u8>,
    /// The hash of the plain tar.
    pub id: ImageId,
    /// The length of the plain tar in bytes.
    pub size: u64,
    /// How many entries there are, without the manifest.
    pub entries: usize,
    /// How the archive is compressed.
    pub compression: Compression,
}

/// How much is inflated, hashed and written at once, in bytes.
const BUFFER: usize = 256 << 10;

/// Reads an archive, which errors call `name`, to its end, and checks it after
/// all rules that need nothing else. Its plain tar is written to `out`.
///
/// # Errors
///
/// Fails where the archive is damaged, inflates beyond `caps`, or breaks a
/// rule, and where `out` fails.
pub fn read(
    reader: impl Read,
    name: &str,
    form: Form,
    caps: Caps,
    out: &mut dyn Write,
) -> Result<Contents, Failure> {
    let named = |failure: Failure| match failure.causes.first() {
        Some(first) if first == name => failure,
        _ => failure.context(name),
    };
    let failed = |error: io::Error| match Failure::find_in(&error) {
        Some(failure) => named(failure),
        None => Failure::from_io(Side::Source, name, &error),
    };
    let decoder = Decoder::new(reader, name, caps).map_err(failed)?;
    let compression = decoder.compression();
    if compression == Compression::Zstd {
        let what = "it is compressed with zstd, which App Container Images do not allow";
        let failure = Failure::new(FailureKind::Invalid, Side::Source, what).context(name);
        return Err(failure.hint("compress it with gzip, bzip2 or xz, or not at all"));
    }
    let mut plain = Hashing::new(Tee::new(decoder, out));
    let buffered = BufReader::with_capacity(BUFFER, &mut plain);
    let mut entries = Entries::new(buffered, name, form);
    let (mut raw_manifest, mut count) = (Vec::new(), 0);
    while let Some(item) = entries.next_item().map_err(failed)? {
        match item {
            Item::Manifest => drop(entries.read_to_end(&mut raw_manifest).map_err(failed)?),
            Item::Node(_) => count += 1,
        }
    }
    drop(entries);
    let manifest = Manifest::parse(&raw_manifest).map_err(named)?;
    let (size, id) = (plain.size(), plain.finish());
    Ok(Contents { manifest, raw_manifest, id, size, entries: count, compression })
}

/// Reads an archive, which errors call `name`, up to its manifest: mostly that
/// comes first.
///
/// # Errors
///
/// Fails where there is none, or something before it breaks a rule.
pub fn manifest_of(reader: impl Read, name: &str, caps: Caps) -> Result<Manifest, Failure> {
    let failed = |error: io::Error| match Failure::find_in(&error) {
        Some(failure) => failure,
        None => Failure::from_io(Side::Source, name, &error),
    };
    let decoder = Decoder::new(reader, name, caps).map_err(failed)?;
    let mut entries = Entries::new(decoder, name, Form::Aci);
    while let Some(item) = entries.next_item().map_err(failed)? {
        if item == Item::Manifest {
            let mut raw = Vec::new();
            entries.read_to_end(&mut raw).map_err(failed)?;
            return Manifest::parse(&raw).map_err(|failure| failure.context(name));
        }
    }
    let what = "no image manifest found in layout";
    Err(Failure::new(FailureKind::Invalid, Side::Source, what).context(name))
}
