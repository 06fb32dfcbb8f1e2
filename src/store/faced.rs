//! What async work asks of the store besides its ports.

use super::Store;
use crate::model::{Descriptor, Digest, Failure, Index, Manifest};

impl Store {
    /// Whether the content that `node` describes is here, by its size.
    ///
    /// # Errors
    ///
    /// Fails where the folder cannot be read.
    pub async fn holds(&self, node: &Descriptor) -> Result<bool, Failure> {
        let node = node.clone();
        self.blocking(move |store| store.has(&node)).await
    }

    /// Reads a manifest or another small document whole, and checks it.
    ///
    /// # Errors
    ///
    /// Fails where it is not here, too large, or not what `node` describes.
    pub async fn read_document(&self, node: &Descriptor) -> Result<Vec<u8>, Failure> {
        let node = node.clone();
        self.blocking(move |store| store.read(&node)).await
    }

    /// Reads the manifest of one image, or of the files of one platform.
    ///
    /// # Errors
    ///
    /// Fails where it is not here, or is anything else.
    pub async fn read_manifest(&self, node: &Descriptor) -> Result<Manifest, Failure> {
        let node = node.clone();
        self.blocking(move |store| store.manifest(&node)).await
    }

    /// Reads an index.
    ///
    /// # Errors
    ///
    /// Fails where it is not here, or is anything else.
    pub async fn read_index(&self, node: &Descriptor) -> Result<Index, Failure> {
        let node = node.clone();
        self.blocking(move |store| store.index(&node)).await
    }

    /// Notes that content which is here is a program: no digest tells.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub async fn note_executable(&self, digest: &Digest) -> Result<(), Failure> {
        let digest = digest.clone();
        self.blocking(move |store| store.make_executable(&digest)).await
    }

    /// The text that was noted under `key`.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub async fn noted(&self, key: &str) -> Result<Option<String>, Failure> {
        let key = key.to_owned();
        self.blocking(move |store| store.session_get(&key)).await
    }

    /// Notes `text` under `key`, in place of what was there.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub async fn note(&self, key: &str, text: &str) -> Result<(), Failure> {
        let (key, text) = (key.to_owned(), text.to_owned());
        self.blocking(move |store| store.session_put(&key, &text)).await
    }

    /// Removes what is noted under `key`, if anything.
    ///
    /// # Errors
    ///
    /// Fails where the disk does.
    pub async fn forget_note(&self, key: &str) -> Result<(), Failure> {
        let key = key.to_owned();
        self.blocking(move |store| store.session_remove(&key)).await
    }
}
