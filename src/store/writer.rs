//! Writing content that has no name before its end.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use super::{
    Store,
    files::{create_new, storage},
};
use crate::{
    archive::as_io,
    model::{Descriptor, Digest, Failure, FailureKind, Hasher, Side},
};

/// A file that is removed unless it is kept. It is locked while it is
/// written, so that no other process takes it for a dead process's.
#[derive(Debug)]
pub struct TempFile {
    path: PathBuf,
    file: File,
    kept: bool,
}

/// Content that is being written: hashed and counted on the way. What is not
/// committed is removed.
pub struct Writer {
    store: Store,
    temp: TempFile,
    hasher: Hasher,
}

impl Store {
    /// Begins to write content.
    ///
    /// # Errors
    ///
    /// Fails where no file can be made.
    pub fn writer(&self) -> Result<Writer, Failure> {
        Ok(Writer { store: self.clone(), temp: self.temp_file()?, hasher: Hasher::default() })
    }

    /// Begins to write content that must become `expected`.
    ///
    /// # Errors
    ///
    /// Fails where no file can be made.
    pub fn writer_of(&self, expected: &Digest) -> Result<Writer, Failure> {
        Ok(Writer { hasher: expected.hasher(), ..self.writer()? })
    }

    /// A file without a name, which is gone when it is dropped.
    ///
    /// # Errors
    ///
    /// Fails where no file can be made.
    pub fn temporary(&self) -> Result<File, Failure> {
        let folder = self.path("temp");
        tempfile::tempfile_in(&folder).map_err(|error| storage(&folder, &error))
    }

    pub(super) fn temp_file(&self) -> Result<TempFile, Failure> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{count}", std::process::id());
        let path = self.path("temp").join(name);
        // Between being made and being locked, the file must not be swept.
        let _lock = self.lock()?;
        let make = || {
            // A process that had our number and died may have left it.
            let _ = fs::remove_file(&path);
            let file = create_new(&path)?;
            file.lock()?;
            Ok(file)
        };
        let file = make().map_err(|error: io::Error| storage(&path, &error))?;
        Ok(TempFile { path, file, kept: false })
    }

    /// Removes temporary files that are no longer written.
    pub(super) fn sweep(&self) -> Result<(), Failure> {
        let folder = self.path("temp");
        let _lock = self.lock()?;
        for entry in fs::read_dir(&folder).map_err(|error| storage(&folder, &error))? {
            let path = entry.map_err(|error| storage(&folder, &error))?.path();
            if File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
                // What cannot be removed now is tried again next time.
                let _ = fs::remove_file(&path);
            }
        }
        Ok(())
    }

    /// Keeps other processes from making and removing files, until dropped.
    pub(super) fn lock(&self) -> Result<File, Failure> {
        let path = self.path("lock");
        let open = || {
            let file = File::options().create(true).append(true).mode(0o600).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        open().map_err(|error: io::Error| storage(&path, &error))
    }
}

impl TempFile {
    /// The open file.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Moves the file to `path`, in the same file system.
    ///
    /// It is not waited for until it is on the disk: a process that is killed
    /// loses nothing that it wrote, and what a loss of power tears is told by
    /// its digest when it is read, and made again.
    pub(super) fn persist(mut self, path: &Path) -> Result<(), Failure> {
        fs::rename(&self.path, path).map_err(|error| storage(path, &error))?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if !self.kept {
            // What is left is swept when the store is opened next.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Writer {
    /// How many bytes were written.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.hasher.size()
    }

    /// Puts the content into the store under its digest.
    ///
    /// # Errors
    ///
    /// Fails where the digest is not `expected`, or the disk fails.
    pub fn commit(
        self,
        media_type: &str,
        expected: Option<&Digest>,
    ) -> Result<Descriptor, Failure> {
        let Self { store, temp, hasher } = self;
        let size = hasher.size();
        let node = Descriptor::new(media_type, hasher.finish(), size);
        if let Some(expected) = expected.filter(|expected| **expected != node.digest) {
            return Err(Failure::new(
                FailureKind::Integrity,
                Side::Source,
                format!("the content should be {expected}, but is {}", node.digest),
            ));
        }
        temp.persist(&store.blob_path(&node.digest))?;
        Ok(node)
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.temp.file.write(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => as_io(storage(&self.temp.path, &error)),
        })?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
