//! One pass over an archive.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    path::Path,
};

use crate::{
    archive::{Caps, Compression, Decoder, Entry, EntryKind, TarReader, open_plain},
    model::{Digest, Failure, FailureKind, Side, escape, media_type},
    source::{
        documents::{Documents, START, is_document},
        layers::{self, Layer},
        work::{Work, copy_hashed, failed},
    },
    store::{FileState, Store},
};

/// What a pass over an archive needs.
pub(super) struct Reading<'a> {
    pub(super) store: &'a Store,
    pub(super) caps: Caps,
    /// Where it lies, or what it is called in messages.
    pub(super) path: &'a Path,
    /// What the file looked like before; none where it is a stream, which can
    /// be read once only.
    pub(super) state: Option<&'a FileState>,
    pub(super) work: &'a Work,
}

/// Whether layers that were compressed before are told by their names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// They are, and hashed to make sure.
    Hints,
    /// They are where the name is their digest; others are hashed on their way
    /// to a file, and compressed from there if they are new.
    Digests,
    /// All are compressed.
    Nothing,
}

/// What an archive holds.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) documents: Documents,
    pub(super) layers: BTreeMap<String, Layer>,
}

/// What the name of an entry says of its content.
enum Named {
    /// The digest of the content.
    Surely(Digest),
    /// The digest of the content, as some tools write it.
    Perhaps(Digest),
    Nothing,
}

impl Reading<'_> {
    /// Reads the archive; none where trust was misplaced, so that it must be
    /// read again.
    pub(super) fn read(&self, trust: Trust) -> Result<Option<Contents>, Failure> {
        let tar = self.tar().map_err(|error| failed(self.path, &error))?;
        self.read_from(tar, trust)
    }

    /// The same, of a tar that was opened elsewhere.
    pub(super) fn read_from(
        &self,
        mut tar: TarReader<impl Read>,
        trust: Trust,
    ) -> Result<Option<Contents>, Failure> {
        let mut contents = Contents::default();
        let whole = self
            .read_all(&mut tar, trust, &mut contents)
            .map_err(|error| failed(self.path, &error))?;
        Ok(whole.then_some(contents))
    }

    /// Opens the archive, and makes sure that it is the one that was looked at.
    pub(super) fn tar(&self) -> io::Result<TarReader<impl Read + use<>>> {
        let Some(state) = self.state else {
            return Err(crate::source::invalid("it would have to be read twice").into());
        };
        self.work.desk.meter.expect(state.size);
        let file = open_plain(self.path)?;
        state.expect_same(&FileState::of_open(self.path, &file)?)?;
        let name = self.path.display().to_string();
        let decoder = Decoder::new(self.work.read(file), &name, self.caps)?;
        Ok(TarReader::new(decoder, &name))
    }

    fn read_all(
        &self,
        tar: &mut TarReader<impl Read>,
        trust: Trust,
        contents: &mut Contents,
    ) -> io::Result<bool> {
        while let Some(entry) = tar.next_entry()? {
            contents.documents.note(&entry)?;
            if entry.kind != EntryKind::File {
                continue;
            }
            let mut start = Vec::new();
            tar.by_ref().take(START).read_to_end(&mut start)?;
            let is_document = is_document(&entry, &start);
            let mut reader = io::Cursor::new(&start).chain(&mut *tar);
            if is_document {
                contents.documents.take(&entry, reader)?;
                continue;
            }
            let Some(layer) = self.layer(&entry, &start, &mut reader, trust)? else {
                return Ok(false);
            };
            let line = format!("{}: {}", layer.diff_id.short(), layer.how);
            self.work.desk.output.line(line);
            contents.layers.insert(entry.name, layer);
        }
        Ok(true)
    }

    /// Reads a layer; none where its name misled.
    fn layer(
        &self,
        entry: &Entry,
        start: &[u8],
        reader: &mut impl Read,
        trust: Trust,
    ) -> io::Result<Option<Layer>> {
        let name = format!("{}: entry `{}`", self.path.display(), escape(&entry.name));
        let named = Named::of(&entry.name);
        let layer = match Compression::sniff(start) {
            Compression::None => return self.plain(entry, reader, trust, &named),
            Compression::Gzip => {
                layers::keep(self.store, reader, media_type::LAYER_GZIP, &name, self.caps)?
            }
            Compression::Zstd => {
                layers::keep(self.store, reader, media_type::LAYER_ZSTD, &name, self.caps)?
            }
            other @ (Compression::Bzip2 | Compression::Xz) => {
                let mut decoder = Decoder::new(reader, &name, self.caps)?;
                let layer = layers::compress(self.store, &mut decoder)?;
                // The name, if any, is of the bytes before, which are gone.
                return Ok(Some(Layer { how: format!("{}, was {other}", layer.how), ..layer }));
            }
        };
        named.expect(entry, &layer.node.digest)?;
        Ok(Some(layer))
    }

    fn plain(
        &self,
        entry: &Entry,
        reader: &mut impl Read,
        trust: Trust,
        named: &Named,
    ) -> io::Result<Option<Layer>> {
        let guess = match (trust, named) {
            (Trust::Hints, _) => self.guess(entry, named)?,
            (Trust::Digests, Named::Surely(digest)) => Some(digest.clone()),
            (Trust::Digests, _) => return layers::spool(self.store, reader).map(Some),
            (Trust::Nothing, _) => None,
        };
        if let Some(diff_id) = guess
            && let Some(node) = self.store.layer_of(&diff_id)?
        {
            let found = copy_hashed(reader, &mut io::sink())?.finish();
            named.expect(entry, &found)?;
            let how = "compressed before".to_owned();
            return Ok((found == diff_id).then_some(Layer { diff_id, node, how }));
        }
        let layer = layers::compress(self.store, reader)?;
        named.expect(entry, &layer.diff_id)?;
        self.store.set_hint(&entry.name, entry.size, &layer.diff_id)?;
        Ok(Some(layer))
    }

    /// What a plain layer most likely is, by its name or by what an entry of
    /// this name and size was the last time.
    fn guess(&self, entry: &Entry, named: &Named) -> Result<Option<Digest>, Failure> {
        match named {
            Named::Surely(digest) | Named::Perhaps(digest) => Ok(Some(digest.clone())),
            Named::Nothing => self.store.hint(&entry.name, entry.size),
        }
    }
}

impl Named {
    fn of(name: &str) -> Self {
        let digest = |hex: &str| format!("sha256:{hex}").parse().ok();
        if let Some(digest) = name.strip_prefix("blobs/sha256/").and_then(digest) {
            return Self::Surely(digest);
        }
        name.strip_suffix(".tar").and_then(digest).map_or(Self::Nothing, Self::Perhaps)
    }

    /// Fails where the name promised other content than was `found`.
    fn expect(&self, entry: &Entry, found: &Digest) -> Result<(), Failure> {
        match self {
            Self::Surely(promised) if promised != found => Err(Failure::new(
                FailureKind::Integrity,
                Side::Source,
                format!("its entry `{}` has other content, {found}", escape(&entry.name)),
            )
            .hint("build or download the archive again")),
            _ => Ok(()),
        }
    }
}
