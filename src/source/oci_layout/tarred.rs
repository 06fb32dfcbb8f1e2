//! A layout that is a tar, compressed or not.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use super::{OciLayout, Resolved, missing_platform, resolve::resolve, resolve_documents};
use crate::{
    archive::{Compression, Decoder, Entry, EntryKind, TarReader},
    model::{Descriptor, Digest, Failure, Platform, ReleasePlatform, bytes, escape, media_type},
    ports::{Made, Surveyed},
    source::{
        documents::{Documents, START, is_document},
        invalid,
        platforms::same,
        work::{Work, failed},
    },
    store::{FileState, Store},
};

/// Looks at the documents of the tar at `path`. A plain tar is skipped
/// through; a compressed one cannot be, and is inflated once.
pub(super) fn survey(maker: &OciLayout, path: &Path, work: &Work) -> Result<Surveyed, Failure> {
    let state = FileState::of(path)?;
    let documents = documents(maker, path, work).map_err(|error| failed(path, &error))?;
    let Resolved { platforms, index, .. } = resolve_documents(&documents)?;
    let mut surveyed = Vec::new();
    for found in platforms {
        let platform = found.platform;
        let prepared = prepared(&maker.store, &state, &platform)?;
        surveyed.push(ReleasePlatform {
            prepared,
            ..ReleasePlatform::of_files(platform, vec![state.source()])
        });
    }
    Ok(Surveyed { platforms: surveyed, index })
}

/// Takes all of the tar into the store, unless it is there.
pub(super) fn make(
    maker: &OciLayout,
    path: &Path,
    platform: &ReleasePlatform,
    force: bool,
    work: &Work,
) -> Result<Made, Failure> {
    let store = &maker.store;
    let state = FileState::of(path)?;
    for source in &platform.sources {
        state.expect_seen(source)?;
    }
    if !force && let Some(root) = prepared(store, &state, &platform.platform)? {
        work.desk.output.line(format!("{}: unchanged, nothing to do", path.display()));
        return Ok(Made { root, reused: true });
    }
    work.desk.meter.expect(state.size);
    work.desk.output.line(format!("{}: reading {}", path.display(), bytes(state.size)));
    let read = tar(maker, path, work).and_then(|mut tar| spool(store, &mut tar, |_| true));
    state.expect_same(&FileState::of(path)?)?;
    let documents = read.map_err(|error| failed(path, &error))?;
    super::resolve::check_version(documents.get("oci-layout"))?;
    let index_json = documents.get("index.json").unwrap_or_default();
    let Resolved { platforms, index, .. } = resolve(index_json, &|node| store.read(node))?;
    for found in &platforms {
        let root = &found.node;
        remember(store, &state, &found.platform, root, index.as_ref().unwrap_or(root))?;
    }
    let root = prepared(store, &state, &platform.platform)?
        .ok_or_else(|| incomplete(&platforms, &platform.platform))?;
    Ok(Made { root, reused: false })
}

fn incomplete(platforms: &[super::Found], platform: &Platform) -> Failure {
    if platforms.iter().any(|found| same(&found.platform, platform)) {
        invalid(format!("some of the blobs for {platform}, or of the index, are missing"))
            .hint("write the layout again, with all that it refers to")
    } else {
        missing_platform(platform)
    }
}

/// A platform's manifest, if it and the index above it are complete.
fn prepared(
    store: &Store,
    state: &FileState,
    platform: &Platform,
) -> Result<Option<Descriptor>, Failure> {
    let files = std::slice::from_ref(state);
    let root = store.root_of(files, &recipe(platform, "manifest"))?;
    let top = store.root_of(files, &recipe(platform, "top"))?;
    Ok(root.filter(|_| top.is_some()))
}

fn remember(
    store: &Store,
    state: &FileState,
    platform: &Platform,
    root: &Descriptor,
    top: &Descriptor,
) -> Result<(), Failure> {
    let files = std::slice::from_ref(state);
    store.set_root_of(files, &recipe(platform, "manifest"), root)?;
    store.set_root_of(files, &recipe(platform, "top"), top)
}

fn recipe(platform: &Platform, what: &str) -> String {
    format!("oci-layout 1 {what} {platform} {:?}", platform.os_version)
}

fn tar(maker: &OciLayout, path: &Path, work: &Work) -> io::Result<TarReader<impl Read + use<>>> {
    let name = path.display().to_string();
    let decoder = Decoder::new(work.read(File::open(path)?), &name, maker.caps)?;
    Ok(TarReader::new(decoder, &name))
}

fn documents(maker: &OciLayout, path: &Path, work: &Work) -> io::Result<Documents> {
    let mut file = File::open(path)?;
    let mut start = Vec::new();
    file.by_ref().take(Compression::MAGIC as u64).read_to_end(&mut start)?;
    if Compression::sniff(&start) == Compression::None {
        let reader = BufReader::new(work.read(File::open(path)?));
        let mut tar = TarReader::new(reader, &path.display().to_string());
        collect(&mut tar, TarReader::seek_entry)
    } else {
        collect(&mut tar(maker, path, work)?, TarReader::next_entry)
    }
}

fn collect<R: Read>(
    tar: &mut TarReader<R>,
    next: impl Fn(&mut TarReader<R>) -> io::Result<Option<Entry>>,
) -> io::Result<Documents> {
    let mut documents = Documents::default();
    while let Some(entry) = next(tar)? {
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
        let hex = entry.name.strip_prefix("blobs/sha256/");
        let digest = hex.and_then(|hex| format!("sha256:{hex}").parse::<Digest>().ok());
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
    let mut writer = store.writer()?;
    io::copy(reader, &mut writer)?;
    writer
        .commit(media_type::OCTET_STREAM, Some(digest))
        .map_err(|failure| failure.context(format!("entry `{}`", escape(&entry.name))))?;
    Ok(())
}
