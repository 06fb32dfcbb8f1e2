//! A layout that is a tar, compressed or not.

use std::{
    io::{self, BufReader, Read},
    path::Path,
};

use super::{
    refusal::missing_platform,
    resolve::{check_version, resolve, resolve_documents},
    resolved::{Found, Resolved},
};
use crate::{
    archive::{Caps, Compression, Decoder, Entry, EntryKind, TarReader, open_plain},
    model::{Descriptor, Digest, Failure, Platform, ReleasePlatform, bytes, escape, media_type},
    ports::{Made, Surveyed},
    source::{
        documents::{Documents, START, is_document},
        invalid,
        kept::{self, Kept},
        work::{Work, failed},
    },
    store::{FileState, Store},
};

/// A layout that is a tar.
pub(super) struct TarLayout<'a> {
    pub(super) store: &'a Store,
    pub(super) caps: Caps,
    /// Where it lies.
    pub(super) path: &'a Path,
    /// Which of its images is meant; none: all of them.
    pub(super) name: Option<&'a str>,
}

impl TarLayout<'_> {
    /// Looks at its documents. A plain tar is skipped through; a compressed one
    /// cannot be, and is inflated once.
    pub(super) fn survey(&self, work: &Work) -> Result<Surveyed, Failure> {
        let state = FileState::of(self.path)?;
        let documents = documents(self.caps, self.path, work);
        let documents = documents.map_err(|error| failed(self.path, &error))?;
        look(self.store, &state, self.name, &documents)
    }

    /// Takes all of the tar into the store, unless it is there.
    pub(super) fn make(
        &self,
        platform: &ReleasePlatform,
        force: bool,
        work: &Work,
    ) -> Result<Made, Failure> {
        let Self { store, caps, path, name } = *self;
        let state = FileState::of(path)?;
        for source in &platform.sources {
            state.expect_seen(source)?;
        }
        if !force && let Some(kept) = prepared(store, &state, name, &platform.platform)? {
            work.desk.output.line(format!("{}: unchanged, nothing to do", path.display()));
            return Ok(made(kept, true));
        }
        work.desk.meter.expect(state.size);
        work.desk.output.line(format!("{}: reading {}", path.display(), bytes(state.size)));
        let read = tar(caps, path, work).and_then(|mut tar| spool(store, &mut tar, |_| true));
        state.expect_same(&FileState::of(path)?)?;
        let documents = read.map_err(|error| failed(path, &error))?;
        check_version(documents.get("oci-layout"))?;
        let index_json = documents.get("index.json").unwrap_or_default();
        let resolved = resolve(index_json, name, store)?;
        resolved.note_about(store)?;
        for found in &resolved.platforms {
            remember(store, &state, name, found, resolved.index.as_ref())?;
        }
        let kept = prepared(store, &state, name, &platform.platform)?
            .ok_or_else(|| incomplete(&resolved.platforms, &platform.platform))?;
        Ok(made(kept, false))
    }
}

/// What a tar holds that was looked through.
pub(super) fn look(
    store: &Store,
    state: &FileState,
    name: Option<&str>,
    documents: &Documents,
) -> Result<Surveyed, Failure> {
    let Resolved { platforms, index, lacking, left_out, .. } = resolve_documents(documents, name)?;
    let mut surveyed = Vec::new();
    for found in platforms {
        let platform = found.platform;
        let kept = prepared(store, state, name, &platform)?;
        let (prepared, attested) = kept.map(|kept| (kept.root, kept.attested)).unzip();
        surveyed.push(ReleasePlatform {
            prepared,
            attested: attested.unwrap_or_default(),
            ..ReleasePlatform::of_files(platform, vec![state.source()])
        });
    }
    Ok(Surveyed { platforms: surveyed, index, lacking, left_out })
}

fn made(kept: Kept, reused: bool) -> Made {
    Made { root: kept.root, attested: kept.attested, reused }
}

fn incomplete(platforms: &[Found], platform: &Platform) -> Failure {
    if platforms.iter().any(|found| found.platform.is_same(platform)) {
        invalid(format!("some of the blobs for {platform}, or of the index, are missing"))
            .hint("write the layout again, with everything that it refers to")
    } else {
        missing_platform(platform)
    }
}

/// A platform's manifest, if it and the index above it are complete.
fn prepared(
    store: &Store,
    state: &FileState,
    name: Option<&str>,
    platform: &Platform,
) -> Result<Option<Kept>, Failure> {
    let files = std::slice::from_ref(state);
    let kept = kept::recall(store, files, &recipe(name, platform, "manifest"))?;
    let top = store.root_of(files, &recipe(name, platform, "top"))?;
    Ok(kept.filter(|_| top.is_some()))
}

fn remember(
    store: &Store,
    state: &FileState,
    name: Option<&str>,
    found: &Found,
    index: Option<&Descriptor>,
) -> Result<(), Failure> {
    let files = std::slice::from_ref(state);
    let (root, attested) = (found.node.clone(), found.attestations());
    let top = index.unwrap_or(&root).clone();
    let manifest = recipe(name, &found.platform, "manifest");
    kept::remember(store, files, &manifest, &Kept { root, attested })?;
    store.set_root_of(files, &recipe(name, &found.platform, "top"), &top)
}

fn recipe(name: Option<&str>, platform: &Platform, what: &str) -> String {
    format!("oci-layout 2 {what} {name:?} {platform} {:?}", platform.os_version)
}

fn tar(caps: Caps, path: &Path, work: &Work) -> io::Result<TarReader<impl Read + use<>>> {
    let name = path.display().to_string();
    let decoder = Decoder::new(work.read(open_plain(path)?), &name, caps)?;
    Ok(TarReader::new(decoder, &name))
}

/// The documents of an archive, and the names of what else is in it.
pub(in crate::source) fn documents(caps: Caps, path: &Path, work: &Work) -> io::Result<Documents> {
    let mut file = open_plain(path)?;
    let mut start = Vec::new();
    file.by_ref().take(Compression::MAGIC as u64).read_to_end(&mut start)?;
    if Compression::sniff(&start) == Compression::None {
        let reader = BufReader::new(work.read(open_plain(path)?));
        let mut tar = TarReader::new(reader, &path.display().to_string());
        collect(&mut tar, TarReader::seek_entry)
    } else {
        collect(&mut tar(caps, path, work)?, TarReader::next_entry)
    }
}

fn collect<R: Read>(
    tar: &mut TarReader<R>,
    next: impl Fn(&mut TarReader<R>) -> io::Result<Option<Entry>>,
) -> io::Result<Documents> {
    let mut documents = Documents::default();
    while let Some(entry) = next(tar)? {
        documents.note(&entry)?;
        if entry.kind == EntryKind::File {
            let mut start = Vec::new();
            tar.by_ref().take(START).read_to_end(&mut start)?;
            if is_document(&entry, &start) {
                documents.take(&entry, io::Cursor::new(start).chain(&mut *tar))?;
            }
        }
    }
    Ok(documents)
}

/// Takes the blobs of a layout that are `wanted` into `store`, and returns
/// the documents beside them.
pub(crate) fn spool(
    store: &Store,
    tar: &mut TarReader<impl Read>,
    wanted: impl Fn(&Digest) -> bool,
) -> io::Result<Documents> {
    let mut documents = Documents::default();
    while let Some(entry) = tar.next_entry()? {
        let named = entry.name.strip_prefix("blobs/").and_then(|name| name.split_once('/'));
        let digest: Option<Digest> =
            named.and_then(|(algorithm, hex)| format!("{algorithm}:{hex}").parse().ok());
        match (&entry.kind, digest) {
            (EntryKind::File, Some(digest)) if wanted(&digest) => {
                blob(store, &entry, &digest, tar)?;
            }
            (EntryKind::File, None) if matches!(&*entry.name, "index.json" | "oci-layout") => {
                documents.take(&entry, &mut *tar)?;
            }
            (EntryKind::Symlink(_) | EntryKind::Hardlink(_), Some(_)) => {
                let name = escape(&entry.name).to_string();
                return Err(invalid(format!("its blob `{name}` is a link")).into());
            }
            _ => {}
        }
    }
    Ok(documents)
}

fn blob(store: &Store, entry: &Entry, digest: &Digest, reader: &mut impl Read) -> io::Result<()> {
    let mut writer = store.writer_of(digest)?;
    io::copy(reader, &mut writer)?;
    writer
        .commit(media_type::OCTET_STREAM, Some(digest))
        .map_err(|failure| failure.context(format!("entry `{}`", escape(&entry.name))))?;
    Ok(())
}
