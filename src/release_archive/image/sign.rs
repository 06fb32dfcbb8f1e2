//! Signs an image archive.

use std::{
    fs::File,
    io::{self, BufWriter, Cursor, Read, Write},
    path::{Path, PathBuf},
};

use super::{
    super::{Part, fresh::Fresh, hashed::finished, invalid, tape::Tape},
    SIGNATURE, Signed, Wanted,
    entries::Entries,
    saved,
    statement::{Stated, Statement, What},
};
use crate::{
    archive::{Caps, Decoder, GzipWriter, Hashed, TarReader, Workers, open_plain},
    model::{Digest, Failure, FailureKind, Side},
    ports::{Sealer, blocking},
};

/// Where a signed image archive is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets {
    /// The signed tar.
    pub tar: PathBuf,
    /// The same, gzipped, as it goes into a release archive.
    pub archive: PathBuf,
}

/// Signs what `docker save` wrote, after making sure that it is the image that
/// is wanted. Both targets are written in one pass, beside their places, and
/// put there when all is done.
///
/// # Errors
///
/// Fails where the archive holds anything but that image, with the labels that
/// it must have, where it cannot be signed, and where nothing can be written.
/// Nothing is left then.
pub async fn sign(
    unsigned: &Path,
    wanted: &Wanted,
    sealer: &dyn Sealer,
    targets: &Targets,
) -> Result<Signed, Failure> {
    let (path, asked, places) = (unsigned.to_owned(), wanted.clone(), targets.clone());
    let (copied, statement) = blocking(move || {
        let mut copied = Copied::begin(&places)?;
        let looked = copied.copy(&path, &asked);
        let statement = looked.map_err(|failure| failure.context(path.display()))?;
        Ok((copied, statement))
    })
    .await?;
    let json = statement.to_json().map_err(|failure| failure.context(unsigned.display()))?;
    let signature = sealer.seal(&json).await?;
    blocking(move || copied.finish(&signature, statement.config)).await
}

/// Both targets, being written.
struct Copied {
    tar: Fresh,
    archive: Fresh,
    tape: Tape<Both>,
}

/// A tar, plain and gzipped.
struct Both {
    tar: Hashed<BufWriter<File>>,
    archive: GzipWriter<Hashed<BufWriter<File>>>,
}

impl Copied {
    fn begin(targets: &Targets) -> Result<Self, Failure> {
        let (tar, archive) = (Fresh::begin(&targets.tar)?, Fresh::begin(&targets.archive)?);
        let hashed = |file| Hashed::new(BufWriter::new(file));
        let both = Both {
            tar: hashed(tar.writer()?),
            archive: GzipWriter::new(hashed(archive.writer()?), Workers::shared()),
        };
        Ok(Self { tar, archive, tape: Tape::new(both, 0) })
    }

    /// Copies all entries, and tells what they are.
    fn copy(&mut self, path: &Path, wanted: &Wanted) -> Result<Statement, Failure> {
        let mut entries = Entries::default();
        self.copy_entries(path, &mut entries).map_err(|error| {
            Failure::find_in(&error)
                .unwrap_or_else(|| Failure::from_error(FailureKind::Storage, Side::Local, &error))
        })?;
        let saved = saved::image(&entries, &wanted.reference, wanted.architecture)?;
        saved.expect_labels(wanted)?;
        Ok(Statement::new(wanted, saved.config, entries.all))
    }

    fn copy_entries(&mut self, path: &Path, entries: &mut Entries) -> io::Result<()> {
        let name = path.display().to_string();
        let file = open_plain(path)?;
        let mut tar = TarReader::new(Decoder::new(file, &name, Caps::default())?, &name);
        while let Some(entry) = tar.next_entry()? {
            if entry.name == SIGNATURE {
                return Err(invalid("it is already signed").into());
            }
            let tape = &mut self.tape;
            let mut copy = |content: &mut dyn Read| tape.file(&entry.name, entry.size, content);
            let Stated { name, what } = entries.take(&entry, &mut tar, &mut copy)?;
            match what {
                What::File(_) => {}
                What::Folder => self.tape.folder(name)?,
                What::Symlink { target } => self.tape.link(name, target, false)?,
                What::Hardlink { target } => self.tape.link(name, target, true)?,
            }
        }
        Ok(())
    }

    fn finish(self, signature: &[u8], config: Digest) -> Result<Signed, Failure> {
        let Self { tar, archive, mut tape } = self;
        let written = tape
            .file(SIGNATURE, signature.len() as u64, &mut Cursor::new(signature))
            .and_then(|()| tape.finish())
            .and_then(Both::finish);
        let (tar_part, archive_part) = written.map_err(|error| tar.failed(&error))?;
        archive.put()?;
        tar.put()?;
        Ok(Signed { archive: archive_part, tar: tar_part, config })
    }
}

impl Both {
    fn finish(self) -> io::Result<(Part, Part)> {
        let (tar, mut out) = finished(self.tar);
        out.flush()?;
        let (archive, mut out) = finished(self.archive.finish()?);
        out.flush()?;
        Ok((tar, archive))
    }
}

impl Write for Both {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tar.write_all(bytes)?;
        self.archive.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
