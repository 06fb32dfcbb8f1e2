//! Whether an image archive is the one that was signed.

use std::{
    io::{self, Read},
    path::Path,
};

use super::{
    super::{
        Part, Policy, damaged,
        hashed::{drain, finished},
        wrong,
    },
    SIGNATURE, SIGNATURE_LIMIT, Signed,
    entries::Entries,
    saved,
    statement::Statement,
};
use crate::{
    archive::{Caps, Decoder, Entry, EntryKind, Hashed, TarReader, open_plain},
    model::{Failure, PersistentUuid, Side, VeeaArch, escape},
    sign::{cms, file::FileVerified},
};

/// How far an image may inflate.
const CAPS: Caps = Caps { inflated: 1 << 36, ratio: 1100, floor: 256 << 20 };

/// A signed image archive that was found to be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What it is called.
    pub reference: String,
    /// What it runs on.
    pub architecture: VeeaArch,
    /// Its identity.
    pub persistent_uuid: PersistentUuid,
    /// It, by its content.
    pub signed: Signed,
    /// The signer, if it is signed.
    pub by: Option<FileVerified>,
}

/// Checks a signed image archive, as a tar or gzipped: its signature, and each
/// entry by it.
///
/// # Errors
///
/// Fails where it cannot be read, and as
/// [`FailureKind::Integrity`](crate::model::FailureKind::Integrity) where it is
/// damaged, or an entry is not what was signed, which is named.
pub fn verify(path: &Path, policy: Policy<'_>) -> Result<Checked, Failure> {
    let failed = |error: io::Error| Failure::from_io(Side::Local, path.display(), &error);
    let mut file = open_plain(path).map_err(failed)?;
    let checked = verify_stream(&mut file, &path.display().to_string(), policy);
    checked.map_err(|failure| failure.context(path.display()))
}

/// The same, of a stream, which errors call `name`.
pub(in crate::release_archive) fn verify_stream(
    stream: &mut dyn Read,
    name: &str,
    policy: Policy<'_>,
) -> Result<Checked, Failure> {
    let mut archive = Hashed::new(stream);
    let (tar, entries, signature) =
        read(&mut archive, name).map_err(|error| damaged(of_reading(&error)))?;
    // What follows the last entry belongs to the file as well.
    drain(&mut archive).map_err(|error| of_reading(&error))?;
    let signature =
        signature.ok_or_else(|| wrong(format!("it is not signed: it has no `{SIGNATURE}`")))?;
    let unsealed = cms::unseal(&signature, policy.trust, policy.now)
        .map_err(|failure| failure.context(format!("its entry `{SIGNATURE}`")))?;
    if unsealed.by.is_none() && !policy.unauthorised {
        let hint = "for development, accept it with --unauth";
        return Err(wrong("it is not signed").hint(hint));
    }
    let statement = Statement::parse(&unsealed.content)?;
    statement.expect(&entries.all)?;
    let saved = saved::image(&entries, &statement.reference, statement.architecture);
    let config = saved.map_err(damaged)?.config;
    if config != statement.config {
        return Err(wrong("its configuration differs from the signed one"));
    }
    let Statement { reference, architecture, persistent_uuid, .. } = statement;
    let signed = Signed { archive: finished(archive).0, tar, config };
    Ok(Checked { reference, architecture, persistent_uuid, signed, by: unsealed.by })
}

fn read(archive: &mut dyn Read, name: &str) -> io::Result<(Part, Entries, Option<Vec<u8>>)> {
    let mut inflated = Hashed::new(Decoder::new(archive, name, CAPS)?);
    let mut tar = TarReader::new(&mut inflated, name);
    let (mut entries, mut signature) = (Entries::default(), None);
    while let Some(entry) = tar.next_entry()? {
        if signature.is_some() {
            let name = escape(&entry.name);
            return Err(wrong(format!("its entry `{name}` follows the signature")).into());
        }
        if is_signature(&entry)? {
            let mut bytes = Vec::new();
            tar.read_to_end(&mut bytes)?;
            signature = Some(bytes);
        } else {
            entries.take(&entry, &mut tar, &mut |content| drain(content).map(drop))?;
        }
    }
    Ok((finished(inflated).0, entries, signature))
}

/// Whether an entry is the signature, which is a small file.
fn is_signature(entry: &Entry) -> io::Result<bool> {
    if entry.name != SIGNATURE {
        return Ok(false);
    }
    if entry.kind != EntryKind::File || entry.size > SIGNATURE_LIMIT {
        return Err(wrong(format!("its entry `{SIGNATURE}` is not a signature")).into());
    }
    Ok(true)
}

/// What went wrong while it was read, which names the archive itself.
fn of_reading(error: &io::Error) -> Failure {
    Failure::find_in(error).unwrap_or_else(|| {
        Failure::from_error(crate::model::FailureKind::Storage, Side::Local, error)
    })
}
