//! One pass over a release archive.

use std::{
    collections::BTreeMap,
    io::{self, BufReader, Read},
    path::Path,
};

use super::{
    Policy,
    canonical::Canonical,
    damaged,
    image::{self, Checked},
    layout::Place,
    wrong,
};
use crate::{
    archive::{Entry, EntryKind, TarReader, open_plain},
    model::{Failure, FailureKind, Side, escape},
};

/// The most entries, which is enough for some hundred images.
const ENTRY_LIMIT: usize = 1024;
/// The largest swarm service file, in bytes.
pub(super) const CONF_LIMIT: u64 = 1 << 20;
/// The largest metadata in their seal, in bytes.
pub(super) const SEALED_LIMIT: u64 = 4 << 20;
/// The most of all documents, in bytes.
const DOCUMENTS_LIMIT: u64 = 64 << 20;

/// What was read.
#[derive(Default)]
pub(super) struct Contents {
    /// The names of all entries, in order, without `./` before and `/` behind.
    pub(super) names: Vec<String>,
    /// Swarm service files by their names.
    pub(super) services: BTreeMap<String, Vec<u8>>,
    /// Sealed metadata by their names.
    pub(super) metadata: BTreeMap<String, Vec<u8>>,
    /// Image archives, found to be right, by their names.
    pub(super) images: BTreeMap<String, Checked>,
    /// Whether the file is what this castoff would make of its content.
    pub(super) is_canonical: bool,
    /// Whether its names begin with `./`, as those of applications do.
    pub(super) has_dots: bool,
    held: u64,
}

/// Reads an archive whole, and checks each image in it.
pub(super) fn read(path: &Path, policy: Policy<'_>) -> Result<Contents, Failure> {
    let failed = |error: &io::Error| {
        damaged(
            Failure::find_in(error)
                .unwrap_or_else(|| Failure::from_error(FailureKind::Storage, Side::Local, error)),
        )
    };
    let open = || {
        let opened = open_plain(path);
        opened.map_err(|error| Failure::from_io(Side::Local, path.display(), &error))
    };
    let (file, again) = (open()?, BufReader::new(open()?));
    let name = path.display().to_string();
    let mut inflated = Canonical::new(file, again, &name).map_err(|error| failed(&error))?;
    let mut tar = TarReader::new(&mut inflated, &name);
    let mut contents = Contents::default();
    loop {
        match tar.next_entry() {
            Ok(Some(entry)) => contents.take(&entry, &mut tar, policy)?,
            Ok(None) => break,
            Err(error) => return Err(failed(&error)),
        }
    }
    contents.has_dots = inflated.starts_with(b"./");
    contents.is_canonical = inflated.finish().map_err(|error| failed(&error))?;
    Ok(contents)
}

impl Contents {
    fn take(
        &mut self,
        entry: &Entry,
        content: &mut dyn Read,
        policy: Policy<'_>,
    ) -> Result<(), Failure> {
        let name = &entry.name;
        if self.names.len() >= ENTRY_LIMIT {
            return Err(wrong(format!("it has more than {ENTRY_LIMIT} entries")));
        }
        if self.names.contains(name) {
            return Err(wrong(format!("it has two entries named `{}`", escape(name))));
        }
        self.names.push(name.clone());
        let unknown = || Err(wrong(format!("its entry `{}` is unknown", escape(name))));
        match (&entry.kind, Place::of(name)) {
            // Whether it is one of those that must be there is found later.
            (EntryKind::Folder, None) => Ok(()),
            (EntryKind::File, Some(Place::Image)) => {
                let checked = image::verify_stream(content, name, policy);
                let checked = checked.map_err(|failure| of_part(Place::Image, name, failure))?;
                self.images.insert(name.clone(), checked);
                Ok(())
            }
            (EntryKind::File, Some(place @ Place::Service)) => {
                let bytes = self.document(place, entry, content, CONF_LIMIT)?;
                self.services.insert(name.clone(), bytes);
                Ok(())
            }
            (EntryKind::File, Some(place @ Place::Metadata)) => {
                let bytes = self.document(place, entry, content, SEALED_LIMIT)?;
                self.metadata.insert(name.clone(), bytes);
                Ok(())
            }
            _ => unknown(),
        }
    }

    fn document(
        &mut self,
        place: Place,
        entry: &Entry,
        content: &mut dyn Read,
        limit: u64,
    ) -> Result<Vec<u8>, Failure> {
        self.held = self.held.saturating_add(entry.size);
        if entry.size > limit || self.held > DOCUMENTS_LIMIT {
            let failure = wrong(format!("it is too large, with {} bytes", entry.size));
            return Err(of_part(place, &entry.name, failure));
        }
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).map_err(|error| {
            let failure = Failure::find_in(&error).unwrap_or_else(|| wrong(&error));
            of_part(place, &entry.name, damaged(failure))
        })?;
        Ok(bytes)
    }
}

/// A failure of a part, which it names.
pub(super) fn of_part(place: Place, name: &str, failure: Failure) -> Failure {
    failure.context(format!("{} `{}`", place.word(), escape(name)))
}
